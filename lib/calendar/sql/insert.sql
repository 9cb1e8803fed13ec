-- Adds a calendar from its document (api/calendars.yaml, CalendarRequest): the calendar itself. A name that is taken is a
-- violation of calendar_name_key.
-- $1 uuid     partnership   $2 uuid   calendar
-- $3 boolean  the default?  $4 jsonb  document   $5 uuid  who adds it, may be null
INSERT INTO calendar (partnership_id, id, name, time_zone, is_default, covers_from, covers_until, changed_by)
SELECT $1::uuid, $2::uuid, d.name, d.time_zone, $3::boolean, d.covers_from, d.covers_until, $5::uuid
FROM jsonb_to_record($4::jsonb) AS d (name text, time_zone text, covers_from date, covers_until date);
