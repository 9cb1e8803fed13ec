-- A person whom staff recognise for the first time; refresh.sql fills in the facts.
-- $1 uuid  partnership   $2 uuid  person   $3 uuid  who
INSERT INTO person (partnership_id, id, created_by)
VALUES ($1::uuid, $2::uuid, $3::uuid);
