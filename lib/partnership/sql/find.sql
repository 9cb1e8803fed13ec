-- The partnership of that name or id; where none is given, all of them (up to two: is there only one?).
-- $1 text  name or id, may be null
SELECT p.partnership_id AS id, p.name
FROM partnership AS p
WHERE $1::text IS NULL OR p.name = $1::text OR p.partnership_id::text = lower($1::text)
LIMIT 2;
