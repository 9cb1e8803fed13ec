-- One member of staff.
-- $1 uuid  partnership   $2 uuid  person
-- result: json
SELECT s.id, s.version, s.name, s.email, s.roles, s.social_work_qualified, s.created_at, s.disabled_at
FROM staff AS s
WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid;
