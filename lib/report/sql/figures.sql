-- The figures of DOMAIN section 7 as at an instant, from raw rows. What each line looks at and counts is figure_cases()
-- (0019). A median's minutes are of those reached: the others are the difference between denominator and numerator; a
-- consultation before receipt counts as 0. A group that nothing of a line belongs to has noughts there.
-- $1 uuid  partnership   $2 uuid  calendar   $3 date  first day   $4 date  first day after
-- $5 text  group by: agency, source, rating, month; null: one group
-- $6 timestamptz  as at, null: now
-- result: json
WITH counted AS MATERIALIZED (
  SELECT c.name, c.band, c."group", count(*) AS denominator, count(*) FILTER (WHERE c.counted) AS numerator,
         array_agg(c.minutes) FILTER (WHERE c.minutes IS NOT NULL) AS minutes
  FROM (SELECT coalesce($6::timestamptz, mashd_now()) AS as_at OFFSET 0) AS m
  CROSS JOIN LATERAL figure_cases($1::uuid, $2::uuid, $3::date, $4::date, m.as_at, $5::text) AS c
  GROUP BY c.name, c.band, c."group"
),
groups AS (
  SELECT DISTINCT c."group" FROM counted AS c
  UNION
  SELECT '' WHERE $5::text IS NULL
)
SELECT l.figure, l.name, nullif(g."group", '') AS "group", l.band, coalesce(c.numerator, 0) AS numerator,
       coalesce(c.denominator, 0) AS denominator,
       CASE l.unit WHEN 'percent' THEN round(100.0 * c.numerator / nullif(c.denominator, 0), 1)
                   WHEN 'count' THEN coalesce(c.numerator, 0)
                   ELSE (SELECT round((percentile_cont(CASE WHEN l.name LIKE 'p90%' THEN 0.9 ELSE 0.5 END)
                                       WITHIN GROUP (ORDER BY x.minutes))::numeric, 1)
                         FROM unnest(c.minutes) AS x (minutes)) END AS value,
       l.unit, l.denominator_of AS _denominator_of
FROM figure_lines() AS l
CROSS JOIN groups AS g
LEFT JOIN counted AS c ON c.name = l.name AND c.band IS NOT DISTINCT FROM l.band AND c."group" = g."group"
ORDER BY l.place, g."group" COLLATE "C";
