-- Locks two referrals for a change, in an order that everybody keeps.
-- $1 uuid  partnership   $2, $3 uuid  referrals
SELECT r.id
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id IN ($2::uuid, $3::uuid)
ORDER BY r.id
FOR NO KEY UPDATE;
