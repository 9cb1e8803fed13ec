-- How the present time of a follow-up comes about: one row. `counted_to` is where its count ends, pauses included; the due
-- instant is that or the bound, whichever is earlier. Where it is timed by its bound the count is the bound's own: from where
-- that begins, and no pause moves it. Where it is neither (`recounted_at` says what it would be) the calendar has changed since.
-- Local times, in words, are for sentences. No row where there is no such follow-up.
-- $1 uuid  partnership   $2 uuid  follow-up
-- result: json
SELECT f.kind AS _kind, f.state AS _state, f.policy_id AS _policy_id, f.due_problem AS _due_problem, f.waived_reason AS _waived_reason,
       k.time_zone, f.policy, f.rule, f.source, f.unit, f.amount, c.at AS counted_from, e.counted_to,
       CASE WHEN f.unit IN ('elapsed_minutes', 'calendar_months') THEN trim_scale(round((abs(extract(epoch FROM d.due_at - c.at)) / 60)::numeric, 4))
            ELSE trim_scale(round((extract(epoch FROM t.working_time - s.working_time) / 60)::numeric, 4)) END AS minutes,
       f.limit_at, coalesce(f.limit_at <= e.counted_to, f.limit_at IS NOT NULL) AS limit_applies, f.due_at,
       least(e.counted_to, f.limit_at) AS recounted_at, f.warn_at, f.warned_at,
       least(e.counted_to, f.limit_at) IS NOT DISTINCT FROM f.due_at AS _fits,
       f.due_at < mashd_now() AS _is_past, f.paused_until > mashd_now() AS _is_paused,
       to_char(f.started_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _started,
       to_char(c.at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _counted_from,
       to_char(e.counted_to AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _counted_to,
       to_char(f.limit_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _limit,
       to_char(f.due_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _due,
       to_char(f.warn_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _warn,
       to_char(f.met_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _met,
       to_char(f.ended_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _ended
FROM follow_up AS f
JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
CROSS JOIN LATERAL (SELECT CASE WHEN f.due_problem IS DISTINCT FROM 'date_missing' THEN coalesce(f.counted_from, f.started_at) END AS at
                    OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT i.due_at FROM due_instant($1::uuid, k.id, c.at, f.unit, f.amount) AS i OFFSET 0) AS d
CROSS JOIN LATERAL (SELECT CASE WHEN d.due_at >= f.limit_at THEN d.due_at
                                ELSE due_after_pauses($1::uuid, k.id, f.id, d.due_at, f.unit, NULL, NULL) END AS counted_to
                    OFFSET 0) AS e
CROSS JOIN LATERAL working_time_before($1::uuid, k.id, d.due_at) AS t
CROSS JOIN LATERAL working_time_before($1::uuid, k.id, c.at) AS s
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid;
