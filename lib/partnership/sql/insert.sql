-- Adds a partnership; no row where the name is taken.
-- $1 uuid  id   $2 text  name
INSERT INTO partnership (partnership_id, name)
VALUES ($1::uuid, $2::text)
ON CONFLICT ON CONSTRAINT partnership_name_key DO NOTHING
RETURNING partnership_id AS id;
