-- migrate:up

-- Working hours, bank holidays and local closures of a partnership.
CREATE TABLE calendar (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  covers_from date NOT NULL,   -- first local day that working_interval was filled for
  covers_until date NOT NULL,  -- last one
  CONSTRAINT calendar_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT calendar_name_key UNIQUE (partnership_id, name),
  CONSTRAINT calendar_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id),
  CONSTRAINT calendar_covers CHECK (covers_from <= covers_until)
);
CREATE UNIQUE INDEX calendar_default ON calendar (partnership_id) WHERE is_default;
SELECT mashd_protect('calendar', 'SELECT, INSERT, UPDATE');

-- The ordinary week: one row per stretch of opening time. Monday is 1, Sunday 7 (ISO 8601).
CREATE TABLE calendar_hours (
  partnership_id uuid NOT NULL,
  calendar_id uuid NOT NULL,
  weekday smallint NOT NULL,
  opens time NOT NULL,
  closes time NOT NULL,
  CONSTRAINT calendar_hours_pkey PRIMARY KEY (partnership_id, calendar_id, weekday, opens),
  CONSTRAINT calendar_hours_calendar_fkey FOREIGN KEY (partnership_id, calendar_id)
    REFERENCES calendar (partnership_id, id),
  CONSTRAINT calendar_hours_weekday CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT calendar_hours_stretch CHECK (opens < closes),
  CONSTRAINT calendar_hours_whole_minutes CHECK (extract(second FROM opens) = 0 AND extract(second FROM closes) = 0)
);
SELECT mashd_protect('calendar_hours', 'SELECT, INSERT, DELETE');

-- Days that differ: closed all day (no hours), or open at other hours than the week says.
CREATE TABLE calendar_day (
  partnership_id uuid NOT NULL,
  calendar_id uuid NOT NULL,
  local_day date NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  opens time,
  closes time,
  CONSTRAINT calendar_day_pkey PRIMARY KEY (partnership_id, calendar_id, local_day),
  CONSTRAINT calendar_day_calendar_fkey FOREIGN KEY (partnership_id, calendar_id)
    REFERENCES calendar (partnership_id, id),
  CONSTRAINT calendar_day_kind CHECK (kind IN ('bank_holiday', 'closure', 'other_hours')),
  CONSTRAINT calendar_day_stretch CHECK ((kind = 'other_hours') = (opens IS NOT NULL AND closes IS NOT NULL)
                                         AND (opens IS NULL OR opens < closes)),
  CONSTRAINT calendar_day_whole_minutes CHECK (extract(second FROM coalesce(opens, '00:00')) = 0
                                               AND extract(second FROM coalesce(closes, '00:00')) = 0)
);
SELECT mashd_protect('calendar_day', 'SELECT, INSERT, DELETE');

-- Each stretch of working time with the working minutes before it and the number of its working day, both counted from the
-- calendar's first day. Derived from the three tables above by lib/calendar; every clock in working time reads only this.
CREATE TABLE working_interval (
  partnership_id uuid NOT NULL,
  calendar_id uuid NOT NULL,
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  minutes_before integer NOT NULL,
  local_day date NOT NULL,
  day_number integer NOT NULL,
  CONSTRAINT working_interval_pkey PRIMARY KEY (partnership_id, calendar_id, closes_at),
  CONSTRAINT working_interval_minutes_key UNIQUE (partnership_id, calendar_id, minutes_before),
  CONSTRAINT working_interval_calendar_fkey FOREIGN KEY (partnership_id, calendar_id)
    REFERENCES calendar (partnership_id, id),
  CONSTRAINT working_interval_stretch CHECK (opens_at < closes_at)
);
CREATE INDEX working_interval_day ON working_interval (partnership_id, calendar_id, day_number, closes_at);
SELECT mashd_protect('working_interval', 'SELECT, INSERT, DELETE');

-- THE RULE FOR A DUE TIME (DOMAIN: clocks), the only place it stands. One row; NULL where the calendar ends before it.
--   elapsed_minutes  runs always
--   working_minutes  the earliest instant at which the sum is reached
--   working_days     same local clock time on the n-th following working day, no later than its closing;
--                    a start outside hours counts from the next opening
-- A table function because PostgreSQL inlines those, LIMIT and all; a scalar SQL function with LIMIT is called at thirty
-- times the cost. Use it as: CROSS JOIN LATERAL due_instant(…) AS d. Behind row-level security a condition reaches an index
-- only where it compares a bare column with a bare value, so each computed bound is a column of a subquery that OFFSET 0 or
-- LIMIT keeps apart.
CREATE FUNCTION due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer)
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

-- Working minutes (with fractions) from one instant to a later one; NULL where the calendar ends before.
CREATE FUNCTION working_minutes_between(p uuid, c uuid, from_at timestamptz, to_at timestamptz)
RETURNS TABLE (working_minutes double precision)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT (b.minutes_before - a.minutes_before)
         + extract(epoch FROM greatest(t.to_at - b.opens_at, interval '0')
                              - greatest(t.from_at - a.opens_at, interval '0'))::double precision / 60
  FROM (SELECT from_at AS from_at, to_at AS to_at OFFSET 0) AS t
  CROSS JOIN LATERAL (
        SELECT f.opens_at, f.minutes_before FROM working_interval AS f
        WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > t.from_at
        ORDER BY f.closes_at LIMIT 1) AS a
  CROSS JOIN LATERAL (
        SELECT g.opens_at, g.minutes_before FROM working_interval AS g
        WHERE g.partnership_id = p AND g.calendar_id = c AND g.closes_at > t.to_at
        ORDER BY g.closes_at LIMIT 1) AS b
$$;

-- migrate:down
DROP FUNCTION working_minutes_between(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION due_instant(uuid, uuid, timestamptz, text, integer);
DROP TABLE working_interval, calendar_day, calendar_hours, calendar;
