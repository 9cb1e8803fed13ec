-- What an agency may know of what happened to its own referral: events for its eyes, nobody but itself by name, and of the
-- particulars only those that this list lets through (a rule's name would tell the rating, a note or a reason the hub's mind).
-- $1 uuid     partnership   $2 uuid  referral   $3 uuid  the agency
-- $4 integer, $5 timestamptz, $6 uuid  keys of the last row seen   $7 integer  rows
-- result: json
SELECT e.id, e.version, e.type, e.occurred_at, e.recorded_at,
       jsonb_build_object('kind', e.actor_kind, 'id', a.id, 'name', a.name) AS actor,
       e.follow_up_id,
       (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}')
        FROM jsonb_each(e.data) AS d (key, value)
        WHERE d.key IN ('kind', 'due_at', 'channel', 'record_kind', 'method', 'result', 'attempt_id', 'submission_id',
                        'confirmation_id', 'feedback_id', 'content', 'withdrawal_id', 'answer', 'to_authority')
           OR (e.type = 'state_changed' AND d.key IN ('from', 'to'))) AS data,
       e.version AS _key1, e.recorded_at::text AS _key2, e.id AS _key3
FROM event AS e
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = e.actor_id AND e.actor_kind = 'agency' AND a.id = $3::uuid
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid AND e.audience = 'agency'
  AND (e.version, e.recorded_at, e.id) > (coalesce($4::integer, 0), coalesce($5::timestamptz, '-infinity'),
                                          coalesce($6::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.version, e.recorded_at, e.id
LIMIT $7::integer;
