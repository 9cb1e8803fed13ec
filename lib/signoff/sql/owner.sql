-- Of which referral a sign-off is.
-- $1 uuid  partnership   $2 uuid  sign-off
SELECT s.referral_id FROM sign_off AS s WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid;
