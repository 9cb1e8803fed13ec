-- The bank holidays of a calendar, from its document.
-- $1 uuid  partnership   $2 uuid  calendar   $3 jsonb  document
INSERT INTO calendar_day (partnership_id, calendar_id, local_day, title, kind)
SELECT $1::uuid, $2::uuid, b.date, b.title, 'bank_holiday'
FROM jsonb_to_recordset($3::jsonb -> 'bank_holidays') AS b (date date, title text);
