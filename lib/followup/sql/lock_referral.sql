-- Locks a referral for a change of its follow-ups that no request makes.
-- $1 uuid  partnership   $2 uuid  referral
SELECT r.version
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
FOR NO KEY UPDATE;
