-- A calendar for a rehearsal, which is rolled back: under a name that nobody has, and not the default, so that it meets no lock.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar (partnership_id, id, name, time_zone, covers_from, covers_until)
SELECT $1::uuid, $2::uuid, $2::uuid::text, d.time_zone, d.covers_from, d.covers_until
FROM jsonb_to_record($3::jsonb) AS d (time_zone text, covers_from date, covers_until date);
