-- What of the time from where a follow-up is counted to where its count ends was counted, and what was skipped and why: stretch
-- after stretch, without a gap. In elapsed time only pauses are skipped; months and what is counted back are one stretch. Where
-- it is timed by its bound no pause is in it (explain.sql).
-- $1 uuid  partnership   $2 uuid  follow-up
-- result: json
WITH span AS MATERIALIZED (
  SELECT f.id, f.unit, f.unit NOT IN ('elapsed_minutes', 'calendar_months') AS in_working_time, k.id AS calendar_id, k.time_zone,
         least(c.at, e.counted_to) AS from_at, greatest(c.at, e.counted_to) AS to_at, d.due_at AS base_at,
         coalesce(d.due_at >= f.limit_at, false) AS by_bound
  FROM follow_up AS f
  JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  CROSS JOIN LATERAL (SELECT coalesce(f.counted_from, f.started_at) AS at OFFSET 0) AS c
  CROSS JOIN LATERAL (SELECT i.due_at FROM due_instant($1::uuid, k.id, c.at, f.unit, f.amount) AS i OFFSET 0) AS d
  CROSS JOIN LATERAL (SELECT CASE WHEN d.due_at >= f.limit_at THEN d.due_at
                                  ELSE due_after_pauses($1::uuid, k.id, f.id, d.due_at, f.unit, NULL, NULL) END AS counted_to
                      OFFSET 0) AS e
  WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid AND f.due_problem IS NULL AND e.counted_to IS NOT NULL
),
pause AS MATERIALIZED (
  SELECT p.paused_at, p.resumed_at, p.reason
  FROM span AS s
  CROSS JOIN LATERAL pause_steps($1::uuid, s.calendar_id, s.id, s.base_at, s.unit) AS p
  WHERE p.counts AND NOT s.by_bound
),
opening AS MATERIALIZED (
  SELECT w.opens_at, w.closes_at
  FROM (SELECT s.calendar_id, s.from_at, s.to_at + interval '2 days' AS until_at FROM span AS s WHERE s.in_working_time OFFSET 0) AS s
  JOIN working_interval AS w ON w.partnership_id = $1::uuid AND w.calendar_id = s.calendar_id
    AND w.closes_at > s.from_at AND w.closes_at < s.until_at
),
edge AS (
  SELECT s.from_at AS at FROM span AS s
  UNION SELECT s.to_at FROM span AS s
  UNION SELECT p.paused_at FROM pause AS p
  UNION SELECT p.resumed_at FROM pause AS p
  UNION SELECT o.opens_at FROM opening AS o
  UNION SELECT o.closes_at FROM opening AS o
  UNION SELECT g.day AT TIME ZONE s.time_zone
        FROM span AS s
        CROSS JOIN LATERAL generate_series(date_trunc('day', s.from_at AT TIME ZONE s.time_zone), s.to_at AT TIME ZONE s.time_zone,
                                           interval '1 day') AS g (day)
        WHERE s.in_working_time
),
piece AS (
  SELECT e.from_at, e.to_at, (e.from_at AT TIME ZONE s.time_zone)::date AS local_day, s.calendar_id, s.time_zone, s.in_working_time
  FROM span AS s
  CROSS JOIN (SELECT x.at AS from_at, lead(x.at) OVER (ORDER BY x.at) AS to_at FROM edge AS x) AS e
  WHERE e.from_at >= s.from_at AND e.to_at <= s.to_at
),
judged AS (
  SELECT i.*,
         CASE WHEN p.paused_at IS NOT NULL THEN 'paused'
              WHEN NOT i.in_working_time OR o.opens_at IS NOT NULL THEN NULL
              WHEN d.kind IN ('bank_holiday', 'closure') THEN d.kind
              WHEN d.kind IS NULL AND h.calendar_id IS NULL
                THEN CASE WHEN extract(isodow FROM i.local_day) >= 6 THEN 'weekend' ELSE 'closed_day' END
              ELSE 'outside_hours' END AS why,
         CASE WHEN p.paused_at IS NOT NULL THEN p.reason
              WHEN o.opens_at IS NULL AND d.kind IN ('bank_holiday', 'closure') THEN d.title END AS title
  FROM piece AS i
  LEFT JOIN pause AS p ON p.paused_at <= i.from_at AND p.resumed_at > i.from_at
  LEFT JOIN opening AS o ON o.opens_at <= i.from_at AND o.closes_at > i.from_at
  LEFT JOIN calendar_day AS d ON d.partnership_id = $1::uuid AND d.calendar_id = i.calendar_id AND d.local_day = i.local_day
  LEFT JOIN LATERAL (SELECT t.calendar_id
                     FROM calendar_hours AS t
                     WHERE t.partnership_id = $1::uuid AND t.calendar_id = i.calendar_id
                       AND t.weekday = extract(isodow FROM i.local_day)
                     LIMIT 1) AS h ON true
),
numbered AS (
  SELECT j.*, count(*) FILTER (WHERE j.is_new) OVER (ORDER BY j.from_at) AS n
  FROM (SELECT x.*, x.why IS DISTINCT FROM lag(x.why) OVER w OR x.title IS DISTINCT FROM lag(x.title) OVER w
                    OR lag(x.from_at) OVER w IS NULL
                    OR (x.why IS NULL AND x.in_working_time AND x.local_day <> lag(x.local_day) OVER w) AS is_new
        FROM judged AS x
        WINDOW w AS (ORDER BY x.from_at)) AS j
),
stretch AS (
  SELECT min(x.from_at) AS from_at, max(x.to_at) AS to_at, min(x.why) AS why, min(x.title) AS title, min(x.time_zone) AS time_zone
  FROM numbered AS x
  GROUP BY x.n
)
SELECT t.from_at AS "from", t.to_at AS "to", t.why IS NULL AS counted,
       trim_scale(round((extract(epoch FROM t.to_at - t.from_at) / 60)::numeric, 4)) AS minutes, t.why, t.title,
       to_char(t.from_at AT TIME ZONE t.time_zone, 'Dy FMDD Mon HH24:MI') AS _from,
       to_char(t.to_at AT TIME ZONE t.time_zone,
               CASE WHEN (t.from_at AT TIME ZONE t.time_zone)::date = (t.to_at AT TIME ZONE t.time_zone)::date THEN 'HH24:MI'
                    ELSE 'Dy FMDD Mon HH24:MI' END) AS _to
FROM stretch AS t
ORDER BY t.from_at;
