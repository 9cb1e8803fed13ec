-- The opening time of those days that have some, from the calendar's document.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar_day_hours (partnership_id, calendar_id, local_day, opens, closes)
SELECT $1::uuid, $2::uuid, d.date, h.opens, h.closes
FROM jsonb_to_recordset($3::jsonb -> 'days') AS d (date date, hours jsonb)
CROSS JOIN jsonb_to_recordset(d.hours) AS h (opens time, closes time);
