-- Locks the open follow-up of a kind (see lock_kind), where it had begun by a moment: what began later asks for more than what
-- was done by then.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  kind   $4 timestamptz  the moment, null: now
SELECT f.id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = $3::text AND f.state = 'open'
  AND f.started_at <= coalesce($4::timestamptz, mashd_now())
FOR NO KEY UPDATE;
