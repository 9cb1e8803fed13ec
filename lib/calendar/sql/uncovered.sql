-- Whether open follow-ups counted in working time would lie outside what the calendar, as it is to be, covers: due after its
-- last day, or begun before its first one though the coverage did reach back to there. One row.
-- $1 uuid  partnership   $2 uuid  calendar as it is to be   $3 uuid  the one whose stored working time counts until now
SELECT EXISTS (SELECT FROM follow_up AS f
               WHERE f.partnership_id = $1::uuid AND f.state = 'open'
                 AND f.unit IN ('working_minutes', 'working_days', 'working_day_ends') AND f.due_at >= b.ends) AS after,
       EXISTS (SELECT FROM follow_up AS f
               WHERE f.partnership_id = $1::uuid AND f.state = 'open'
                 AND f.unit IN ('working_minutes', 'working_days', 'working_day_ends') AND coalesce(f.counted_from, f.started_at) >= b.began
                 AND coalesce(f.counted_from, f.started_at) < b.begins) AS before
FROM (SELECT (c.covers_until + 1)::timestamp AT TIME ZONE c.time_zone AS ends,
             c.covers_from::timestamp AT TIME ZONE c.time_zone AS begins,
             (SELECT min(w.opens_at) FROM working_interval AS w
              WHERE w.partnership_id = $1::uuid AND w.calendar_id = $3::uuid) AS began
      FROM calendar AS c
      WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid
      OFFSET 0) AS b;
