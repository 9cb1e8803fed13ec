-- The worklist: referrals in order of receipt, the latest first. Closed ones only where the state asks for them.
-- The inner query walks one index in that order, and OFFSET 0 keeps the filters out of it: under a generic plan each optional
-- filter looks so selective that the planner would rather sort everything. Bounds that the index can use stand inside, the
-- computed ones as subqueries (behind row-level security only a bare value reaches an index).
-- $1 uuid         partnership
-- $2 text         state          $3 text  rating          $4 text  record kind
-- $5 boolean      overdue        $6 text  discussed       $7 uuid  agency       $8 text  source
-- $9 timestamptz  received from  $10 timestamptz  received to
-- $11 timestamptz due from       $12 timestamptz  due to
-- $13, $14, $15   keys of the last row seen   $16 integer  rows
-- result: json
SELECT r.id, r.reference, r.version, r.state, r.rating, r.rating_source, r.record_kind, r.channel, r.source, r.agency_id,
       (SELECT a.name FROM agency AS a WHERE a.partnership_id = $1::uuid AND a.id = r.agency_id) AS agency_name,
       r.agency_reference, r.received_at, r.next_due_at, r.next_due_kind,
       r.next_due_at < mashd_now() AS overdue, r.discussed, r.clarification, r.child_count AS children, r.child_names,
       r.immediate_protection_needed,
       r.received_at::text AS _key1, r.id AS _key2
FROM (
  SELECT w.*
  FROM (
    SELECT q.*
    FROM referral AS q
    WHERE q.partnership_id = $1::uuid
      AND (q.state <> 'closed' OR $2::text = 'closed')
      AND (q.received_at, q.id) < ((SELECT coalesce($13::timestamptz, 'infinity')), (SELECT coalesce($14::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')))
      AND q.received_at >= (SELECT coalesce($9::timestamptz, '-infinity'))
      AND q.received_at <= (SELECT coalesce($10::timestamptz, 'infinity'))
      AND $15::text IS NULL
    ORDER BY q.received_at DESC, q.id DESC
    OFFSET 0
  ) AS w
  WHERE ($2::text IS NULL OR w.state = $2::text)
    AND ($3::text IS NULL OR w.rating = $3::text)
    AND ($4::text IS NULL OR w.record_kind = $4::text)
    AND ($5::boolean IS NULL OR (w.next_due_at < mashd_now()) = $5::boolean)
    AND ($6::text IS NULL OR w.discussed = $6::text)
    AND ($7::uuid IS NULL OR w.agency_id = $7::uuid)
    AND ($8::text IS NULL OR w.source = $8::text)
    AND ($9::timestamptz IS NULL OR w.received_at >= $9::timestamptz)
    AND ($10::timestamptz IS NULL OR w.received_at < $10::timestamptz)
    AND ($11::timestamptz IS NULL OR w.next_due_at >= $11::timestamptz)
    AND ($12::timestamptz IS NULL OR w.next_due_at < $12::timestamptz)
  LIMIT $16::integer
) AS r
ORDER BY r.received_at DESC, r.id DESC;
