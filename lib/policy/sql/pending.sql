-- The governing version of a partnership where what was open has still to be put under it; locked, so that one daemon does
-- it. A minute after its activation it is looked at once more: what was opened by a request that had not seen the activation yet
-- is in the database by then. No row: nothing to do, or another one is at it.
-- $1 uuid  partnership
SELECT p.id, p.activated_by, c.id AS calendar_id
FROM policy AS p
JOIN calendar AS c ON c.partnership_id = $1::uuid AND c.is_default
WHERE p.partnership_id = $1::uuid AND p.state = 'active' AND p.retime_open
  AND (p.retimed_at IS NULL
       OR (p.retimed_at < p.active_from + interval '1 minute' AND mashd_now() >= p.active_from + interval '1 minute'))
FOR NO KEY UPDATE OF p SKIP LOCKED;
