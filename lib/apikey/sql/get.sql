-- One key.
-- $1 uuid  partnership   $2 uuid  key
-- result: json
SELECT k.id, k.agency_id, k.staff_id, k.system_name, k.roles, k.label, k.created_at, k.expires_at, k.revoked_at
FROM api_key AS k
WHERE k.partnership_id = $1::uuid AND k.id = $2::uuid;
