-- The events of a referral, in the order of its versions: a transaction that waited for another's lock began before that one
-- ended, and recorded_at is when it began.
-- $1 uuid     partnership   $2 uuid  referral
-- $3 integer, $4 timestamptz, $5 uuid  keys of the last row seen   $6 integer  rows
-- result: json
SELECT e.id, e.version, e.type, e.occurred_at, e.recorded_at,
       jsonb_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', coalesce(s.name, a.name)) AS actor,
       e.follow_up_id, e.data, e.version AS _key1, e.recorded_at::text AS _key2, e.id AS _key3
FROM event AS e
LEFT JOIN staff AS s ON s.partnership_id = $1::uuid AND s.id = e.actor_id AND e.actor_kind = 'staff'
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = e.actor_id AND e.actor_kind = 'agency'
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid
  AND (e.version, e.recorded_at, e.id) > (coalesce($3::integer, 0), coalesce($4::timestamptz, '-infinity'),
                                          coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.version, e.recorded_at, e.id
LIMIT $6::integer;
