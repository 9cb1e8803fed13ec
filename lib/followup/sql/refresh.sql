-- The referral's next due instant and its kind: the earliest of its open follow-ups. Last in each transaction that changed any.
-- $1 uuid  partnership   $2 uuid  referral
UPDATE referral AS r
SET next_due_at = n.due_at, next_due_kind = n.kind
FROM (SELECT 'infinity'::timestamptz AS due_at, NULL::text AS kind
      UNION ALL
      SELECT f.due_at, f.kind
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open' AND f.due_at IS NOT NULL
      ORDER BY due_at, kind
      LIMIT 1) AS n
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  AND (r.next_due_at <> n.due_at OR r.next_due_kind IS DISTINCT FROM n.kind);
