-- The levels that a follow-up has reached in each of its timings, and those that its present one would still reach.
-- $1 uuid  partnership   $2 uuid  follow-up
-- result: json
SELECT l.timing, l.level, l.role, l.reached_at, l.raised_at, l.acknowledged_at, l.cleared_at, l.cleared_by, l.is_ahead AS _is_ahead,
       to_char(l.reached_at AT TIME ZONE l.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _reached,
       to_char(l.cleared_at AT TIME ZONE l.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _cleared
FROM (
  SELECT g.timing, g.level, g.role, g.breached_at AS reached_at, g.raised_at, g.acknowledged_at, g.cleared_at, g.cleared_by,
         false AS is_ahead, k.time_zone
  FROM flag AS g
  JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  WHERE g.partnership_id = $1::uuid AND g.follow_up_id = $2::uuid
  UNION ALL
  SELECT f.timing, n.level, n.role, n.reached_at, NULL, NULL, NULL, NULL, n.reached_at >= mashd_now(), k.time_zone
  FROM follow_up AS f
  JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  CROSS JOIN LATERAL flag_levels($1::uuid, k.id, f.due_at, f.signals) AS n
  WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid AND f.state = 'open' AND f.due_at IS NOT NULL AND n.level > f.flag_level
) AS l
ORDER BY l.timing, l.level;
