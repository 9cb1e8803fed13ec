-- Open follow-ups of the reader's roles, or those of referrals that nobody has and of refused posts, by due time; those without
-- one (the calendar has run out) come last. The inner query walks the index of what is open in that order, and OFFSET 0 keeps the
-- filter out of it (see referral/list_by_due); whether somebody has a referral is one look-up. For those on duty the offers that
-- nobody has accepted stand among them, and what somebody else on duty has, by the earliest due time of their referral. What is
-- passed to an allocated worker is also theirs who may accept it for the worker, of whom there may be no account here.
-- $1 uuid  partnership   $2 text[]  the reader's roles; null: what nobody has   $3 jsonb  whose each kind is by the shipped
-- policy: {kind: role}
-- $4 timestamptz, $5 uuid  keys of the last row seen; without a due time 'infinity'   $6 integer  rows
-- $7 uuid  calendar   $8 uuid  who reads
-- result: json
WITH whose AS MATERIALIZED (
  SELECT w.roles FROM responsible_by_policy($1::uuid, $3::jsonb) AS w
)
SELECT CASE WHEN o.id IS NULL THEN 'follow_up' WHEN o.accepted_at IS NULL THEN 'handover' ELSE 'with_duty' END AS type,
       f.id, f.referral_id, r.reference AS referral_reference, r.version, r.state, r.rating, f.kind,
       NULL::text AS subject_kind, f.due_at, coalesce(f.due_at < mashd_now(), false) AS overdue,
       follow_up_responsible(f.responsible, (SELECT k.roles FROM whose AS k), f.policy_id, f.kind) AS responsible,
       r.assigned_to, coalesce(o.accepted_at, o.offered_at) AS asked_at, coalesce(o.accepted_by, o.offered_by) AS asked_by,
       coalesce(f.due_at, 'infinity')::text AS _key1, f.id AS _key2
FROM (
  (SELECT w.*
   FROM ((SELECT q.id, q.referral_id, q.kind, q.due_at, q.responsible, q.policy_id
          FROM follow_up AS q
          WHERE q.partnership_id = $1::uuid AND q.state = 'open'
            AND (q.due_at, q.id) > ((SELECT coalesce($4::timestamptz, '-infinity')),
                                    (SELECT coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')))
          ORDER BY q.due_at, q.id
          OFFSET 0)
         UNION ALL
         (SELECT q.id, q.referral_id, q.kind, q.due_at, q.responsible, q.policy_id
          FROM follow_up AS q
          WHERE q.partnership_id = $1::uuid AND q.state = 'open' AND q.due_at IS NULL
            AND q.id > (SELECT CASE WHEN $4::timestamptz = 'infinity' THEN $5::uuid
                                    ELSE '00000000-0000-0000-0000-000000000000' END)
          ORDER BY q.id
          OFFSET 0)) AS w
   WHERE CASE WHEN $2::text[] IS NOT NULL
              THEN follow_up_responsible(w.responsible, (SELECT k.roles FROM whose AS k), w.policy_id, w.kind) = ANY ($2::text[])
              ELSE NOT EXISTS (SELECT FROM referral AS o
                               WHERE o.partnership_id = $1::uuid AND o.id = w.referral_id AND o.assigned_to IS NOT NULL OFFSET 0)
         END
         OR (w.kind = 'pass_to_allocated_worker' AND $2::text[] && '{manager,duty}')
   LIMIT $6::integer)
  UNION ALL
  (SELECT w.*
   FROM (SELECT q.id, q.referral_id, NULL::text AS kind, nullif(e.next_due_at, 'infinity') AS due_at, 'duty' AS responsible,
                NULL::uuid AS policy_id
         FROM handovers_for_duty($1::uuid, $7::uuid) AS q
         JOIN referral AS e ON e.partnership_id = $1::uuid AND e.id = q.referral_id
         WHERE 'duty' = ANY ($2::text[]) AND q.accepted_by IS DISTINCT FROM $8::uuid) AS w
   WHERE (coalesce(w.due_at, 'infinity'), w.id) > (coalesce($4::timestamptz, '-infinity'),
                                                   coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
   ORDER BY w.due_at NULLS LAST, w.id
   LIMIT $6::integer)
) AS f
LEFT JOIN handover AS o ON o.partnership_id = $1::uuid AND o.referral_id = f.referral_id AND o.id = f.id
LEFT JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
ORDER BY f.due_at NULLS LAST, f.id
LIMIT $6::integer;
