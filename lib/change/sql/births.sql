-- The births that were recorded on a referral, earliest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT b.child_id, b.referral_id, b.version, b.expected_date_of_delivery, b.date_of_birth, b.recorded_by, b.recorded_at
FROM birth AS b
WHERE b.partnership_id = $1::uuid AND b.referral_id = $2::uuid
ORDER BY b.date_of_birth, b.recorded_at, b.child_id;
