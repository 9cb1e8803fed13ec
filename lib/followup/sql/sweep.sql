-- Raises the flags of one partnership that are missing, oldest breach first, some at a time. Any number of sweepers may run:
-- rows that another one, or a request, has locked are left to it. Neither the referral nor the follow-up is written.
-- The look-up of the flag stands in a LATERAL with OFFSET 0 because a plan for NOT EXISTS that was made while there were no
-- flags yet reads all of them for each follow-up (tried: 2 s for the tenth thousand, against 0.09 s).
-- One row: `seen` of follow-ups looked at (fewer than asked for: that was all), `raised` of flags.
-- $1 uuid     partnership
-- $2 integer  how many at the most
WITH late AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.kind, f.timing, f.due_at
  FROM follow_up AS f
  LEFT JOIN LATERAL (SELECT g.id
                     FROM flag AS g
                     WHERE g.partnership_id = $1::uuid AND g.follow_up_id = f.id AND g.timing = f.timing AND g.level = 1
                     OFFSET 0) AS g ON true
  WHERE f.partnership_id = $1::uuid AND f.state = 'open' AND f.due_at < mashd_now() AND g.id IS NULL
  ORDER BY f.due_at, f.id
  LIMIT $2::integer
  FOR NO KEY UPDATE OF f SKIP LOCKED
),
raised AS (
  INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at)
  SELECT $1::uuid, mashd_uuid_v7(), l.id, l.referral_id, l.kind, l.timing, l.due_at
  FROM late AS l
  ON CONFLICT ON CONSTRAINT flag_once DO NOTHING
  RETURNING follow_up_id, referral_id, kind, timing, breached_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, follow_up_id, audience, data)
  SELECT $1::uuid, n.referral_id, mashd_uuid_v7(), r.version, 'flag_raised', n.breached_at, 'system', n.follow_up_id, 'hub',
         jsonb_build_object('kind', n.kind, 'timing', n.timing, 'level', 1, 'breached_at', mashd_instant_text(n.breached_at))
  FROM raised AS n
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = n.referral_id
)
SELECT (SELECT count(*) FROM late) AS seen, (SELECT count(*) FROM raised) AS raised;
