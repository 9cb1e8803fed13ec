-- migrate:up

-- The due instant of a follow-up that is never later than another one's, which runs from receipt (DOMAIN section 3: `discuss`
-- and `decide_outcome`). Where the need is found only after that one's due instant, `found_after` bounds it instead: a red one,
-- which is never paused, keeps its own elapsed time where that ends before. One row; `applies` says which of the three it is:
-- own, latest, found_after. Without a bound (latest_unit NULL) it is the own one.
CREATE OR REPLACE FUNCTION bounded_due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer,
                                               received_at timestamptz, latest_unit text, latest_amount integer,
                                               after_unit text, after_amount integer)
RETURNS TABLE (due_at timestamptz, applies text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT least(own.due_at, CASE WHEN latest.due_at <= started_at THEN after.due_at ELSE latest.due_at END),
         CASE WHEN latest.due_at <= started_at
              THEN CASE WHEN after.due_at < coalesce(own.due_at, 'infinity') THEN 'found_after' ELSE 'own' END
              WHEN latest.due_at < coalesce(own.due_at, 'infinity') THEN 'latest'
              ELSE 'own' END
  FROM due_instant(p, c, started_at, unit, amount) AS own
  CROSS JOIN due_instant(p, c, received_at, latest_unit, latest_amount) AS latest
  CROSS JOIN due_instant(p, c, started_at, after_unit, after_amount) AS after
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION bounded_due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer,
                                               received_at timestamptz, latest_unit text, latest_amount integer,
                                               after_unit text, after_amount integer)
RETURNS TABLE (due_at timestamptz, applies text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN latest.due_at <= started_at THEN after.due_at ELSE least(own.due_at, latest.due_at) END,
         CASE WHEN latest.due_at <= started_at THEN 'found_after'
              WHEN latest.due_at < coalesce(own.due_at, 'infinity') THEN 'latest'
              ELSE 'own' END
  FROM due_instant(p, c, started_at, unit, amount) AS own
  CROSS JOIN due_instant(p, c, received_at, latest_unit, latest_amount) AS latest
  CROSS JOIN due_instant(p, c, started_at, after_unit, after_amount) AS after
$$;
