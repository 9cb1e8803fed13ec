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

-- Who settled a topic, and when that happened: a discussion that resolved it, another contact attempt (a written reply, a
-- deputy's word), or a screening that no longer asks it. Only a discussion answers what a material topic asks.
ALTER TABLE clarification_topic
  ADD COLUMN settled_by text,
  ADD COLUMN settled_at timestamptz;
-- An attempt and what it does to the topics are one transaction: they bear the same time. The rest was a screening's.
UPDATE clarification_topic AS t
SET settled_by = coalesce(s.settled_by, 'screening'), settled_at = coalesce(s.held_at, t.changed_at)
FROM clarification_topic AS k
LEFT JOIN LATERAL (SELECT CASE WHEN a.counts_as_discussion THEN 'discussion' ELSE 'contact_attempt' END AS settled_by, a.held_at
                   FROM contact_attempt AS a
                   WHERE a.partnership_id = k.partnership_id AND a.referral_id = k.referral_id AND a.recorded_at = k.changed_at
                     AND (a.topics @> jsonb_build_array(jsonb_build_object('code', k.code, 'outcome', 'resolved'))
                          OR (a.counts_as_discussion AND a.confirmed_no_topic_open))
                   ORDER BY a.counts_as_discussion
                   LIMIT 1) AS s ON true
WHERE t.status = 'resolved' AND t.partnership_id = k.partnership_id AND t.referral_id = k.referral_id AND t.code = k.code;
ALTER TABLE clarification_topic
  ADD CONSTRAINT clarification_topic_settled CHECK ((status = 'resolved') = (settled_by IS NOT NULL)
    AND (settled_by IS NULL) = (settled_at IS NULL)
    AND settled_by IN ('discussion', 'contact_attempt', 'screening'));

-- migrate:down
ALTER TABLE clarification_topic DROP COLUMN settled_by, DROP COLUMN settled_at; -- and the constraint on them

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
