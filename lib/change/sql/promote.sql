-- Makes a request for service of a notification, which the caller has locked. Its version: see assign.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version before
-- $4 text  reason        $5 uuid  staff      $6 uuid  request   $7 uuid  event
WITH before AS MATERIALIZED (
  SELECT r.record_kind FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = $3::integer + 1, record_kind = 'request_for_service', promoted_at = mashd_now()
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $7::uuid, c.version, 'promoted', mashd_now(), 'staff', $5::uuid, $6::uuid, 'hub',
         jsonb_build_object('from', b.record_kind, 'to', 'request_for_service', 'reason', $4::text)
  FROM changed AS c CROSS JOIN before AS b
)
SELECT c.version FROM changed AS c;
