-- What has ever happened to a referral: the types of its events, once each.
-- $1 uuid  partnership   $2 uuid  referral
SELECT DISTINCT e.type
FROM event AS e
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid;
