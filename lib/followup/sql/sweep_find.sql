-- Locks the open follow-ups of one partnership for which the passing of time has changed something that nobody has written
-- down, longest since first, some at a time. Any number of sweepers may run: rows that another one, or a request, has locked
-- are left to it. The literals are those of the index follow_up_to_sweep.
-- $1 uuid     partnership
-- $2 integer  how many at the most; fewer: that was all
SELECT f.id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.sweep_at < 'infinity' AND f.sweep_at < mashd_now()
ORDER BY f.sweep_at, f.id
LIMIT $2::integer
FOR NO KEY UPDATE SKIP LOCKED;
