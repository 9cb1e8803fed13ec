-- Opens the `resubmission` of a refused post that this transaction has locked, where none is or was: a further attempt starts no
-- second clock. It runs from the attempt that opens it, which is the first one unless a policy asked for it only later.
-- $1 uuid  partnership   $2 uuid  calendar   $3 uuid  refused post   $4 uuid  follow-up
-- $5 text  policy        $6 text  rule       $7 text  source         $8 text  unit       $9 integer  amount
-- $10 uuid the policy's row, null: the shipped one                   $11 jsonb  the rule's signals (0011), null: none
INSERT INTO follow_up
  (partnership_id, id, rejected_submission_id, kind, policy, policy_id, rule, source, started_at, counted_from,
   unit, amount, due_at, due_problem, signals, warn_at)
SELECT $1::uuid, $4::uuid, j.id, 'resubmission', $5::text, $10::uuid, $6::text, $7::text, j.last_received_at,
       j.last_received_at, $8::text, $9::integer, d.due_at,
       (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, j.last_received_at, d.due_at) AS p),
       $11::jsonb, w.warn_at
FROM rejected_submission AS j
CROSS JOIN LATERAL due_instant($1::uuid, $2::uuid, j.last_received_at, $8::text, $9::integer) AS d
CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, d.due_at, $11::jsonb, mashd_now()) AS w
WHERE j.partnership_id = $1::uuid AND j.id = $3::uuid
  AND NOT EXISTS (SELECT FROM follow_up AS f WHERE f.partnership_id = $1::uuid AND f.rejected_submission_id = j.id);
