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
FROM (
  SELECT t.local_day, t.opens_at, t.closes_at, extract(epoch FROM t.closes_at - t.opens_at) / 60 AS minutes
  FROM (
    SELECT day.local_day,
           (day.local_day + coalesce(other.opens, hours.opens)) AT TIME ZONE calendar.time_zone AS opens_at,
           (day.local_day + coalesce(other.closes, hours.closes)) AT TIME ZONE calendar.time_zone AS closes_at
    FROM calendar
    CROSS JOIN LATERAL (SELECT g.day::date AS local_day
                        FROM generate_series(calendar.covers_from::timestamp, calendar.covers_until::timestamp,
                                             interval '1 day') AS g (day)) AS day
    LEFT JOIN calendar_day AS other
      ON other.partnership_id = calendar.partnership_id AND other.calendar_id = calendar.id
         AND other.local_day = day.local_day
    LEFT JOIN calendar_hours AS hours
      ON hours.partnership_id = calendar.partnership_id AND hours.calendar_id = calendar.id
         AND hours.weekday = extract(isodow FROM day.local_day) AND other.local_day IS NULL
    WHERE calendar.partnership_id = $1::uuid AND calendar.id = $2::uuid
  ) AS t
  WHERE t.opens_at < t.closes_at
) AS s;
