-- A page of the events of an agency's own referral that are meant for it: no staff, and of the particulars only those
-- named here, so that a rule, a rating or a reason that somebody adds to an event stays in the hub.
-- $1 uuid         partnership   $2 uuid  referral
-- $3 timestamptz  time of the last one seen, null on the first page   $4 uuid  its id
-- $5 integer      how many at the most
-- $6 uuid         the agency
-- result: json
SELECT e.id, e.version, e.type, e.occurred_at, e.recorded_at,
       jsonb_build_object('kind', e.actor_kind, 'id', a.id, 'name', a.name) AS actor,
       e.follow_up_id,
       coalesce((SELECT jsonb_object_agg(d.key, d.value)
                 FROM jsonb_each(e.data) AS d
                 WHERE d.key IN ('attempt_id', 'channel', 'due_at', 'from', 'kind', 'method', 'record_kind', 'result',
                                 'submission_id', 'to')), '{}') AS data,
       e.recorded_at::text AS _key1, e.id AS _key2
FROM event AS e
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = e.referral_id AND r.agency_id = $6::uuid
LEFT JOIN agency AS a ON e.actor_kind = 'agency' AND a.partnership_id = $1::uuid AND a.id = $6::uuid AND a.id = e.actor_id
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid AND e.audience = 'agency'
  AND (e.recorded_at, e.id) > (coalesce($3::timestamptz, '-infinity'),
                               coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.recorded_at, e.id
LIMIT $5::integer;
