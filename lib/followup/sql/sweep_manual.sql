-- Writes down that the date of flags that people have raised has passed, those first that wait longest, some at a time. Any number
-- of sweepers may run. The referral is not written. One row.
-- $1 uuid  partnership   $2 integer  how many at the most   $3 uuid  identifier that those of the events follow
WITH past AS MATERIALIZED (
  SELECT g.id, g.referral_id, g.breached_at
  FROM flag AS g
  WHERE g.partnership_id = $1::uuid AND g.kind = 'manual' AND g.cleared_at IS NULL AND g.overdue_at IS NULL
    AND g.breached_at < mashd_now()
  ORDER BY g.breached_at, g.id
  LIMIT $2::integer
  FOR NO KEY UPDATE SKIP LOCKED
),
written AS (
  UPDATE flag AS g
  SET overdue_at = mashd_now()
  FROM past AS p
  WHERE g.partnership_id = $1::uuid AND g.id = p.id
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, audience, data)
  SELECT $1::uuid, p.referral_id,
         mashd_uuid_after($3::uuid, (row_number() OVER (ORDER BY p.breached_at, p.id))::integer), r.version, 'flag_overdue',
         p.breached_at, 'system', 'hub',
         jsonb_build_object('flag_id', p.id, 'kind', 'manual', 'due_at', mashd_instant_text(p.breached_at))
  FROM past AS p
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = p.referral_id
)
SELECT count(*) AS seen FROM past;
