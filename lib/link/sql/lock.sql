-- Locks a link of a referral; the caller has locked both of its referrals. No row where the referral has no such link.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link
SELECT l.kind, l.confirmed_at, l.ended_at
FROM referral_link AS l
WHERE l.partnership_id = $1::uuid AND l.id = $3::uuid AND $2::uuid IN (l.referral_id, l.other_referral_id)
FOR NO KEY UPDATE;
