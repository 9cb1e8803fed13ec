-- A person says what was done about a flag that a person had raised. The flag and its referral are locked by the caller.
-- $1 uuid  partnership   $2 uuid  flag   $3 uuid  staff   $4 text  what was done   $5 uuid  event   $6 uuid  request
WITH cleared AS (
  UPDATE flag AS g
  SET cleared_at = mashd_now(), cleared_by = 'by_hand', cleared_by_staff = $3::uuid, done = $4::text
  WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid
  RETURNING g.referral_id, g.cleared_at
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  FROM cleared AS g
  WHERE r.partnership_id = $1::uuid AND r.id = g.referral_id
  RETURNING r.id, r.version
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
SELECT $1::uuid, c.id, $5::uuid, c.version, 'flag_cleared', g.cleared_at, 'staff', $3::uuid, $6::uuid, 'hub',
       jsonb_build_object('flag_id', $2::uuid, 'kind', 'manual', 'cleared_by', 'by_hand', 'done', $4::text)
FROM changed AS c CROSS JOIN cleared AS g;
