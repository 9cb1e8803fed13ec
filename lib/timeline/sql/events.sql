-- A page of the events of a referral, in the order in which they were recorded.
-- $1 uuid         partnership   $2 uuid  referral
-- $3 timestamptz  time of the last one seen, null on the first page   $4 uuid  its id
-- $5 integer      how many at the most
-- result: json
SELECT e.id, e.version, e.type, e.occurred_at, e.recorded_at,
       jsonb_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', coalesce(s.name, a.name)) AS actor,
       e.follow_up_id, e.data,
       e.recorded_at::text AS _key1, e.id AS _key2
FROM event AS e
LEFT JOIN staff AS s ON e.actor_kind = 'staff' AND s.partnership_id = $1::uuid AND s.id = e.actor_id
LEFT JOIN agency AS a ON e.actor_kind = 'agency' AND a.partnership_id = $1::uuid AND a.id = e.actor_id
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid
  AND (e.recorded_at, e.id) > (coalesce($3::timestamptz, '-infinity'),
                               coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.recorded_at, e.id
LIMIT $5::integer;
