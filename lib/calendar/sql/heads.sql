-- What a change has to know of the calendars there are.
-- $1 uuid  partnership
SELECT c.id, c.version, c.is_default, c.time_zone, c.retime_from::text AS retime_from
FROM calendar AS c
WHERE c.partnership_id = $1::uuid
ORDER BY c.id;
