-- Makes a request for service of a notification, which the caller has locked. Its version: see assign. The state may have changed
-- with a correction that belongs to the same change; then that has told of it.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version before
-- $4 text  reason        $5 uuid  staff      $6 uuid  request   $7 uuid  event
-- $8 text  state afterwards   $9 uuid  event 'state_changed'
WITH before AS MATERIALIZED (
  SELECT r.record_kind, r.state FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = $3::integer + 1, state = $8::text, record_kind = 'request_for_service', promoted_at = mashd_now()
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $7::uuid, c.version, 'promoted', mashd_now(), 'staff', $5::uuid, $6::uuid, 'hub',
         jsonb_build_object('from', b.record_kind, 'to', 'request_for_service', 'reason', $4::text)
  FROM changed AS c CROSS JOIN before AS b
  UNION ALL
  SELECT $1::uuid, $2::uuid, $9::uuid, c.version, 'state_changed', mashd_now(), 'staff', $5::uuid, $6::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $8::text)
  FROM changed AS c CROSS JOIN before AS b
  WHERE b.state <> $8::text
)
SELECT c.version FROM changed AS c;
