-- A page of agencies by name, disabled ones too.
-- $1 uuid     partnership
-- $2 text     name of the last one seen, null on the first page
-- $3 uuid     its id
-- $4 integer  how many at the most
-- result: json
SELECT a.id, a.version, a.name, a.kind, a.default_source, a.secure_email, a.created_at, a.disabled_at,
       a.name AS _key1, a.id AS _key2
FROM agency AS a
WHERE a.partnership_id = $1::uuid
  AND ($2::text IS NULL OR (a.name, a.id) > ($2::text, $3::uuid))
ORDER BY a.name, a.id
LIMIT $4::integer;
