-- The calendars of a partnership by name, without their hours and days.
-- $1 uuid  partnership
-- result: json
SELECT c.id, c.version, c.name, c.time_zone, c.is_default, c.covers_from, c.covers_until,
       c.covers_until - (mashd_now() AT TIME ZONE c.time_zone)::date AS days_left, c.changed_at, c.retimed_at
FROM calendar AS c
WHERE c.partnership_id = $1::uuid
ORDER BY c.name;
