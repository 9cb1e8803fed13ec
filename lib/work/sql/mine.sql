-- Open follow-ups of the referrals that the reader has, by due time; those without one come last. What a duty worker has accepted
-- is theirs too, until it is taken back or passed on. A caseload is small: it is read by the indexes of who has what, and sorted.
-- $1 uuid  partnership   $2 uuid  who reads   $3 jsonb  whose each kind is by the shipped policy: {kind: role}
-- $4 timestamptz, $5 uuid  keys of the last row seen; without a due time 'infinity'   $6 integer  rows
-- result: json
WITH whose AS MATERIALIZED (
  SELECT w.roles FROM responsible_by_policy($1::uuid, $3::jsonb) AS w
)
SELECT 'follow_up' AS type, f.id, f.referral_id, r.reference AS referral_reference, r.version, r.state, r.rating, f.kind,
       NULL::text AS subject_kind, f.due_at, coalesce(f.due_at < mashd_now(), false) AS overdue,
       follow_up_responsible(f.responsible, (SELECT k.roles FROM whose AS k), f.policy_id, f.kind) AS responsible,
       r.assigned_to, NULL::timestamptz AS asked_at,
       NULL::uuid AS asked_by,
       coalesce(f.due_at, 'infinity')::text AS _key1, f.id AS _key2
FROM (SELECT o.id, o.reference, o.version, o.state, o.rating, o.assigned_to
      FROM referral AS o
      WHERE o.partnership_id = $1::uuid AND o.assigned_to = $2::uuid AND o.state <> 'closed'
      UNION
      SELECT o.id, o.reference, o.version, o.state, o.rating, o.assigned_to
      FROM handover AS h
      JOIN referral AS o ON o.partnership_id = $1::uuid AND o.id = h.referral_id
      WHERE h.partnership_id = $1::uuid AND h.accepted_by = $2::uuid AND h.accepted_at IS NOT NULL AND h.returned_at IS NULL
        AND h.passed_on_at IS NULL AND o.state <> 'closed'
      OFFSET 0) AS r
CROSS JOIN LATERAL (SELECT q.id, q.referral_id, q.kind, q.due_at, q.responsible, q.policy_id
                    FROM follow_up AS q
                    WHERE q.partnership_id = $1::uuid AND q.referral_id = r.id AND q.state = 'open'
                    OFFSET 0) AS f
WHERE (coalesce(f.due_at, 'infinity'), f.id) > (coalesce($4::timestamptz, '-infinity'),
                                                coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY f.due_at NULLS LAST, f.id
LIMIT $6::integer;
