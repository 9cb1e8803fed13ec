-- Derives every stretch of working time of one calendar from its weekly hours and the days that differ.
-- The calendar's rows must be empty (clear_working_intervals).
-- $1 uuid  partnership
-- $2 uuid  calendar
INSERT INTO working_interval
  (partnership_id, calendar_id, opens_at, closes_at, minutes_before, local_day, day_number)
SELECT $1::uuid, $2::uuid, s.opens_at, s.closes_at,
       (sum(s.minutes) OVER (ORDER BY s.opens_at) - s.minutes)::integer,
       s.local_day,
       (dense_rank() OVER (ORDER BY s.local_day))::integer
FROM (SELECT t.local_day, t.opens_at, t.closes_at, extract(epoch FROM t.closes_at - t.opens_at) / 60 AS minutes
      FROM calendar_stretches($1::uuid, $2::uuid) AS t) AS s;
