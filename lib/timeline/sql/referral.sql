-- Is there such a referral for this caller?
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  the agency that asks, null for the hub
SELECT r.id
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND ($3::uuid IS NULL OR r.agency_id = $3::uuid);
