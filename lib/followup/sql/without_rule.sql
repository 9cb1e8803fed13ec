-- How many open follow-ups of referrals a policy has no rule for.
-- $1 uuid  partnership   $2 uuid  policy   $3 text[]  kinds that it has rules for
SELECT count(*) AS follow_ups
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.referral_id IS NOT NULL
  AND f.policy_id IS DISTINCT FROM $2::uuid AND f.kind <> ALL ($3::text[]);
