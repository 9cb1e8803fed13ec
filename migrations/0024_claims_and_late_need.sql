-- migrate:up

-- In which version of the referral it was last claimed that protection is needed now: a screening of a later version has judged
-- that. A receipt is version 1.
ALTER TABLE referral ADD COLUMN protection_claimed_in integer NOT NULL DEFAULT 1;
-- What waits to be screened now keeps the time that it was given.
UPDATE referral AS r
SET protection_claimed_in = r.version
WHERE r.immediate_protection_needed AND r.state <> 'closed'
  AND EXISTS (SELECT FROM follow_up AS f
              WHERE f.partnership_id = r.partnership_id AND f.referral_id = r.id AND f.kind = 'triage' AND f.state = 'open');

-- The due instant of what has begun at `started_at` and is counted from `counted_from`: under its bound (0011), or, where it is
-- counted from a moment of the record instead and that time is past when it begins, as where the need is found after the bound
-- (DOMAIN section 3): nothing is overdue when it begins.
CREATE FUNCTION follow_up_due_instant(p uuid, c uuid, started_at timestamptz, counted_from timestamptz, unit text, amount integer,
                                      received_at timestamptz, latest_unit text, latest_amount integer, after_unit text,
                                      after_amount integer)
RETURNS TABLE (due_at timestamptz, applies text, limit_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN o.is_past THEN a.due_at ELSE d.due_at END, CASE WHEN o.is_past THEN 'found_after' ELSE d.applies END, d.limit_at
  FROM bounded_due_instant(p, c, counted_from, unit, amount, received_at, latest_unit, latest_amount, after_unit,
                           after_amount) AS d
  CROSS JOIN LATERAL (SELECT latest_unit IS NULL AND after_unit IS NOT NULL AND coalesce(d.due_at <= started_at, false) AS is_past
                      OFFSET 0) AS o
  LEFT JOIN LATERAL (SELECT i.due_at FROM due_instant(p, c, started_at, after_unit, after_amount) AS i OFFSET 0) AS a ON o.is_past
$$;

-- migrate:down
DROP FUNCTION follow_up_due_instant(uuid, uuid, timestamptz, timestamptz, text, integer, timestamptz, text, integer, text, integer);
ALTER TABLE referral DROP COLUMN protection_claimed_in;
