-- A page of keys, the latest first, revoked ones too.
-- $1 uuid         partnership
-- $2 timestamptz  when the last one seen was made, null on the first page
-- $3 uuid         its id
-- $4 integer      how many at the most
-- result: json
SELECT k.id, k.agency_id, k.staff_id, k.system_name, k.roles, k.label, k.created_at, k.expires_at, k.revoked_at,
       k.created_at AS _key1, k.id AS _key2
FROM api_key AS k
WHERE k.partnership_id = $1::uuid
  AND ($2::timestamptz IS NULL OR (k.created_at, k.id) < ($2::timestamptz, $3::uuid))
ORDER BY k.created_at DESC, k.id DESC
LIMIT $4::integer;
