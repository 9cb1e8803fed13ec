-- As team: open follow-ups of referrals that nobody has, and of refused posts. Each referral is one look-up.
-- $1 uuid  partnership   $2 jsonb  {kind: whose it is}
-- $3 timestamptz, $4 uuid  keys of the last row seen; without a due time 'infinity'   $5 integer  rows
-- result: json
SELECT 'follow_up' AS type, f.id, f.referral_id, r.reference AS referral_reference, r.version, r.state, r.rating, f.kind,
       NULL::text AS subject_kind, f.due_at, coalesce(f.due_at < mashd_now(), false) AS overdue,
       coalesce(f.responsible, $2::jsonb ->> f.kind) AS responsible, r.assigned_to, NULL::timestamptz AS asked_at,
       NULL::uuid AS asked_by,
       coalesce(f.due_at, 'infinity')::text AS _key1, f.id AS _key2
FROM (
  (SELECT w.*
   FROM (SELECT q.id, q.referral_id, q.kind, q.due_at, q.responsible
         FROM follow_up AS q
         WHERE q.partnership_id = $1::uuid AND q.state = 'open'
           AND (q.due_at, q.id) > ((SELECT coalesce($3::timestamptz, '-infinity')),
                                   (SELECT coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')))
         ORDER BY q.due_at, q.id
         OFFSET 0) AS w
   WHERE NOT EXISTS (SELECT FROM referral AS o
                     WHERE o.partnership_id = $1::uuid AND o.id = w.referral_id AND o.assigned_to IS NOT NULL OFFSET 0)
   LIMIT $5::integer)
  UNION ALL
  (SELECT w.*
   FROM (SELECT q.id, q.referral_id, q.kind, q.due_at, q.responsible
         FROM follow_up AS q
         WHERE q.partnership_id = $1::uuid AND q.state = 'open' AND q.due_at IS NULL
           AND q.id > (SELECT CASE WHEN $3::timestamptz = 'infinity' THEN $4::uuid
                                   ELSE '00000000-0000-0000-0000-000000000000' END)
         ORDER BY q.id
         OFFSET 0) AS w
   WHERE NOT EXISTS (SELECT FROM referral AS o
                     WHERE o.partnership_id = $1::uuid AND o.id = w.referral_id AND o.assigned_to IS NOT NULL OFFSET 0)
   LIMIT $5::integer)
) AS f
LEFT JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
ORDER BY f.due_at NULLS LAST, f.id
LIMIT $5::integer;
