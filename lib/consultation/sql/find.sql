-- A consultation, for its link.
-- $1 uuid  partnership   $2 uuid  consultation
SELECT c.held_by, c.held_at, c.method, c.caller_name, c.advice
FROM consultation AS c
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid;
