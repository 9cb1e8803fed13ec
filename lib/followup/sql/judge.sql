-- An open follow-up is judged by another version of the policy, which gives it the same time.
-- $1 uuid  partnership   $2 uuid  follow-up   $3 text  policy   $4 uuid  its row   $5 text  source
UPDATE follow_up AS f
SET policy = $3::text, policy_id = $4::uuid, source = $5::text
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid AND f.state = 'open';
