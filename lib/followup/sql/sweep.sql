-- Writes down what the passing of time has done to follow-ups, which this transaction has locked: pauses that are over (they
-- have changed no due instant: that was set when they began), warnings that are due, and a flag for each level that was
-- reached. The referral is not written. One row.
-- $1 uuid    partnership
-- $2 uuid[]  follow-ups; those for which nothing has changed are left out
-- $3 uuid    identifier that those of the events follow   $4 uuid  request, null: the sweep
-- Its plan may be older than an import of years of history, made when every index looked equally good. So none is left to choose
-- from: a follow-up is found again by its place, where the lock keeps it. The version of its record is that of the latest event:
-- that stands on the page of the index that the new one goes to, where the referral's own row would be two more pages to read. It
-- is asked only of a record that somebody brought in without its events.
WITH behind AS MATERIALIZED (
  SELECT f.ctid AS place, f.id, f.referral_id, f.kind, f.timing, f.due_at, f.warn_at, f.signals, f.flag_level, f.paused_until, f.pause_reason,
         k.id AS calendar_id, f.due_at < mashd_now() AS is_late,
         coalesce(f.paused_until <= mashd_now(), false) AS resumes,
         coalesce(f.flag_level = 0 AND f.warned_at IS NULL AND f.warn_at < mashd_now() AND f.due_at >= mashd_now(), false) AS warns
  FROM follow_up AS f
  LEFT JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  WHERE f.partnership_id = $1::uuid AND f.id = ANY ($2::uuid[]) AND f.state = 'open' AND f.sweep_at < mashd_now()
),
level AS MATERIALIZED (
  SELECT b.id, l.level, l.reached_at, l.role, l.reached_at < mashd_now() AS is_reached
  FROM behind AS b
  CROSS JOIN LATERAL flag_levels($1::uuid, b.calendar_id, b.due_at, b.signals) AS l
  WHERE b.is_late AND l.level > b.flag_level
),
climbed AS (
  SELECT l.id, max(l.level) FILTER (WHERE l.is_reached) AS level, min(l.reached_at) FILTER (WHERE NOT l.is_reached) AS next_at
  FROM level AS l
  GROUP BY l.id
),
written AS (
  UPDATE follow_up AS f
  SET flag_level = coalesce(c.level, f.flag_level),
      next_flag_at = CASE WHEN b.is_late THEN coalesce(c.next_at, 'infinity') ELSE f.next_flag_at END,
      warned_at = CASE WHEN b.warns THEN mashd_now() ELSE f.warned_at END,
      paused_until = CASE WHEN NOT b.resumes THEN f.paused_until END,
      pause_reason = CASE WHEN NOT b.resumes THEN f.pause_reason END
  FROM behind AS b
  LEFT JOIN climbed AS c ON c.id = b.id
  WHERE f.partnership_id = $1::uuid AND f.ctid = b.place
),
resumed AS (
  UPDATE follow_up_pause AS p
  SET ended_at = p.until_at
  FROM behind AS b
  WHERE p.partnership_id = $1::uuid AND p.follow_up_id = b.id AND p.ended_at IS NULL AND b.resumes
),
raised AS (
  INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, level, breached_at, role)
  SELECT $1::uuid, mashd_uuid_v7(), b.id, b.referral_id, b.kind, b.timing, l.level, l.reached_at, l.role
  FROM behind AS b
  JOIN level AS l ON l.id = b.id
  WHERE l.is_reached
  ON CONFLICT ON CONSTRAINT flag_once DO NOTHING
  RETURNING follow_up_id, referral_id, kind, timing, level, breached_at, role
),
news AS (
  SELECT b.referral_id, b.id, 'follow_up_resumed' AS type, b.paused_until AS occurred_at, 0 AS place,
         jsonb_build_object('kind', b.kind, 'timing', b.timing, 'reason', 'time_is_up', 'paused_for', b.pause_reason,
                            'due_at', mashd_instant_text(b.due_at)) AS data
  FROM behind AS b
  WHERE b.resumes
  UNION ALL
  SELECT b.referral_id, b.id, 'follow_up_warned', b.warn_at, 0,
         jsonb_build_object('kind', b.kind, 'timing', b.timing, 'due_at', mashd_instant_text(b.due_at))
  FROM behind AS b
  WHERE b.warns
  UNION ALL
  SELECT n.referral_id, n.follow_up_id, CASE n.level WHEN 1 THEN 'flag_raised' ELSE 'flag_escalated' END, n.breached_at, n.level,
         jsonb_strip_nulls(jsonb_build_object('kind', n.kind, 'timing', n.timing, 'level', n.level, 'role', n.role,
                                              'breached_at', mashd_instant_text(n.breached_at)))
  FROM raised AS n
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, request_id, follow_up_id, audience, data)
  SELECT $1::uuid, n.referral_id,
         mashd_uuid_after($3::uuid, (row_number() OVER (ORDER BY n.occurred_at, n.id, n.place))::integer),
         coalesce((SELECT e.version
                   FROM event AS e
                   WHERE e.partnership_id = $1::uuid AND e.referral_id = n.referral_id
                   ORDER BY e.version DESC LIMIT 1),
                  (SELECT r.version
                   FROM referral AS r
                   WHERE r.partnership_id = $1::uuid AND r.id BETWEEN n.referral_id AND n.referral_id
                   ORDER BY r.id LIMIT 1)),
         n.type, n.occurred_at, 'system', $4::uuid, n.id, 'hub', n.data
  FROM news AS n
  WHERE n.referral_id IS NOT NULL
)
SELECT (SELECT count(*) FROM raised) AS raised, (SELECT count(*) FROM behind AS b WHERE b.warns) AS warned,
       (SELECT count(*) FROM behind AS b WHERE b.resumes) AS resumed;
