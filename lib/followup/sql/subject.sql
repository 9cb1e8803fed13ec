-- What a follow-up is of: a referral, or (null) a rejected submission.
-- $1 uuid  partnership   $2 uuid  follow-up
SELECT f.referral_id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid;
