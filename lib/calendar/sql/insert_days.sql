-- The days of a calendar that differ from the ordinary week, from its document.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar_day (partnership_id, calendar_id, local_day, title, kind)
SELECT $1::uuid, $2::uuid, d.date, d.title, d.kind
FROM jsonb_to_recordset($3::jsonb -> 'days') AS d (date date, title text, kind text);
