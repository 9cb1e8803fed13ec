-- How many referrals a partnership has.
-- $1 uuid  partnership
SELECT count(*) AS referrals
FROM referral AS r
WHERE r.partnership_id = $1::uuid;
