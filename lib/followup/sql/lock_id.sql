-- Locks a follow-up by its id, open or not (see lock_open). Where it is of a referral the caller has locked that first.
-- $1 uuid  partnership   $2 uuid  follow-up
SELECT f.id, f.state, f.kind, f.referral_id, f.policy_id, coalesce(f.paused_until > mashd_now(), false) AS is_paused,
       f.sweep_at < mashd_now() AND (f.due_at < mashd_now() OR f.paused_until <= mashd_now()) AS is_behind
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid
FOR NO KEY UPDATE;
