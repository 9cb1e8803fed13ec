-- How many days the partnership's default calendar still reaches; no row where it has none.
-- $1 uuid  partnership
SELECT c.id, c.name, c.covers_until - (mashd_now() AT TIME ZONE c.time_zone)::date AS days
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.is_default;
