-- Locks a version that is about to be activated.
-- $1 uuid  partnership   $2 uuid  policy
SELECT p.state, p.author, p.document
FROM policy AS p
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid
FOR NO KEY UPDATE;
