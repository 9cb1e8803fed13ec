-- The state of a referral after a decision has taken effect; its version is raised already.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  state afterwards   $4 integer  version
-- $5 uuid  event         $6 uuid  staff      $7 uuid  request
WITH before AS MATERIALIZED (
  SELECT r.state FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET state = $3::text
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND r.state <> $3::text
  RETURNING r.id
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
SELECT $1::uuid, c.id, $5::uuid, $4::integer, 'state_changed', mashd_now(), 'staff', $6::uuid, $7::uuid, 'agency',
       jsonb_build_object('from', b.state, 'to', $3::text)
FROM changed AS c CROSS JOIN before AS b;
