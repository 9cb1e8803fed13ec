-- The two referrals that a link of this referral is between; no row where it has no such link.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link
SELECT l.referral_id, l.other_referral_id
FROM referral_link AS l
WHERE l.partnership_id = $1::uuid AND l.id = $3::uuid AND $2::uuid IN (l.referral_id, l.other_referral_id);
