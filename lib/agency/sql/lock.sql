-- The version of an agency, held until the transaction ends.
-- $1 uuid  partnership   $2 uuid  agency
SELECT a.version
FROM agency AS a
WHERE a.partnership_id = $1::uuid AND a.id = $2::uuid
FOR UPDATE;
