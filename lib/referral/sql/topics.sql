-- The topics of a referral that a person has judged. Those that a rule only offers stand in the referral's row.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT t.code, t.weight, t.status, t.reason
FROM clarification_topic AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
ORDER BY t.raised_at, t.code;
