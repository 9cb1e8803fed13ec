-- migrate:up

-- A partnership's own calendars: versions, several stretches on a day that differs, extra working days, and what a change
-- leaves to be done. Which calendar times a follow-up: the one that is the partnership's default when it is timed.
ALTER TABLE calendar
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN changed_at timestamptz NOT NULL DEFAULT mashd_now(),
  ADD COLUMN changed_by uuid,  -- staff; null: the operator, or a system's key
  -- Open follow-ups that are due after this instant, and those without a due instant, may have to be re-timed; infinity: none.
  ADD COLUMN retime_from timestamptz NOT NULL DEFAULT 'infinity',
  ADD COLUMN retimed_at timestamptz, -- when the last complete pass over them began
  -- A pass that has not come to its end yet: when it began, and the referral that it got to.
  ADD COLUMN retime_started_at timestamptz,
  ADD COLUMN retime_after uuid,
  ADD CONSTRAINT calendar_changed_by_fkey FOREIGN KEY (partnership_id, changed_by) REFERENCES staff (partnership_id, id),
  ADD CONSTRAINT calendar_name_length CHECK (length(name) BETWEEN 1 AND 200);

-- Each version as it was put in force. Append-only: who closed the hub for a week, and when that was said.
CREATE TABLE calendar_version (
  partnership_id uuid NOT NULL,
  calendar_id uuid NOT NULL,
  version integer NOT NULL,
  document jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT mashd_now(),
  changed_by uuid,
  CONSTRAINT calendar_version_pkey PRIMARY KEY (partnership_id, calendar_id, version),
  CONSTRAINT calendar_version_calendar_fkey FOREIGN KEY (partnership_id, calendar_id)
    REFERENCES calendar (partnership_id, id)
);
SELECT mashd_protect('calendar_version', 'SELECT, INSERT');

-- The opening time of a day that differs and is no closed one: as many stretches as it has.
CREATE TABLE calendar_day_hours (
  partnership_id uuid NOT NULL,
  calendar_id uuid NOT NULL,
  local_day date NOT NULL,
  opens time NOT NULL,
  closes time NOT NULL,
  CONSTRAINT calendar_day_hours_pkey PRIMARY KEY (partnership_id, calendar_id, local_day, opens),
  CONSTRAINT calendar_day_hours_day_fkey FOREIGN KEY (partnership_id, calendar_id, local_day)
    REFERENCES calendar_day (partnership_id, calendar_id, local_day),
  CONSTRAINT calendar_day_hours_stretch CHECK (opens < closes),
  CONSTRAINT calendar_day_hours_whole_minutes CHECK (extract(second FROM opens) = 0 AND extract(second FROM closes) = 0)
);
SELECT mashd_protect('calendar_day_hours', 'SELECT, INSERT, DELETE');
INSERT INTO calendar_day_hours (partnership_id, calendar_id, local_day, opens, closes)
SELECT d.partnership_id, d.calendar_id, d.local_day, d.opens, d.closes
FROM calendar_day AS d
WHERE d.opens IS NOT NULL;
ALTER TABLE calendar_day DROP CONSTRAINT calendar_day_stretch, DROP CONSTRAINT calendar_day_whole_minutes,
  DROP CONSTRAINT calendar_day_kind, DROP COLUMN opens, DROP COLUMN closes;
ALTER TABLE calendar_day ADD CONSTRAINT calendar_day_kind
  CHECK (kind IN ('bank_holiday', 'closure', 'other_hours', 'extra_working_day'));

-- A local clock time as an instant. What a change of the clocks skips is the instant of the change itself (the clocks of all
-- zones in use skip from a full hour on); what it repeats counts the second time.
CREATE FUNCTION local_instant(local_time timestamp, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN (local_time AT TIME ZONE zone) AT TIME ZONE zone = local_time THEN local_time AT TIME ZONE zone
              ELSE date_trunc('hour', local_time) AT TIME ZONE zone END
$$;

-- Every stretch of working time of a calendar as its weekly hours and the days that differ give it: what working_interval holds
-- once it is filled from it.
CREATE FUNCTION calendar_stretches(p uuid, c uuid)
RETURNS TABLE (opens_at timestamptz, closes_at timestamptz, local_day date)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT t.opens_at, t.closes_at, t.local_day
  FROM (
    SELECT s.local_day, local_instant(s.local_day + s.opens, s.time_zone) AS opens_at,
           local_instant(s.local_day + s.closes, s.time_zone) AS closes_at
    FROM (
      SELECT day.local_day, w.opens, w.closes, z.time_zone
      FROM calendar AS z
      CROSS JOIN LATERAL (SELECT g.day::date AS local_day, extract(isodow FROM g.day)::smallint AS weekday
                          FROM generate_series(z.covers_from::timestamp, z.covers_until::timestamp,
                                               interval '1 day') AS g (day)) AS day
      JOIN calendar_hours AS w ON w.partnership_id = p AND w.calendar_id = c AND w.weekday = day.weekday
      LEFT JOIN calendar_day AS other
        ON other.partnership_id = p AND other.calendar_id = c AND other.local_day = day.local_day
      WHERE z.partnership_id = p AND z.id = c AND other.local_day IS NULL
      UNION ALL
      SELECT d.local_day, d.opens, d.closes, z.time_zone
      FROM calendar AS z
      JOIN calendar_day_hours AS d ON d.partnership_id = p AND d.calendar_id = c
      WHERE z.partnership_id = p AND z.id = c
    ) AS s
    OFFSET 0
  ) AS t
  WHERE t.opens_at < t.closes_at
$$;

-- migrate:down
DROP FUNCTION calendar_stretches(uuid, uuid);
DROP FUNCTION local_instant(timestamp, text);
-- One stretch a day is all that the former table holds: the first opening to the last closing.
ALTER TABLE calendar_day ADD COLUMN opens time, ADD COLUMN closes time;
UPDATE calendar_day AS d
SET kind = 'other_hours', opens = h.opens, closes = h.closes
FROM (SELECT partnership_id, calendar_id, local_day, min(opens) AS opens, max(closes) AS closes
      FROM calendar_day_hours
      GROUP BY partnership_id, calendar_id, local_day) AS h
WHERE h.partnership_id = d.partnership_id AND h.calendar_id = d.calendar_id AND h.local_day = d.local_day;
ALTER TABLE calendar_day DROP CONSTRAINT calendar_day_kind;
ALTER TABLE calendar_day
  ADD CONSTRAINT calendar_day_kind CHECK (kind IN ('bank_holiday', 'closure', 'other_hours')),
  ADD CONSTRAINT calendar_day_stretch CHECK ((kind = 'other_hours') = (opens IS NOT NULL AND closes IS NOT NULL)
                                             AND (opens IS NULL OR opens < closes)),
  ADD CONSTRAINT calendar_day_whole_minutes CHECK (extract(second FROM coalesce(opens, '00:00')) = 0
                                                   AND extract(second FROM coalesce(closes, '00:00')) = 0);
DROP TABLE calendar_day_hours, calendar_version;
ALTER TABLE calendar DROP COLUMN version, DROP COLUMN changed_at, DROP COLUMN changed_by, DROP COLUMN retime_from,
  DROP COLUMN retimed_at, DROP COLUMN retime_started_at, DROP COLUMN retime_after, DROP CONSTRAINT calendar_name_length;
