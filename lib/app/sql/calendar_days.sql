-- How many days the partnership's default calendar still reaches.
-- $1 uuid  partnership
SELECT c.covers_until - (mashd_now() AT TIME ZONE c.time_zone)::date AS days
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.is_default;
