-- migrate:up

-- The policies of a partnership, each version a row. A document never changes: the application may not update that column.
-- Without an active row a partnership is judged by the policy that the daemon ships.
CREATE TABLE policy (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  document jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  author uuid,         -- staff; null: the operator, with mashctl
  active_from timestamptz,
  activated_by uuid,   -- staff, another than the author; null with the operator
  active_until timestamptz,
  activation_reason text,
  retime_open boolean, -- whether what was open at its activation is put under it
  retimed_at timestamptz, -- when the last of that was
  CONSTRAINT policy_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT policy_version_key UNIQUE (partnership_id, name, version),
  CONSTRAINT policy_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id),
  CONSTRAINT policy_author_fkey FOREIGN KEY (partnership_id, author) REFERENCES staff (partnership_id, id),
  CONSTRAINT policy_activated_by_fkey FOREIGN KEY (partnership_id, activated_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT policy_state CHECK (state IN ('draft', 'active', 'superseded')),
  CONSTRAINT policy_active_from CHECK ((state = 'draft') = (active_from IS NULL)),
  CONSTRAINT policy_active_until CHECK ((state = 'superseded') = (active_until IS NOT NULL)),
  CONSTRAINT policy_activation CHECK ((state = 'draft') = (activation_reason IS NULL)
                                      AND (state = 'draft') = (retime_open IS NULL)),
  CONSTRAINT policy_retimed CHECK (retimed_at IS NULL OR retime_open),
  CONSTRAINT policy_second_person CHECK (activated_by <> author)
);
CREATE UNIQUE INDEX policy_one_active ON policy (partnership_id) WHERE state = 'active';
SELECT mashd_protect('policy', 'SELECT, INSERT, UPDATE (state, active_from, activated_by, active_until,
  activation_reason, retime_open, retimed_at)');

-- Which version judges a follow-up (null: the shipped one), and the instant that its time is counted from: the opening, the
-- receipt or a date of the record. due_at is due_instant() of counted_from, unit and amount. No foreign key: see 0003.
ALTER TABLE follow_up ADD COLUMN policy_id uuid, ADD COLUMN counted_from timestamptz;
ALTER TABLE follow_up DROP CONSTRAINT follow_up_amount;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_amount CHECK (amount >= 0 OR unit IN ('elapsed_minutes', 'calendar_months'));
ALTER TABLE follow_up DROP CONSTRAINT follow_up_due_problem;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_due_problem CHECK ((due_at IS NULL) = (due_problem IS NOT NULL)
  AND due_problem IN ('calendar_ends', 'before_calendar', 'date_missing'));

-- THE RULE FOR A DUE TIME, as in 0002, where the other remarks stand, with two more units:
--   working_day_ends  the closing of the n-th following working day, 0 the same day's; a start outside hours counts from the
--                     next opening
--   calendar_months   same local day and clock time of a later (or, below 0, earlier) month, or that month's last day
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
    WHEN 'working_day_ends' THEN (
      SELECT d.closes_at
      FROM (SELECT started_at AS at OFFSET 0) AS b
      CROSS JOIN LATERAL (
            SELECT f.day_number + amount AS day_number, f.minutes_before > 0 OR b.at >= f.opens_at AS has_begun
            FROM working_interval AS f
            WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
            ORDER BY f.closes_at LIMIT 1) AS s
      CROSS JOIN LATERAL (
            SELECT i.closes_at
            FROM working_interval AS i
            WHERE i.partnership_id = p AND i.calendar_id = c AND i.day_number = s.day_number
            ORDER BY i.closes_at DESC LIMIT 1) AS d
      WHERE s.has_begun OR (SELECT b.at >= z.covers_from::timestamp AT TIME ZONE z.time_zone
                            FROM calendar AS z
                            WHERE z.partnership_id = p AND z.id = c))
    WHEN 'calendar_months' THEN (
      SELECT ((started_at AT TIME ZONE z.time_zone) + amount * interval '1 month') AT TIME ZONE z.time_zone
      FROM calendar AS z
      WHERE z.partnership_id = p AND z.id = c)
  END
$$;

-- Why a follow-up that is counted from then has no due instant: the record lacks the date that it is counted from, or the
-- calendar begins after that moment, or ends before the due time. One row; NULL where there is a due instant.
CREATE OR REPLACE FUNCTION due_problem(p uuid, c uuid, started_at timestamptz, due_at timestamptz)
RETURNS TABLE (due_problem text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN due_at IS NOT NULL THEN NULL
              WHEN started_at IS NULL THEN 'date_missing'
              WHEN (SELECT started_at < z.covers_from::timestamp AT TIME ZONE z.time_zone
                    FROM calendar AS z
                    WHERE z.partnership_id = p AND z.id = c) THEN 'before_calendar'
              ELSE 'calendar_ends' END
$$;

-- Whether the calendar is closed at an instant; true past its end: then nobody is known to be there. One row.
CREATE FUNCTION calendar_closed(p uuid, c uuid, at timestamptz)
RETURNS TABLE (closed boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT coalesce((SELECT f.opens_at > b.at
                   FROM working_interval AS f
                   WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at
                   ORDER BY f.closes_at LIMIT 1), true)
  FROM (SELECT at AS at OFFSET 0) AS b
$$;

-- The instant of a referral's record that a time is counted from (a policy's `from`); null where the record has none. One row.
CREATE FUNCTION record_instant(p uuid, c uuid, referral uuid, since text)
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE since
    WHEN 'received_at' THEN (
      SELECT r.received_at FROM referral AS r WHERE r.partnership_id = p AND r.id = referral)
    WHEN 'expected_date_of_delivery' THEN (
      SELECT min(d.expected_date_of_delivery)::timestamp AT TIME ZONE min(z.time_zone)
      FROM referral_child AS d
      JOIN calendar AS z ON z.partnership_id = p AND z.id = c
      WHERE d.partnership_id = p AND d.referral_id = referral)
  END
$$;

-- migrate:down
DROP FUNCTION record_instant(uuid, uuid, uuid, text);
DROP FUNCTION calendar_closed(uuid, uuid, timestamptz);
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

CREATE OR REPLACE FUNCTION due_problem(p uuid, c uuid, started_at timestamptz, due_at timestamptz)
RETURNS TABLE (due_problem text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN due_at IS NOT NULL THEN NULL
              WHEN (SELECT started_at < z.covers_from::timestamp AT TIME ZONE z.time_zone
                    FROM calendar AS z
                    WHERE z.partnership_id = p AND z.id = c) THEN 'before_calendar'
              ELSE 'calendar_ends' END
$$;
ALTER TABLE follow_up DROP CONSTRAINT follow_up_due_problem;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_due_problem CHECK ((due_at IS NULL) = (due_problem IS NOT NULL)
  AND due_problem IN ('calendar_ends', 'before_calendar'));
ALTER TABLE follow_up DROP CONSTRAINT follow_up_amount;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_amount CHECK (amount >= 0);
ALTER TABLE follow_up DROP COLUMN policy_id, DROP COLUMN counted_from;
DROP TABLE policy;
