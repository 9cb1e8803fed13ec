-- Locks the calendars of a partnership: changes of them come one after the other. Whoever times a follow-up meanwhile is not
-- kept waiting, it goes by what was committed last.
-- $1 uuid  partnership
SELECT c.id
FROM calendar AS c
WHERE c.partnership_id = $1::uuid
ORDER BY c.id
FOR NO KEY UPDATE;
