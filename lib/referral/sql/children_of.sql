-- The children of a referral as they were sent, for telling whether a second post is about the same ones.
-- $1 uuid  partnership   $2 uuid  referral
SELECT c.document
FROM referral_child AS c
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
ORDER BY c.ordinal;
