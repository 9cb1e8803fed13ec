-- The versions of a partnership's policies, the newest first.
-- $1 uuid  partnership
-- $2 timestamptz, $3 uuid  keys of the last row seen, null on the first page   $4 integer  how many at the most
-- result: json
SELECT p.id, p.name, p.version, p.state, p.created_at, p.author, p.active_from, p.active_until, p.activated_by,
       p.activation_reason, p.retime_open, p.retimed_at, p.created_at::text AS _key1, p.id AS _key2
FROM policy AS p
WHERE p.partnership_id = $1::uuid
  AND (p.created_at, p.id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY p.created_at DESC, p.id DESC
LIMIT $4::integer;
