-- The referral's next due instant: the earliest of its open follow-ups. Last in each transaction that changed any.
-- $1 uuid  partnership   $2 uuid  referral
UPDATE referral AS r
SET next_due_at = n.next_due_at
FROM (SELECT coalesce(min(f.due_at), 'infinity') AS next_due_at
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open') AS n
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND r.next_due_at <> n.next_due_at;
