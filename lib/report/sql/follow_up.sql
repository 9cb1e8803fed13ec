-- Figures 1 to 5, 10 and 11 (DOMAIN section 7) from the raw rows: electronic requests for service received in a period of
-- local days, by the partnership's calendar. A census import is not electronic: the column `electronic` says so.
-- One row a figure, band and group; without groups there is exactly one group, also where nothing was received.
-- The clarification that was ever needed counts, not the latest word on it.
-- $1 uuid  partnership
-- $2 date  first day   $3 date  first day after
-- $4 text  group by: agency, source, rating, month; null: none
-- result: json
WITH cohort AS MATERIALIZED (
  SELECT r.id, r.received_at, p.calendar_id, r.clarification_ever_needed AS needed, r.discussed = 'yes' AS discussed,
         CASE $4::text
           WHEN 'agency' THEN coalesce(a.name, '(no agency)')
           WHEN 'source' THEN r.source
           WHEN 'rating' THEN r.rating
           WHEN 'month' THEN to_char(r.received_at AT TIME ZONE p.time_zone, 'YYYY-MM')
           ELSE '' END AS label
  -- OFFSET 0 makes bare values of the bounds: behind row-level security only such reach an index.
  FROM (SELECT c.id AS calendar_id, c.time_zone, $2::date::timestamp AT TIME ZONE c.time_zone AS from_at,
               $3::date::timestamp AT TIME ZONE c.time_zone AS to_at
        FROM calendar AS c
        WHERE c.partnership_id = $1::uuid AND c.is_default
        OFFSET 0) AS p
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.received_at >= p.from_at AND r.received_at < p.to_at
  LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = r.agency_id
  WHERE r.electronic AND r.record_kind = 'request_for_service'
),
labels AS (
  SELECT c.label FROM cohort AS c
  UNION
  SELECT '' WHERE $4::text IS NULL
),
referrals AS (
  SELECT c.label, count(*) AS received, count(*) FILTER (WHERE c.needed) AS needed,
         count(*) FILTER (WHERE c.needed AND c.discussed) AS needed_and_discussed,
         count(*) FILTER (WHERE c.discussed) AS discussed
  FROM cohort AS c
  GROUP BY c.label
),
-- What was held before receipt counts as reached at once.
reached AS (
  SELECT c.label, t.attempt_at, t.discussion_at, a.working_minutes AS to_attempt, d.working_minutes AS to_discussion
  FROM cohort AS c
  CROSS JOIN LATERAL (
        SELECT min(x.held_at) AS attempt_at, min(x.held_at) FILTER (WHERE x.counts_as_discussion) AS discussion_at
        FROM contact_attempt AS x
        WHERE x.partnership_id = $1::uuid AND x.referral_id = c.id) AS t
  LEFT JOIN LATERAL working_minutes_between($1::uuid, c.calendar_id, c.received_at,
                                            greatest(t.attempt_at, c.received_at)) AS a ON t.attempt_at IS NOT NULL
  LEFT JOIN LATERAL working_minutes_between($1::uuid, c.calendar_id, c.received_at,
                                            greatest(t.discussion_at, c.received_at)) AS d ON t.discussion_at IS NOT NULL
),
minutes AS (
  SELECT r.label, count(r.attempt_at) AS attempted, count(r.discussion_at) AS discussed,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY r.to_attempt) AS median_to_attempt,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY r.to_attempt) AS p90_to_attempt,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY r.to_discussion) AS median_to_discussion,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY r.to_discussion) AS p90_to_discussion
  FROM reached AS r
  GROUP BY r.label
),
-- Overdue is derived, so that no sweep has to come first.
clock AS (
  SELECT c.label, f.state = 'open' AS open,
         CASE WHEN f.state = 'open' AND f.due_at < mashd_now() THEN mashd_now() - f.due_at END AS late_by,
         f.state = 'met' AND f.met_at <= f.due_at AND f.due_at < f.met_recorded_at AS logged_late,
         EXISTS (SELECT FROM flag AS g WHERE g.partnership_id = $1::uuid AND g.follow_up_id = f.id) AS flagged
  FROM cohort AS c
  JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.referral_id = c.id
),
clocks AS (
  SELECT k.label, count(*) AS all_of_them, count(*) FILTER (WHERE k.open) AS open,
         count(*) FILTER (WHERE k.late_by < interval '4 hours') AS under_4_hours,
         count(*) FILTER (WHERE k.late_by >= interval '4 hours' AND k.late_by < interval '24 hours') AS under_24_hours,
         count(*) FILTER (WHERE k.late_by >= interval '24 hours' AND k.late_by < interval '72 hours') AS under_3_days,
         count(*) FILTER (WHERE k.late_by >= interval '72 hours') AS over_3_days,
         count(*) FILTER (WHERE k.flagged OR k.late_by IS NOT NULL) AS ever_overdue,
         count(*) FILTER (WHERE k.logged_late) AS logged_late
  FROM clock AS k
  GROUP BY k.label
)
SELECT v.figure, v.name, nullif(l.label, '') AS "group", v.band, coalesce(v.numerator, 0) AS numerator,
       coalesce(v.denominator, 0) AS denominator,
       CASE v.unit WHEN 'count' THEN coalesce(v.numerator, 0)::numeric
                   WHEN 'percent' THEN round(100.0 * v.numerator / nullif(v.denominator, 0), 1)
                   ELSE round(v.minutes::numeric, 1) END AS value,
       v.unit
FROM labels AS l
LEFT JOIN referrals AS r ON r.label = l.label
LEFT JOIN minutes AS m ON m.label = l.label
LEFT JOIN clocks AS k ON k.label = l.label
CROSS JOIN LATERAL (VALUES
  (1, 1, 'electronic_received', NULL::text, r.received, r.received, NULL::double precision, 'count'),
  (2, 2, 'clarification_needed', NULL, r.needed, r.received, NULL, 'percent'),
  (3, 3, 'needed_and_discussed', NULL, r.needed_and_discussed, r.needed, NULL, 'percent'),
  (4, 4, 'electronic_discussed', NULL, r.discussed, r.received, NULL, 'percent'),
  (5, 5, 'median_to_first_attempt', NULL, m.attempted, r.received, m.median_to_attempt, 'working_minutes'),
  (6, 5, 'p90_to_first_attempt', NULL, m.attempted, r.received, m.p90_to_attempt, 'working_minutes'),
  (7, 5, 'median_to_discussion', NULL, m.discussed, r.received, m.median_to_discussion, 'working_minutes'),
  (8, 5, 'p90_to_discussion', NULL, m.discussed, r.received, m.p90_to_discussion, 'working_minutes'),
  (9, 10, 'overdue_now', 'under_4_hours', k.under_4_hours, k.open, NULL, 'percent'),
  (10, 10, 'overdue_now', '4_to_24_hours', k.under_24_hours, k.open, NULL, 'percent'),
  (11, 10, 'overdue_now', '1_to_3_days', k.under_3_days, k.open, NULL, 'percent'),
  (12, 10, 'overdue_now', 'over_3_days', k.over_3_days, k.open, NULL, 'percent'),
  (13, 11, 'ever_overdue', NULL, k.ever_overdue, k.all_of_them, NULL, 'percent'),
  (14, 11, 'met_in_time_logged_late', NULL, k.logged_late, k.all_of_them, NULL, 'percent')
) AS v (place, figure, name, band, numerator, denominator, minutes, unit)
ORDER BY v.place, l.label;
