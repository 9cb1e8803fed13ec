-- Locks the open follow-ups of a referral that the caller has locked. On its own, so that the statements that end or re-time
-- one of them see the flag that a sweep may have raised until now.
-- $1 uuid  partnership   $2 uuid  referral   $3 timestamptz  the moment that `begun` asks about, null: now
SELECT f.id, f.kind, f.policy_id, f.started_at <= coalesce($3::timestamptz, mashd_now()) AS begun
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open'
ORDER BY f.id
FOR NO KEY UPDATE;
