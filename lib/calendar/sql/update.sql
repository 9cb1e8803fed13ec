-- Replaces what a calendar, locked before, says of itself. A name that is taken is a violation of calendar_name_key.
-- $1 uuid     partnership   $2 uuid   calendar
-- $3 boolean  the default?  $4 jsonb  document   $5 uuid  who changes it, may be null
UPDATE calendar AS c
SET version = c.version + 1, name = d.name, time_zone = d.time_zone, is_default = $3::boolean, covers_from = d.covers_from,
    covers_until = d.covers_until, changed_at = mashd_now(), changed_by = $5::uuid
FROM jsonb_to_record($4::jsonb) AS d (name text, time_zone text, covers_from date, covers_until date)
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid;
