-- Forgets the week and the days of a calendar, to be written anew in the same transaction.
-- $1 uuid  partnership   $2 uuid  calendar
WITH hours AS (
  DELETE FROM calendar_hours AS h WHERE h.partnership_id = $1::uuid AND h.calendar_id = $2::uuid
), day_hours AS (
  DELETE FROM calendar_day_hours AS h WHERE h.partnership_id = $1::uuid AND h.calendar_id = $2::uuid
)
DELETE FROM calendar_day AS d WHERE d.partnership_id = $1::uuid AND d.calendar_id = $2::uuid;
