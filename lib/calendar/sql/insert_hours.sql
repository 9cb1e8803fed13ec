-- The ordinary week of a calendar, from its document.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar_hours (partnership_id, calendar_id, weekday, opens, closes)
SELECT $1::uuid, $2::uuid, h.weekday, h.opens, h.closes
FROM jsonb_to_recordset($3::jsonb -> 'hours') AS h (weekday smallint, opens time, closes time);
