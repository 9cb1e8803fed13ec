-- The governing version of a partnership where what was open has still to be put under it; locked, so that one daemon does
-- it. No row: nothing to do, or another one is at it.
-- $1 uuid  partnership
SELECT p.id, p.activated_by, c.id AS calendar_id
FROM policy AS p
JOIN calendar AS c ON c.partnership_id = $1::uuid AND c.is_default
WHERE p.partnership_id = $1::uuid AND p.state = 'active' AND p.retime_open AND p.retimed_at IS NULL
FOR NO KEY UPDATE OF p SKIP LOCKED;
