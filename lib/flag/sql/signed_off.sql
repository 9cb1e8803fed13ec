-- A manager has signed the plan for a flag, or not: then it waits for another plan. The referral is locked, its version raised.
-- $1 uuid  partnership   $2 uuid  flag   $3 boolean  signed   $4 integer  version   $5 uuid  manager   $6 uuid  event
-- $7 uuid  request
WITH told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, g.referral_id, $6::uuid, $4::integer, 'flag_signed_off', mashd_now(), 'staff', $5::uuid, $7::uuid,
         g.follow_up_id, 'hub',
         jsonb_build_object('flag_id', g.id, 'kind', g.kind, 'timing', g.timing, 'level', g.level, 'plan', g.plan)
  FROM flag AS g
  WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid AND $3::boolean
)
UPDATE flag AS g
SET acknowledged_at = NULL, acknowledged_by = NULL, plan = NULL
WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid AND NOT $3::boolean;
