-- Gives a referral, which the caller has locked, to somebody, or (null) takes it from whoever had it; the history grows by a
-- row. Its new version is one more than the one before the whole change, whatever else belongs to that.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version before
-- $4 uuid  assignee or null   $5 text  reason   $6 uuid  staff   $7 uuid  request
-- $8 uuid  assignment         $9 uuid  event
WITH before AS MATERIALIZED (
  SELECT r.assigned_to FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = $3::integer + 1, assigned_to = $4::uuid
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
kept AS (
  INSERT INTO assignment (partnership_id, referral_id, id, version, assigned_to, assigned_by, reason)
  SELECT $1::uuid, $2::uuid, $8::uuid, c.version, $4::uuid, $6::uuid, $5::text
  FROM changed AS c
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $9::uuid, c.version, 'assigned', mashd_now(), 'staff', $6::uuid, $7::uuid, 'hub',
         jsonb_build_object('from', b.assigned_to, 'to', $4::uuid, 'reason', $5::text)
  FROM changed AS c CROSS JOIN before AS b
)
SELECT c.version FROM changed AS c;
