-- One row where there is such a referral and the caller may see it.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  agency, null: the hub
SELECT r.id
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND ($3::uuid IS NULL OR r.agency_id = $3::uuid);
