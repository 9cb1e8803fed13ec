-- One agency.
-- $1 uuid  partnership   $2 uuid  agency
-- result: json
SELECT a.id, a.version, a.name, a.kind, a.default_source, a.secure_email, a.created_at, a.disabled_at
FROM agency AS a
WHERE a.partnership_id = $1::uuid AND a.id = $2::uuid;
