-- The withdrawal of a referral that nobody has answered; no row where there is none.
-- $1 uuid  partnership   $2 uuid  referral
SELECT w.id
FROM withdrawal AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.answer IS NULL;
