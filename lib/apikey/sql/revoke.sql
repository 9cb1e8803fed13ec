-- Revokes a key from now on.
-- $1 uuid  partnership   $2 uuid  key   $3 text  reason
-- result: json
UPDATE api_key AS k
SET revoked_at = mashd_now(), revoked_reason = $3::text
WHERE k.partnership_id = $1::uuid AND k.id = $2::uuid
RETURNING k.id, k.agency_id, k.staff_id, k.system_name, k.roles, k.label, k.created_at, k.expires_at, k.revoked_at;
