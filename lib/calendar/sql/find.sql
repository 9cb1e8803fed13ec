-- The calendar of that name or id; without one, the default.
-- $1 uuid  partnership   $2 text  name or id, null: the default
SELECT c.id, c.version, c.is_default
FROM calendar AS c
WHERE c.partnership_id = $1::uuid
  AND CASE WHEN $2::text IS NULL THEN c.is_default ELSE c.name = $2::text OR c.id::text = lower($2::text) END;
