-- Locks the referral of a link, and the other one that it speaks of, always in the same order. A row for each that is there.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  the other one or null
SELECT r.id
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id IN ($2::uuid, $3::uuid)
ORDER BY r.id
FOR NO KEY UPDATE;
