-- migrate:up

-- The referrals that reuse an agency's reference: a second post under it looks at these, too.
CREATE INDEX referral_reused_reference ON referral (partnership_id, agency_id, agency_reference, id) WHERE reference_reused;

-- THE RULE FOR A DUE TIME (DOMAIN: clocks), the only place it stands. One row; NULL where the calendar ends before it, and
-- for working time also where the start lies before the calendar's first day: what was worked then is not known.
--   elapsed_minutes  runs always
--   working_minutes  the earliest instant at which the sum is reached
--   working_days     same local clock time on the n-th following working day, no later than its closing;
--                    a start outside hours counts from the next opening
-- A table function because PostgreSQL inlines those, LIMIT and all; a scalar SQL function with LIMIT is called at thirty
-- times the cost. Use it as: CROSS JOIN LATERAL due_instant(…) AS d. Behind row-level security a condition reaches an index
-- only where it compares a bare column with a bare value, so each computed bound is a column of a subquery that OFFSET 0 or
-- LIMIT keeps apart. Only a start before the calendar's first working time (has_begun false) must ask for its first day.
CREATE OR REPLACE FUNCTION due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer)
RETURNS TABLE (due_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE unit
    WHEN 'elapsed_minutes' THEN started_at + amount * interval '1 minute'
    WHEN 'working_minutes' THEN (
      SELECT w.opens_at + (s.total - w.minutes_before * interval '1 minute')
      FROM (SELECT started_at AS at OFFSET 0) AS b
      CROSS JOIN LATERAL (
            SELECT t.total, t.has_begun, ceil(extract(epoch FROM t.total) / 60)::integer AS whole_minutes
            FROM (SELECT f.minutes_before * interval '1 minute'
                         + greatest(b.at - f.opens_at, interval '0') + amount * interval '1 minute' AS total,
                         f.minutes_before > 0 OR b.at >= f.opens_at AS has_begun
                  FROM working_interval AS f
                  WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
                  ORDER BY f.closes_at LIMIT 1) AS t
            OFFSET 0) AS s
      CROSS JOIN LATERAL (
            SELECT i.opens_at, i.closes_at, i.minutes_before
            FROM working_interval AS i
            WHERE i.partnership_id = p AND i.calendar_id = c AND i.minutes_before < s.whole_minutes
            ORDER BY i.minutes_before DESC LIMIT 1) AS w
      WHERE w.opens_at + (s.total - w.minutes_before * interval '1 minute') <= w.closes_at
        AND (s.has_begun OR (SELECT b.at >= z.covers_from::timestamp AT TIME ZONE z.time_zone
                             FROM calendar AS z
                             WHERE z.partnership_id = p AND z.id = c)))
    WHEN 'working_days' THEN (
      SELECT least((d.local_day + s.clock_time) AT TIME ZONE z.time_zone, d.closes_at)
      FROM calendar AS z
      CROSS JOIN (SELECT started_at AS at OFFSET 0) AS b
      CROSS JOIN LATERAL (
            SELECT f.day_number + amount AS day_number,
                   (greatest(b.at, f.opens_at) AT TIME ZONE z.time_zone)::time AS clock_time,
                   f.minutes_before > 0 OR b.at >= f.opens_at AS has_begun
            FROM working_interval AS f
            WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
            ORDER BY f.closes_at LIMIT 1) AS s
      CROSS JOIN LATERAL (
            SELECT i.local_day, i.closes_at
            FROM working_interval AS i
            WHERE i.partnership_id = p AND i.calendar_id = c AND i.day_number = s.day_number
            ORDER BY i.closes_at DESC LIMIT 1) AS d
      WHERE z.partnership_id = p AND z.id = c
        AND (s.has_begun OR b.at >= z.covers_from::timestamp AT TIME ZONE z.time_zone))
  END
$$;

-- Why a follow-up that started then has no due instant: the calendar begins after its start, or ends before its due time.
-- One row; NULL where there is one. A table function for the same reason: inlined, it costs nothing where there is a due
-- instant. Use it on a row that holds that already, or it is counted twice: (SELECT p.due_problem FROM due_problem(…) AS p).
CREATE FUNCTION due_problem(p uuid, c uuid, started_at timestamptz, due_at timestamptz)
RETURNS TABLE (due_problem text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN due_at IS NOT NULL THEN NULL
              WHEN (SELECT started_at < z.covers_from::timestamp AT TIME ZONE z.time_zone
                    FROM calendar AS z
                    WHERE z.partnership_id = p AND z.id = c) THEN 'before_calendar'
              ELSE 'calendar_ends' END
$$;

ALTER TABLE follow_up
  DROP CONSTRAINT follow_up_due_problem,
  ADD CONSTRAINT follow_up_due_problem CHECK ((due_at IS NULL) = (due_problem IS NOT NULL)
                                              AND due_problem IN ('calendar_ends', 'before_calendar'));

-- migrate:down
UPDATE follow_up SET due_problem = 'calendar_ends' WHERE due_problem = 'before_calendar';
ALTER TABLE follow_up
  DROP CONSTRAINT follow_up_due_problem,
  ADD CONSTRAINT follow_up_due_problem CHECK ((due_at IS NULL) = (due_problem IS NOT NULL)
                                              AND due_problem IN ('calendar_ends'));
DROP FUNCTION due_problem(uuid, uuid, timestamptz, timestamptz);
DROP INDEX referral_reused_reference;
CREATE OR REPLACE FUNCTION due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer)
RETURNS TABLE (due_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE unit
    WHEN 'elapsed_minutes' THEN started_at + amount * interval '1 minute'
    WHEN 'working_minutes' THEN (
      SELECT w.opens_at + (s.total - w.minutes_before * interval '1 minute')
      FROM (SELECT started_at AS at OFFSET 0) AS b
      CROSS JOIN LATERAL (
            SELECT t.total, ceil(extract(epoch FROM t.total) / 60)::integer AS whole_minutes
            FROM (SELECT f.minutes_before * interval '1 minute'
                         + greatest(b.at - f.opens_at, interval '0') + amount * interval '1 minute' AS total
                  FROM working_interval AS f
                  WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
                  ORDER BY f.closes_at LIMIT 1) AS t
            OFFSET 0) AS s
      CROSS JOIN LATERAL (
            SELECT i.opens_at, i.closes_at, i.minutes_before
            FROM working_interval AS i
            WHERE i.partnership_id = p AND i.calendar_id = c AND i.minutes_before < s.whole_minutes
            ORDER BY i.minutes_before DESC LIMIT 1) AS w
      WHERE w.opens_at + (s.total - w.minutes_before * interval '1 minute') <= w.closes_at)
    WHEN 'working_days' THEN (
      SELECT least((d.local_day + s.clock_time) AT TIME ZONE z.time_zone, d.closes_at)
      FROM calendar AS z
      CROSS JOIN (SELECT started_at AS at OFFSET 0) AS b
      CROSS JOIN LATERAL (
            SELECT f.day_number + amount AS day_number,
                   (greatest(b.at, f.opens_at) AT TIME ZONE z.time_zone)::time AS clock_time
            FROM working_interval AS f
            WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
            ORDER BY f.closes_at LIMIT 1) AS s
      CROSS JOIN LATERAL (
            SELECT i.local_day, i.closes_at
            FROM working_interval AS i
            WHERE i.partnership_id = p AND i.calendar_id = c AND i.day_number = s.day_number
            ORDER BY i.closes_at DESC LIMIT 1) AS d
      WHERE z.partnership_id = p AND z.id = c)
  END
$$;
