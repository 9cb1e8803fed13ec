-- Remembers a refused post, whatever the policy asks for (DOMAIN section 4); the same bytes refused again for the same reason are
-- one more attempt at the one that nothing has made good yet. Gives its id.
-- $1 uuid  partnership   $2 uuid  refused post   $3 uuid  agency   $4 uuid  API key   $5 text  agency's reference or null
-- $6 text  problem type  $7 bigint  size         $8 text  digest of the bytes         $9 uuid  request
INSERT INTO rejected_submission
  (partnership_id, id, agency_id, key_id, agency_reference, problem_type, size, body_digest, request_id)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::bigint, $8::text, $9::uuid)
ON CONFLICT (partnership_id, agency_id, problem_type, body_digest) WHERE resolved_at IS NULL
  DO UPDATE SET attempts = rejected_submission.attempts + 1, last_received_at = mashd_now()
RETURNING id;
