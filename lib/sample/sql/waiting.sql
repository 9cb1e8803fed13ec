-- What was drawn and has not been opened yet.
-- $1 uuid  partnership   $2 integer  how many at the most
SELECT m.referral_id, m.week
FROM sampled_referral AS m
WHERE m.partnership_id = $1::uuid AND m.opened_at IS NULL
ORDER BY m.week, m.referral_id
LIMIT $2::integer;
