-- A referral that the caller has locked changes its state, by a member of staff; the agency is told.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  state afterwards   $4 uuid  event   $5 uuid  staff   $6 uuid  request
WITH before AS MATERIALIZED (
  SELECT r.state FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $3::text
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $4::uuid, c.version, 'state_changed', mashd_now(), 'staff', $5::uuid, $6::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $3::text)
  FROM before AS b CROSS JOIN changed AS c
)
SELECT c.version FROM changed AS c;
