-- Forgets the working time of a calendar, to be derived anew in the same transaction.
-- $1 uuid  partnership   $2 uuid  calendar
DELETE FROM working_interval AS w
WHERE w.partnership_id = $1::uuid AND w.calendar_id = $2::uuid;
