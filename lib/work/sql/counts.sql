-- How much stands in each view, counted no further than $6: cost follows what is open. One row.
-- $1 uuid  partnership   $2 uuid  who reads   $3 text[]  their roles   $4 jsonb  whose each kind is by the shipped policy:
-- {kind: role}   $5 boolean  a manager   $6 integer  where counting ends   $7 uuid  calendar
WITH whose AS MATERIALIZED (
  SELECT w.roles FROM responsible_by_policy($1::uuid, $4::jsonb) AS w
)
SELECT
  (SELECT count(*)
   FROM (SELECT FROM (SELECT o.id FROM referral AS o
                      WHERE o.partnership_id = $1::uuid AND o.assigned_to = $2::uuid AND o.state <> 'closed'
                      UNION
                      SELECT o.id FROM handover AS h
                      JOIN referral AS o ON o.partnership_id = $1::uuid AND o.id = h.referral_id
                      WHERE h.partnership_id = $1::uuid AND h.accepted_by = $2::uuid AND h.accepted_at IS NOT NULL
                        AND h.returned_at IS NULL AND h.passed_on_at IS NULL AND o.state <> 'closed'
                      OFFSET 0) AS r
         CROSS JOIN LATERAL (SELECT FROM follow_up AS q
                             WHERE q.partnership_id = $1::uuid AND q.referral_id = r.id AND q.state = 'open' OFFSET 0) AS f
         LIMIT $6::integer) AS n) AS mine,
  (SELECT count(*)
   FROM (SELECT FROM (SELECT q.kind, q.responsible, q.policy_id FROM follow_up AS q
                      WHERE q.partnership_id = $1::uuid AND q.state = 'open' ORDER BY q.due_at, q.id OFFSET 0) AS w
         WHERE follow_up_responsible(w.responsible, (SELECT k.roles FROM whose AS k), w.policy_id, w.kind) = ANY ($3::text[])
            OR (w.kind = 'pass_to_allocated_worker' AND $3::text[] && '{manager,duty}')
         UNION ALL
         SELECT FROM handovers_for_duty($1::uuid, $7::uuid) AS d
         WHERE 'duty' = ANY ($3::text[]) AND d.accepted_by IS DISTINCT FROM $2::uuid
         LIMIT $6::integer) AS n) AS team,
  (SELECT count(*)
   FROM (SELECT FROM (SELECT q.referral_id FROM follow_up AS q
                      WHERE q.partnership_id = $1::uuid AND q.state = 'open' ORDER BY q.due_at, q.id OFFSET 0) AS w
         WHERE NOT EXISTS (SELECT FROM referral AS o
                           WHERE o.partnership_id = $1::uuid AND o.id = w.referral_id AND o.assigned_to IS NOT NULL OFFSET 0)
         LIMIT $6::integer) AS n) AS unassigned,
  (SELECT count(*)
   FROM (SELECT s.id FROM sign_off AS s
         WHERE s.partnership_id = $1::uuid AND s.state = 'open' AND s.asked_of = $2::uuid
         UNION ALL
         SELECT s.id FROM sign_off AS s
         WHERE s.partnership_id = $1::uuid AND s.state = 'open' AND s.asked_of IS NULL AND $5::boolean
           AND s.asked_by IS DISTINCT FROM $2::uuid
         UNION ALL
         SELECT w.id FROM withdrawal AS w
         WHERE w.partnership_id = $1::uuid AND w.answer IS NULL AND $5::boolean
         UNION ALL
         SELECT k.id FROM discussion_confirmation AS k
         WHERE k.partnership_id = $1::uuid AND k.answer = 'disputed' AND k.settled_at IS NULL AND $5::boolean
         LIMIT $6::integer) AS n) AS awaiting_sign_off;
