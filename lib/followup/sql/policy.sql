-- The document of a partnership's policy.
-- $1 uuid  partnership   $2 uuid  policy
SELECT p.document
FROM policy AS p
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
