-- What a referral's own row says of its follow-ups: the next due instant and its kind (the earliest of the open ones), and whether
-- it was discussed (DOMAIN section 5). Last in each transaction that changed any. While a `discuss` is open the answer is not
-- yes, whatever was held before the need was found: only attempts since then count.
-- $1 uuid  partnership   $2 uuid  referral
UPDATE referral AS r
SET next_due_at = n.due_at, next_due_kind = n.kind, discussed = d.discussed
FROM (SELECT 'infinity'::timestamptz AS due_at, NULL::text AS kind
      UNION ALL
      SELECT f.due_at, f.kind
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open' AND f.due_at IS NOT NULL
      ORDER BY due_at, kind
      LIMIT 1) AS n
CROSS JOIN (
      SELECT CASE WHEN a.discussed AND o.asked_at IS NULL THEN 'yes'
                  WHEN a.attempted THEN 'attempted'
                  WHEN s.clarification = 'not_needed' AND o.asked_at IS NULL THEN 'not_needed'
                  ELSE 'no' END AS discussed
      FROM referral AS s
      CROSS JOIN LATERAL (
            SELECT min(f.started_at) AS asked_at
            FROM follow_up AS f
            WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'discuss' AND f.state = 'open') AS o
      CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(t.counts_as_discussion), false) AS discussed,
                   coalesce(bool_or(t.held_at >= coalesce(o.asked_at, '-infinity')), false) AS attempted
            FROM contact_attempt AS t
            WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid) AS a
      WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid) AS d
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  AND (r.next_due_at <> n.due_at OR r.next_due_kind IS DISTINCT FROM n.kind OR r.discussed <> d.discussed);
