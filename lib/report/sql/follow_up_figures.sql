-- Figures 1 to 5, 10 and 11 (DOMAIN section 7), from raw rows. Cohort: electronic requests for service received in the
-- period, by local dates of the calendar (a census import is not electronic: the column says so). Need is sticky: what was
-- ever judged counts. The minutes of figure 5 are of those reached: the others are the difference between denominator and
-- numerator; a consultation before receipt counts as 0. Overdue is derived, so that no sweep has to come first.
-- $1 uuid  partnership   $2 uuid  calendar   $3 date  first day   $4 date  first day after
-- $5 text  group by: agency, source, rating, month; null: one group
-- result: json
WITH period AS MATERIALIZED (
  SELECT $3::date::timestamp AT TIME ZONE c.time_zone AS from_at, $4::date::timestamp AT TIME ZONE c.time_zone AS to_at,
         c.time_zone
  FROM calendar AS c
  WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid
),
cohort AS MATERIALIZED (
  SELECT r.id, r.received_at, r.clarification_ever_needed AS needed,
         CASE $5::text WHEN 'agency' THEN coalesce(a.name, 'no agency') WHEN 'source' THEN r.source
                       WHEN 'rating' THEN r.rating
                       WHEN 'month' THEN to_char(r.received_at AT TIME ZONE p.time_zone, 'YYYY-MM')
                       ELSE '' END AS "group"
  FROM period AS p
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.received_at >= p.from_at AND r.received_at < p.to_at
  LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = r.agency_id
  WHERE r.electronic AND r.record_kind = 'request_for_service'
),
contacts AS MATERIALIZED (
  SELECT c."group", c.needed, t.attempted_at IS NOT NULL AS attempted, t.discussed_at IS NOT NULL AS discussed,
         a.working_minutes AS to_attempt, d.working_minutes AS to_discussion
  FROM cohort AS c
  CROSS JOIN LATERAL (SELECT min(k.held_at) AS attempted_at,
                             min(k.held_at) FILTER (WHERE k.counts_as_discussion) AS discussed_at
                      FROM contact_attempt AS k
                      WHERE k.partnership_id = $1::uuid AND k.referral_id = c.id) AS t
  LEFT JOIN LATERAL working_minutes_between($1::uuid, $2::uuid, c.received_at,
    CASE WHEN t.attempted_at IS NOT NULL THEN greatest(t.attempted_at, c.received_at) END) AS a ON true
  LEFT JOIN LATERAL working_minutes_between($1::uuid, $2::uuid, c.received_at,
    CASE WHEN t.discussed_at IS NOT NULL THEN greatest(t.discussed_at, c.received_at) END) AS d ON true
),
talked AS (
  SELECT c."group", count(*) AS received, count(*) FILTER (WHERE c.needed) AS needed,
         count(*) FILTER (WHERE c.needed AND c.discussed) AS needed_discussed,
         count(*) FILTER (WHERE c.discussed) AS discussed,
         count(*) FILTER (WHERE c.attempted) AS attempted,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY c.to_attempt) AS attempt_median,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY c.to_attempt) AS attempt_p90,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY c.to_discussion) AS discussion_median,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY c.to_discussion) AS discussion_p90
  FROM contacts AS c
  GROUP BY c."group"
),
obligations AS (
  SELECT c."group", f.state = 'open' AS open, CASE WHEN f.state = 'open' THEN mashd_now() - f.due_at END AS late_by,
         g.flags > 0 OR coalesce(f.due_at < coalesce(f.ended_at, mashd_now()), false) AS ever_overdue,
         coalesce(g.logged_late, false) AS logged_late
  FROM cohort AS c
  -- OFFSET 0: one look-up a referral. Left to itself the planner takes any period for a ninth of all time, and reads all.
  CROSS JOIN LATERAL (SELECT x.id, x.state, x.due_at, x.ended_at
                      FROM follow_up AS x
                      WHERE x.partnership_id = $1::uuid AND x.referral_id = c.id
                      OFFSET 0) AS f
  CROSS JOIN LATERAL (SELECT count(*) AS flags, bool_or(x.cleared_by = 'met_in_time_logged_late') AS logged_late
                      FROM flag AS x
                      WHERE x.partnership_id = $1::uuid AND x.follow_up_id = f.id) AS g
),
timed AS (
  SELECT o."group", count(*) AS total, count(*) FILTER (WHERE o.open) AS open,
         count(*) FILTER (WHERE o.late_by > '0' AND o.late_by < '4 hours') AS under_4_hours,
         count(*) FILTER (WHERE o.late_by >= '4 hours' AND o.late_by < '24 hours') AS under_24_hours,
         count(*) FILTER (WHERE o.late_by >= '24 hours' AND o.late_by < '72 hours') AS under_3_days,
         count(*) FILTER (WHERE o.late_by >= '72 hours') AS over_3_days,
         count(*) FILTER (WHERE o.ever_overdue) AS ever_overdue, count(*) FILTER (WHERE o.logged_late) AS logged_late
  FROM obligations AS o
  GROUP BY o."group"
),
groups AS (
  SELECT t."group" FROM talked AS t
  UNION
  SELECT '' WHERE $5::text IS NULL
)
SELECT f.figure, f.name, nullif(g."group", '') AS "group", f.band, coalesce(f.numerator, 0) AS numerator,
       coalesce(f.denominator, 0) AS denominator,
       CASE f.unit WHEN 'percent' THEN round(100.0 * f.numerator / nullif(f.denominator, 0), 1)
                   WHEN 'count' THEN coalesce(f.numerator, 0)
                   ELSE round(f.minutes::numeric, 1) END AS value,
       f.unit
FROM groups AS g
LEFT JOIN talked AS t ON t."group" = g."group"
LEFT JOIN timed AS o ON o."group" = g."group"
CROSS JOIN LATERAL (VALUES
  (1, 1, 'electronic_received', NULL, t.received, t.received, NULL::double precision, 'count'),
  (2, 2, 'clarification_needed', NULL, t.needed, t.received, NULL, 'percent'),
  (3, 3, 'needed_and_discussed', NULL, t.needed_discussed, t.needed, NULL, 'percent'),
  (4, 4, 'electronic_discussed', NULL, t.discussed, t.received, NULL, 'percent'),
  (5, 5, 'median_to_first_attempt', NULL, t.attempted, t.received, t.attempt_median, 'working_minutes'),
  (6, 5, 'p90_to_first_attempt', NULL, t.attempted, t.received, t.attempt_p90, 'working_minutes'),
  (7, 5, 'median_to_discussion', NULL, t.discussed, t.received, t.discussion_median, 'working_minutes'),
  (8, 5, 'p90_to_discussion', NULL, t.discussed, t.received, t.discussion_p90, 'working_minutes'),
  (9, 10, 'overdue_now', 'under_4_hours', o.under_4_hours, o.open, NULL, 'count'),
  (10, 10, 'overdue_now', '4_to_24_hours', o.under_24_hours, o.open, NULL, 'count'),
  (11, 10, 'overdue_now', '1_to_3_days', o.under_3_days, o.open, NULL, 'count'),
  (12, 10, 'overdue_now', 'over_3_days', o.over_3_days, o.open, NULL, 'count'),
  (13, 11, 'ever_overdue', NULL, o.ever_overdue, o.total, NULL, 'percent'),
  (14, 11, 'met_in_time_logged_late', NULL, o.logged_late, o.total, NULL, 'percent'))
  AS f (place, figure, name, band, numerator, denominator, minutes, unit)
ORDER BY f.place, g."group" COLLATE "C";
