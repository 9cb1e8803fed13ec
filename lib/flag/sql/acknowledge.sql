-- Somebody has seen the flag and says what happens now. The flag and its referral are locked by the caller.
-- $1 uuid  partnership   $2 uuid  flag   $3 uuid  staff   $4 text  plan   $5 uuid  event   $6 uuid  request
WITH acknowledged AS (
  UPDATE flag AS g
  SET acknowledged_at = mashd_now(), acknowledged_by = $3::uuid, plan = $4::text
  WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid
  RETURNING g.*
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  FROM acknowledged AS g
  WHERE r.partnership_id = $1::uuid AND r.id = g.referral_id
  RETURNING r.id, r.version
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, c.id, $5::uuid, c.version, 'flag_acknowledged', g.acknowledged_at, 'staff', $3::uuid, $6::uuid,
         g.follow_up_id, 'hub',
         jsonb_build_object('kind', g.kind, 'timing', g.timing, 'level', g.level, 'plan', $4::text)
  FROM acknowledged AS g JOIN changed AS c ON c.id = g.referral_id
)
SELECT g.referral_id, c.version
FROM acknowledged AS g
LEFT JOIN changed AS c ON true;
