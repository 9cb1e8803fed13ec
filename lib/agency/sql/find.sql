-- The agency of that name or id.
-- $1 uuid  partnership   $2 text  name or id
SELECT a.id, a.name
FROM agency AS a
WHERE a.partnership_id = $1::uuid AND (a.name = $2::text OR a.id::text = lower($2::text));
