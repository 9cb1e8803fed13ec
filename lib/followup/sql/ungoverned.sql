-- Referrals with open follow-ups that a policy has rules for and does not judge, by id.
-- $1 uuid    partnership   $2 uuid     policy   $3 text[]  kinds that it has rules for
-- $4 uuid    referral of the last row seen, null: from the first   $5 integer  how many at the most
SELECT DISTINCT f.referral_id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.referral_id IS NOT NULL
  AND f.policy_id IS DISTINCT FROM $2::uuid AND f.kind = ANY ($3::text[])
  AND ($4::uuid IS NULL OR f.referral_id > $4::uuid)
ORDER BY f.referral_id
LIMIT $5::integer;
