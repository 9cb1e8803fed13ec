-- The members of staff of that name, e-mail address or id: several can share a name.
-- $1 uuid  partnership   $2 text  name, e-mail address or id
SELECT s.id, s.name
FROM staff AS s
WHERE s.partnership_id = $1::uuid
  AND (s.name = $2::text OR s.email = $2::text OR s.id::text = lower($2::text))
LIMIT 2;
