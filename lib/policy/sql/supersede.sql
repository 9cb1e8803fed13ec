-- The version that governs stops doing so: another one is about to.
-- $1 uuid  partnership
UPDATE policy AS p
SET state = 'superseded', active_until = mashd_now()
WHERE p.partnership_id = $1::uuid AND p.state = 'active';
