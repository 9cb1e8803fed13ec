-- The version of a member of staff, held until the transaction ends.
-- $1 uuid  partnership   $2 uuid  person
SELECT s.version
FROM staff AS s
WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid
FOR UPDATE;
