-- Locks a person before refresh.sql, whose look at the rows then comes after whoever changed them before.
-- $1 uuid  partnership   $2 uuid  person
SELECT p.id
FROM person AS p
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid
FOR NO KEY UPDATE;
