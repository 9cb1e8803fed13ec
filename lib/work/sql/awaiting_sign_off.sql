-- What waits for the reader's word, asked first on top: what was asked of them, or, of a manager, of any manager but by
-- themselves; of any manager also what agencies wait for: the answer to a withdrawal, and somebody who looks into a discussion
-- that they dispute. A walk of an index each, put together.
-- $1 uuid  partnership   $2 uuid  who reads   $3 boolean  whether they are a manager
-- $4 timestamptz, $5 uuid  keys of the last row seen   $6 integer  rows
-- result: json
SELECT s.type, s.id, s.referral_id, r.reference AS referral_reference, r.version, r.state, r.rating, NULL::text AS kind,
       s.subject_kind, nullif(r.next_due_at, 'infinity') AS due_at, r.next_due_at < mashd_now() AS overdue,
       NULL::text AS responsible, r.assigned_to, s.asked_at, s.asked_by,
       s.asked_at::text AS _key1, s.id AS _key2
FROM (
  (SELECT 'sign_off' AS type, q.id, q.referral_id, q.subject_kind, q.asked_at, q.asked_by
   FROM sign_off AS q
   WHERE q.partnership_id = $1::uuid AND q.state = 'open' AND q.asked_of = $2::uuid
     AND (q.asked_at, q.id) > ((SELECT coalesce($4::timestamptz, '-infinity')),
                               (SELECT coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')))
   ORDER BY q.asked_at, q.id
   LIMIT $6::integer)
  UNION ALL
  (SELECT 'sign_off', q.id, q.referral_id, q.subject_kind, q.asked_at, q.asked_by
   FROM sign_off AS q
   WHERE q.partnership_id = $1::uuid AND q.state = 'open' AND q.asked_of IS NULL AND $3::boolean
     AND q.asked_by IS DISTINCT FROM $2::uuid
     AND (q.asked_at, q.id) > ((SELECT coalesce($4::timestamptz, '-infinity')),
                               (SELECT coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')))
   ORDER BY q.asked_at, q.id
   LIMIT $6::integer)
  UNION ALL
  (SELECT 'withdrawal', q.id, q.referral_id, NULL, q.requested_at, q.agency_id
   FROM withdrawal AS q
   WHERE q.partnership_id = $1::uuid AND q.answer IS NULL AND $3::boolean
     AND (q.requested_at, q.id) > ((SELECT coalesce($4::timestamptz, '-infinity')),
                                   (SELECT coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')))
   ORDER BY q.requested_at, q.id
   LIMIT $6::integer)
  UNION ALL
  (SELECT 'dispute', q.id, q.referral_id, NULL, q.recorded_at, q.agency_id
   FROM discussion_confirmation AS q
   WHERE q.partnership_id = $1::uuid AND q.answer = 'disputed' AND q.settled_at IS NULL AND $3::boolean
     AND (q.recorded_at, q.id) > ((SELECT coalesce($4::timestamptz, '-infinity')),
                                  (SELECT coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')))
   ORDER BY q.recorded_at, q.id
   LIMIT $6::integer)
) AS s
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = s.referral_id
ORDER BY s.asked_at, s.id
LIMIT $6::integer;
