-- Referrals that a change of the calendar may concern: with an open follow-up that is due after an instant, or has no due instant;
-- or with a handover to duty, which is about the moment and not about when it is due.
-- $1 uuid         partnership
-- $2 timestamptz  the instant, may be -infinity
-- $3 uuid         referral that the last one looked at was, null: from the first
-- $4 integer      how many at the most
SELECT o.referral_id
FROM (SELECT f.referral_id
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.referral_id IS NOT NULL AND f.due_at > $2::timestamptz
      UNION
      SELECT f.referral_id
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.referral_id IS NOT NULL AND f.due_at IS NULL
      UNION
      SELECT f.referral_id
      FROM follow_up AS f
      WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.kind = 'out_of_hours_handover') AS o
WHERE $3::uuid IS NULL OR o.referral_id > $3::uuid
ORDER BY o.referral_id
LIMIT $4::integer;
