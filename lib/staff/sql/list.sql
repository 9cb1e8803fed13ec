-- A page of staff by name, disabled ones too.
-- $1 uuid     partnership
-- $2 text     name of the last one seen, null on the first page
-- $3 uuid     that person's id
-- $4 integer  how many at the most
-- result: json
SELECT s.id, s.version, s.name, s.email, s.roles, s.social_work_qualified, s.created_at, s.disabled_at,
       s.name AS _key1, s.id AS _key2
FROM staff AS s
WHERE s.partnership_id = $1::uuid
  AND ($2::text IS NULL OR (s.name, s.id) > ($2::text, $3::uuid))
ORDER BY s.name, s.id
LIMIT $4::integer;
