-- Adds a key with the line, holder, roles, label and end of another, and ends that one after an overlap.
-- $1 uuid     partnership   $2 uuid  old key   $3 uuid  new key   $4 text  hash of the new secret
-- $5 integer  minutes of overlap
-- result: json
WITH located AS (
  INSERT INTO api_key_locator (key_id, partnership_id) VALUES ($3::uuid, $1::uuid)
), old AS (
  UPDATE api_key AS o
  SET revoked_at = mashd_now() + make_interval(mins => $5::integer), revoked_reason = 'replaced by ' || $3::text
  WHERE o.partnership_id = $1::uuid AND o.id = $2::uuid
  RETURNING o.first_key_id, o.agency_id, o.staff_id, o.system_name, o.roles, o.label, o.expires_at
)
INSERT INTO api_key AS k
  (partnership_id, id, first_key_id, agency_id, staff_id, system_name, roles, label, expires_at, secret_hash)
SELECT $1::uuid, $3::uuid, old.first_key_id, old.agency_id, old.staff_id, old.system_name, old.roles, old.label,
       old.expires_at, $4::text
FROM old
RETURNING k.id, k.agency_id, k.staff_id, k.system_name, k.roles, k.label, k.created_at, k.expires_at, k.revoked_at;
