-- migrate:up

-- Clocks that pause, warn before the due instant and escalate after it. What the passing of time does is written down by the
-- sweep (lib/followup/sql/sweep.sql), and by whoever changes a follow-up before the sweep came by.
ALTER TABLE follow_up
  ADD COLUMN timed_at timestamptz NOT NULL DEFAULT mashd_now(), -- when it got its present timing
  ADD COLUMN limit_at timestamptz,     -- a bound of its rule: never due after that; null: none
  ADD COLUMN signals jsonb,            -- the rule's {warn_before: {unit, amount}, escalate: [{unit, amount, role, out_of_hours}]}
  ADD COLUMN warn_at timestamptz,      -- when this timing is warned of; null: never
  ADD COLUMN warned_at timestamptz,    -- when that was done
  ADD COLUMN flag_level integer NOT NULL DEFAULT 0, -- the highest level that this timing has a flag of
  ADD COLUMN next_flag_at timestamptz NOT NULL DEFAULT 'infinity', -- level 1 has its flag: when the next level is reached
  ADD COLUMN paused_until timestamptz, -- a pause that nobody has written the end of; it ends then by itself
  ADD COLUMN pause_reason text;
UPDATE follow_up SET timed_at = recorded_at;
UPDATE follow_up AS f
SET flag_level = 1
FROM flag AS g
WHERE g.partnership_id = f.partnership_id AND g.follow_up_id = f.id AND g.timing = f.timing;
-- The next instant at which time alone changes something: all that a sweep looks for, whatever else stands overdue.
ALTER TABLE follow_up
  ADD COLUMN sweep_at timestamptz GENERATED ALWAYS AS (
    least(CASE WHEN flag_level = 0 THEN due_at ELSE next_flag_at END,
          CASE WHEN flag_level = 0 AND warned_at IS NULL THEN warn_at END,
          paused_until)) STORED,
  ADD CONSTRAINT follow_up_flag_level CHECK (flag_level >= 0),
  ADD CONSTRAINT follow_up_paused CHECK ((paused_until IS NULL) = (pause_reason IS NULL)
                                         AND (paused_until IS NULL OR (state = 'open' AND flag_level = 0)));
-- The sweep names the condition as it stands here: a prepared statement needs the literals (see 0004).
CREATE INDEX follow_up_to_sweep ON follow_up (partnership_id, sweep_at, id) WHERE state = 'open' AND sweep_at < 'infinity';

-- Each pause of a follow-up. What was left of the time when it began counts from its end.
CREATE TABLE follow_up_pause (
  partnership_id uuid NOT NULL,
  follow_up_id uuid NOT NULL,
  id uuid NOT NULL,
  reason text NOT NULL, -- one of its rule's
  note text NOT NULL,
  paused_at timestamptz NOT NULL,
  paused_by uuid NOT NULL,
  until_at timestamptz NOT NULL, -- when it ends by itself
  ended_at timestamptz,          -- when it did end; null while that is not written down, or where the follow-up ended first
  ended_by uuid,                 -- staff; null: by itself, or by what happened to the follow-up
  CONSTRAINT follow_up_pause_pkey PRIMARY KEY (partnership_id, follow_up_id, id),
  CONSTRAINT follow_up_pause_follow_up_fkey FOREIGN KEY (partnership_id, follow_up_id) REFERENCES follow_up (partnership_id, id),
  CONSTRAINT follow_up_pause_paused_by_fkey FOREIGN KEY (partnership_id, paused_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT follow_up_pause_ended_by_fkey FOREIGN KEY (partnership_id, ended_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT follow_up_pause_stretch CHECK (paused_at < until_at AND ended_at BETWEEN paused_at AND until_at)
);
CREATE UNIQUE INDEX follow_up_pause_one_open ON follow_up_pause (partnership_id, follow_up_id) WHERE ended_at IS NULL;
SELECT mashd_protect('follow_up_pause', 'SELECT, INSERT, UPDATE (ended_at, ended_by)');

-- Who is told at this level: the ladder's role; null at level 1, which is the breach itself.
ALTER TABLE flag ADD COLUMN role text;

-- Identifiers for the events of one statement, in the order of `ordinal`, after `base`, before every later one of base's maker.
CREATE FUNCTION mashd_uuid_after(base uuid, ordinal integer) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (substr(base::text, 1, 19) || 'b' || substr(o.digits, 1, 3) || '-' || substr(o.digits, 4, 3)
          || substr(replace(gen_random_uuid()::text, '-', ''), 1, 9))::uuid
  FROM (SELECT lpad(to_hex(ordinal), 6, '0') AS digits) AS o
$$;

-- Working time before an instant, counted from the calendar's first day; null past the calendar's end. One row.
CREATE FUNCTION working_time_before(p uuid, c uuid, at timestamptz)
RETURNS TABLE (working_time interval)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT (SELECT f.minutes_before * interval '1 minute' + greatest(b.at - f.opens_at, interval '0')
          FROM working_interval AS f
          WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at >= b.at
          ORDER BY f.closes_at LIMIT 1)
  FROM (SELECT at AS at OFFSET 0) AS b
$$;

-- The earliest instant with so much working time before it; null past the calendar's end. One row.
CREATE FUNCTION working_instant(p uuid, c uuid, working_time interval)
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT (SELECT CASE WHEN i.opens_at + s.past <= i.closes_at THEN i.opens_at + s.past END
          FROM (SELECT w.opens_at, w.closes_at, w.minutes_before
                FROM working_interval AS w
                WHERE w.partnership_id = p AND w.calendar_id = c AND w.minutes_before < b.whole_minutes
                ORDER BY w.minutes_before DESC LIMIT 1) AS i
          CROSS JOIN LATERAL (SELECT b.total - i.minutes_before * interval '1 minute' AS past) AS s)
  FROM (SELECT working_time AS total, ceil(extract(epoch FROM working_time) / 60)::integer AS whole_minutes OFFSET 0) AS b
$$;

-- The due instant after a pause: what was left of it counts from the pause's end, in the clock's own way: working time for
-- what is counted in working time, elapsed time for the rest. Never before the pause's end, nor before what it was. A pause
-- that began only past the due instant changes nothing. Null past the calendar's end. One row.
CREATE FUNCTION due_after_pause(p uuid, c uuid, due timestamptz, unit text, paused_at timestamptz, resumed_at timestamptz)
RETURNS TABLE (due_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN b.paused_at > b.due THEN b.due
              WHEN b.unit IN ('elapsed_minutes', 'calendar_months') THEN b.due + (b.resumed_at - b.paused_at)
              ELSE (SELECT CASE WHEN i.at IS NOT NULL THEN greatest(i.at, b.due, b.resumed_at) END
                    FROM (SELECT d.working_time - a.working_time + r.working_time AS working_time
                          FROM working_time_before(p, c, b.due) AS d
                          CROSS JOIN working_time_before(p, c, b.paused_at) AS a
                          CROSS JOIN working_time_before(p, c, b.resumed_at) AS r
                          OFFSET 0) AS t
                    CROSS JOIN LATERAL (SELECT w.at FROM working_instant(p, c, t.working_time) AS w OFFSET 0) AS i) END
  FROM (SELECT due AS due, unit AS unit, paused_at AS paused_at, resumed_at AS resumed_at OFFSET 0) AS b
$$;

-- The due instant after all pauses of a follow-up that are over, one after the other, and then one more (null: none), which is
-- the running one or one that begins. Without that one more, a running pause counts up to where it ends by itself.
CREATE FUNCTION due_after_pauses(p uuid, c uuid, follow_up uuid, due timestamptz, unit text, last_paused_at timestamptz,
                                 last_resumed_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
  pause record;
BEGIN
  FOR pause IN
    SELECT k.paused_at, coalesce(k.ended_at, k.until_at) AS resumed_at
    FROM follow_up_pause AS k
    WHERE k.partnership_id = p AND k.follow_up_id = follow_up AND (k.ended_at IS NOT NULL OR last_paused_at IS NULL)
    ORDER BY k.paused_at, k.id
  LOOP
    due := (SELECT d.due_at FROM due_after_pause(p, c, due, unit, pause.paused_at, pause.resumed_at) AS d);
  END LOOP;
  IF last_paused_at IS NOT NULL THEN
    due := (SELECT d.due_at FROM due_after_pause(p, c, due, unit, last_paused_at, last_resumed_at) AS d);
  END IF;
  RETURN due;
END
$$;

-- The pauses of a follow-up, one after the other, as due_after_pauses() counts them, and what each did to the due instant.
CREATE FUNCTION pause_steps(p uuid, c uuid, follow_up uuid, due timestamptz, unit text)
RETURNS TABLE (paused_at timestamptz, resumed_at timestamptz, reason text, counts boolean, due_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
  FOR paused_at, resumed_at, reason IN
    SELECT k.paused_at, coalesce(k.ended_at, k.until_at), k.reason
    FROM follow_up_pause AS k
    WHERE k.partnership_id = p AND k.follow_up_id = follow_up
    ORDER BY k.paused_at, k.id
  LOOP
    counts := paused_at <= due;
    due := (SELECT d.due_at FROM due_after_pause(p, c, due, unit, paused_at, resumed_at) AS d);
    due_at := due;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The latest instant up to which a follow-up may be paused from `at` on, when all its pauses together may last so long (and
-- however long the rule's bound leaves). Null where the calendar has run out. One row.
CREATE FUNCTION pause_limit(p uuid, c uuid, follow_up uuid, at timestamptz, unit text, amount integer)
RETURNS TABLE (until_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN u.used = '0' THEN l.due_at
              WHEN u.elapsed THEN l.due_at - u.used
              ELSE (SELECT least(i.at, l.due_at)
                    FROM (SELECT w.working_time - u.used AS working_time FROM working_time_before(p, c, l.due_at) AS w OFFSET 0) AS t
                    CROSS JOIN LATERAL working_instant(p, c, t.working_time) AS i) END
  FROM (SELECT d.due_at FROM due_instant(p, c, at, unit, amount) AS d OFFSET 0) AS l
  CROSS JOIN LATERAL (
    SELECT e.elapsed,
           coalesce(sum(CASE WHEN e.elapsed THEN k.ended_at - k.paused_at ELSE b.working_time - a.working_time END), '0') AS used
    FROM (SELECT unit IN ('elapsed_minutes', 'calendar_months') AS elapsed OFFSET 0) AS e
    LEFT JOIN follow_up_pause AS k ON k.partnership_id = p AND k.follow_up_id = follow_up AND k.ended_at IS NOT NULL
    LEFT JOIN LATERAL working_time_before(p, c, k.paused_at) AS a ON NOT e.elapsed
    LEFT JOIN LATERAL working_time_before(p, c, k.ended_at) AS b ON NOT e.elapsed
    GROUP BY e.elapsed) AS u
$$;

-- So many working days before an instant: the same local clock time then, within that day's hours; its closing with
-- working_day_ends. An instant outside hours counts from the closing before it. So many months before: the same local day and
-- time. Null before the calendar's beginning, and past its end.
CREATE FUNCTION day_before(p uuid, c uuid, at timestamptz, unit text, amount integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
  zone text := (SELECT z.time_zone FROM calendar AS z WHERE z.partnership_id = p AND z.id = c);
  last record;
  day record;
BEGIN
  IF unit = 'calendar_months' THEN
    RETURN ((at AT TIME ZONE zone) - amount * interval '1 month') AT TIME ZONE zone;
  END IF;
  SELECT w.day_number, w.local_day, least(at, w.closes_at) AS at INTO last
  FROM working_time_before(p, c, at) AS b
  JOIN working_interval AS w ON w.partnership_id = p AND w.calendar_id = c
    AND w.minutes_before < extract(epoch FROM b.working_time) / 60
  ORDER BY w.minutes_before DESC LIMIT 1;
  SELECT min(w.local_day) AS local_day, min(w.opens_at) AS opens_at, max(w.closes_at) AS closes_at INTO day
  FROM working_interval AS w
  WHERE w.partnership_id = p AND w.calendar_id = c AND w.day_number = last.day_number - amount;
  IF unit = 'working_day_ends' OR day.local_day IS NULL THEN
    RETURN day.closes_at;
  END IF;
  RETURN least(greatest((day.local_day::timestamp + ((last.at AT TIME ZONE zone) - last.local_day::timestamp)) AT TIME ZONE zone,
                        day.opens_at), day.closes_at);
END
$$;

-- When to warn of a due instant: in working time at the latest instant that still leaves so much (so in the morning rather than
-- the evening before), never before the timing itself, nor in a pause. Past the calendar's end elapsed time counts. One row;
-- null: not at all.
CREATE FUNCTION warn_instant(p uuid, c uuid, due timestamptz, signals jsonb, not_before timestamptz)
RETURNS TABLE (warn_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN s.due > s.not_before AND s.amount IS NOT NULL THEN greatest(s.not_before, coalesce(
    CASE s.unit
      WHEN 'elapsed_minutes' THEN s.due - s.amount * interval '1 minute'
      WHEN 'working_minutes' THEN (
        SELECT i.opens_at + (b.total - i.minutes_before * interval '1 minute')
        FROM (SELECT t.total, floor(extract(epoch FROM t.total) / 60)::integer AS whole_minutes
              FROM (SELECT d.working_time - s.amount * interval '1 minute' AS total
                    FROM working_time_before(p, c, s.due) AS d
                    OFFSET 0) AS t
              OFFSET 0) AS b
        CROSS JOIN LATERAL (
              SELECT w.opens_at, w.minutes_before
              FROM working_interval AS w
              WHERE w.partnership_id = p AND w.calendar_id = c AND w.minutes_before <= b.whole_minutes
              ORDER BY w.minutes_before DESC LIMIT 1) AS i)
      ELSE day_before(p, c, s.due, s.unit, s.amount) END,
    s.due - s.amount * CASE s.unit WHEN 'working_minutes' THEN interval '1 minute' ELSE interval '1 day' END)) END
  FROM (SELECT due AS due, not_before AS not_before, signals #>> '{warn_before,unit}' AS unit,
               (signals #>> '{warn_before,amount}')::integer AS amount
        OFFSET 0) AS s
$$;

-- The levels of a breach, and when each is reached: the breach itself is level 1; each rung of the ladder is one more, counted
-- from the due instant, never before the one below it. A rung that may not speak out of hours waits for the next opening. Past
-- the calendar's end working time counts as elapsed, so that nobody stays untold.
CREATE FUNCTION flag_levels(p uuid, c uuid, due timestamptz, signals jsonb)
RETURNS TABLE (level integer, reached_at timestamptz, role text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT 1, due, NULL::text
  UNION ALL
  SELECT s.rung + 1, max(s.at) OVER (ORDER BY s.rung), s.role
  FROM (
    SELECT l.n::integer AS rung, l.role, CASE WHEN l.out_of_hours THEN d.at ELSE greatest(d.at, o.opens_at) END AS at
    FROM ROWS FROM (jsonb_to_recordset(signals -> 'escalate') AS (unit text, amount integer, role text, out_of_hours boolean))
         WITH ORDINALITY AS l (unit, amount, role, out_of_hours, n)
    CROSS JOIN LATERAL (
      SELECT coalesce(i.due_at, due + l.amount * CASE l.unit WHEN 'working_minutes' THEN interval '1 minute'
                                                             ELSE interval '1 day' END) AS at
      FROM due_instant(p, c, due, l.unit, l.amount) AS i
      OFFSET 0) AS d
    LEFT JOIN LATERAL (
      SELECT f.opens_at
      FROM working_interval AS f
      WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > d.at
      ORDER BY f.closes_at LIMIT 1) AS o ON true) AS s
$$;

-- The due instant under a bound, as in 0006, and the bound's instant besides. OFFSET 0 keeps each instant worked out once,
-- however often it is named: a plan that repeated them would take half a second to make.
DROP FUNCTION bounded_due_instant(uuid, uuid, timestamptz, text, integer, timestamptz, text, integer, text, integer);
CREATE FUNCTION bounded_due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer, received_at timestamptz,
                                    latest_unit text, latest_amount integer, after_unit text, after_amount integer)
RETURNS TABLE (due_at timestamptz, applies text, limit_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT least(b.own_at, b.limit_at),
         CASE WHEN b.limit_at < coalesce(b.own_at, 'infinity') THEN CASE WHEN b.is_found_after THEN 'found_after' ELSE 'latest' END
              ELSE 'own' END,
         b.limit_at
  FROM (SELECT own.due_at AS own_at, latest.is_found_after,
               CASE WHEN latest.is_found_after THEN after.due_at ELSE latest.due_at END AS limit_at
        FROM (SELECT d.due_at FROM due_instant(p, c, started_at, unit, amount) AS d OFFSET 0) AS own
        CROSS JOIN (SELECT d.due_at, coalesce(d.due_at <= started_at, false) AS is_found_after
                    FROM (SELECT i.due_at FROM due_instant(p, c, received_at, latest_unit, latest_amount) AS i OFFSET 0) AS d
                    OFFSET 0) AS latest
        CROSS JOIN (SELECT d.due_at FROM due_instant(p, c, started_at, after_unit, after_amount) AS d OFFSET 0) AS after
        OFFSET 0) AS b
$$;

-- migrate:down
DROP FUNCTION bounded_due_instant(uuid, uuid, timestamptz, text, integer, timestamptz, text, integer, text, integer);
CREATE FUNCTION bounded_due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer, received_at timestamptz,
                                    latest_unit text, latest_amount integer, after_unit text, after_amount integer)
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
DROP FUNCTION flag_levels(uuid, uuid, timestamptz, jsonb);
DROP FUNCTION warn_instant(uuid, uuid, timestamptz, jsonb, timestamptz);
DROP FUNCTION day_before(uuid, uuid, timestamptz, text, integer);
DROP FUNCTION pause_limit(uuid, uuid, uuid, timestamptz, text, integer);
DROP FUNCTION pause_steps(uuid, uuid, uuid, timestamptz, text);
DROP FUNCTION due_after_pauses(uuid, uuid, uuid, timestamptz, text, timestamptz, timestamptz);
DROP FUNCTION due_after_pause(uuid, uuid, timestamptz, text, timestamptz, timestamptz);
DROP FUNCTION working_instant(uuid, uuid, interval);
DROP FUNCTION working_time_before(uuid, uuid, timestamptz);
DROP FUNCTION mashd_uuid_after(uuid, integer);
ALTER TABLE flag DROP COLUMN role;
DROP TABLE follow_up_pause;
DROP INDEX follow_up_to_sweep;
ALTER TABLE follow_up DROP COLUMN sweep_at;
ALTER TABLE follow_up DROP COLUMN timed_at, DROP COLUMN limit_at, DROP COLUMN signals, DROP COLUMN warn_at,
  DROP COLUMN warned_at, DROP COLUMN flag_level, DROP COLUMN next_flag_at, DROP COLUMN paused_until, DROP COLUMN pause_reason;
