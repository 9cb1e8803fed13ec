-- What people have raised on a referral goes with it: the caller has locked it and raised its version.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  version   $4 uuid  identifier that those of the events follow
-- $5 uuid  request
WITH cleared AS (
  UPDATE flag AS g
  SET cleared_at = mashd_now(), cleared_by = 'cancelled'
  WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid AND g.kind = 'manual' AND g.cleared_at IS NULL
  RETURNING g.id, g.cleared_at
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
SELECT $1::uuid, $2::uuid, mashd_uuid_after($4::uuid, (row_number() OVER (ORDER BY g.id))::integer), $3::integer,
       'flag_cleared', g.cleared_at, 'system', NULL, $5::uuid, 'hub',
       jsonb_build_object('flag_id', g.id, 'kind', 'manual', 'cleared_by', 'cancelled')
FROM cleared AS g;
