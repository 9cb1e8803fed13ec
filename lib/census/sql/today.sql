-- The local day of the partnership's default calendar.
-- $1 uuid  partnership
SELECT (mashd_now() AT TIME ZONE c.time_zone)::date AS today
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.is_default;
