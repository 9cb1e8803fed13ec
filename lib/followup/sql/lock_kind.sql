-- Locks the open follow-up of a kind, of a referral that the caller has locked; no row where none is open. On its own, so that
-- the statement that ends or re-times it sees the flag that a sweep may have raised until now.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  kind
SELECT f.id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = $3::text AND f.state = 'open'
FOR NO KEY UPDATE;
