-- Remembers a refused post and opens its `resubmission`; the same bytes refused again for the same reason are one more attempt
-- at the open one, without another clock.
-- $1 uuid  partnership     $2 uuid  calendar      $3 uuid  refused post   $4 uuid  agency   $5 uuid  API key
-- $6 text  agency's reference or null             $7 text  problem type   $8 bigint  size   $9 text  digest of the bytes
-- $10 uuid request         $11 uuid follow-up     $12 text policy         $13 text  rule    $14 text source
-- $15 text unit            $16 integer  amount         $17 uuid  the policy's row, null: the shipped one
-- $18 jsonb  the rule's signals (0011), null: none
WITH remembered AS (
  INSERT INTO rejected_submission
    (partnership_id, id, agency_id, key_id, agency_reference, problem_type, size, body_digest, request_id)
  VALUES ($1::uuid, $3::uuid, $4::uuid, $5::uuid, $6::text, $7::text, $8::bigint, $9::text, $10::uuid)
  ON CONFLICT (partnership_id, agency_id, problem_type, body_digest) WHERE resolved_at IS NULL
    DO UPDATE SET attempts = rejected_submission.attempts + 1, last_received_at = mashd_now()
  RETURNING id, received_at, attempts
)
INSERT INTO follow_up
  (partnership_id, id, rejected_submission_id, kind, policy, policy_id, rule, source, started_at, counted_from,
   unit, amount, due_at, due_problem, signals, warn_at)
SELECT $1::uuid, $11::uuid, r.id, 'resubmission', $12::text, $17::uuid, $13::text, $14::text, r.received_at,
       r.received_at, $15::text, $16::integer, d.due_at,
       (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, r.received_at, d.due_at) AS p),
       $18::jsonb, w.warn_at
FROM remembered AS r
CROSS JOIN LATERAL due_instant($1::uuid, $2::uuid, r.received_at, $15::text, $16::integer) AS d
CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, d.due_at, $18::jsonb, mashd_now()) AS w
WHERE r.attempts = 1;
