-- A version by its name.
-- $1 uuid  partnership   $2 text  name   $3 text  version
SELECT p.id, p.document
FROM policy AS p
WHERE p.partnership_id = $1::uuid AND p.name = $2::text AND p.version = $3::text;
