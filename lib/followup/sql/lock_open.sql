-- Locks the open follow-ups of a referral that the caller has locked. On its own, so that the statements that change one of
-- them see what a sweep may have written until now. `is_behind`: time has raised a level, or ended a pause, that nobody has
-- written down yet; that must come first (sweep).
-- $1 uuid  partnership   $2 uuid  referral   $3 timestamptz  the moment that `begun` asks about, null: now
SELECT f.id, f.kind, f.policy_id, f.started_at <= coalesce($3::timestamptz, mashd_now()) AS begun,
       coalesce(f.paused_until > mashd_now(), false) AS is_paused,
       f.sweep_at < mashd_now() AND (f.due_at < mashd_now() OR f.paused_until <= mashd_now()) AS is_behind
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open'
ORDER BY f.id
FOR NO KEY UPDATE;
