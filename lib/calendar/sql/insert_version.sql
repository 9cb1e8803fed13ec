-- Keeps the version of a calendar that is in force now.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar_version (partnership_id, calendar_id, version, document, changed_at, changed_by)
SELECT c.partnership_id, c.id, c.version, $3::jsonb, c.changed_at, c.changed_by
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid;
