-- Locks the open follow-up of a kind, of a referral that the caller has locked (see lock_open); no row where none is open.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  kind
SELECT f.id, f.sweep_at < mashd_now() AND (f.due_at < mashd_now() OR f.paused_until <= mashd_now()) AS is_behind
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = $3::text AND f.state = 'open'
FOR NO KEY UPDATE;
