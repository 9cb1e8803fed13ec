-- Locks the open follow-ups of a rejected submission (see lock_open). They began when it was refused, and what the agency sends
-- or says about it makes it good whenever that came: `begun` is always true.
-- $1 uuid  partnership   $2 uuid  rejected submission
SELECT f.id, f.kind, f.policy_id, true AS begun, coalesce(f.paused_until > mashd_now(), false) AS is_paused,
       f.sweep_at < mashd_now() AND (f.due_at < mashd_now() OR f.paused_until <= mashd_now()) AS is_behind
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.rejected_submission_id = $2::uuid AND f.state = 'open'
ORDER BY f.id
FOR NO KEY UPDATE;
