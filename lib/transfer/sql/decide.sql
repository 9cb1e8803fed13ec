-- Another authority is to have a referral, which the caller has locked.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  transfer   $4 text  authority   $5 text  name of the contact there
-- $6 text  how to reach it   $7 text  reason   $8 uuid  staff   $9 timestamptz  when, null: now   $10 uuid  event
-- $11 uuid  request   $12 uuid  the transfer that it stands in for, or null
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO transfer AS t
    (partnership_id, referral_id, id, version, to_authority, contact_name, contact, reason, decided_by, decided_at)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::text, $5::text, $6::text, $7::text, $8::uuid,
         coalesce($9::timestamptz, mashd_now())
  FROM changed AS c
  RETURNING t.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $10::uuid, t.version, 'transfer_decided', t.decided_at, 'staff', $8::uuid, $11::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('transfer_id', t.id, 'to_authority', t.to_authority, 'reason', t.reason,
           'replaces', $12::uuid))
  FROM recorded AS t
)
SELECT t.id, t.referral_id, t.version, t.to_authority, t.contact_name, t.contact, t.reason, t.decided_by, t.decided_at,
       t.recorded_at, null::timestamptz AS superseded_at, t.accepted_name, t.accepted_role, t.accepted_reference, t.accepted_at,
       t.accepted_recorded_by, t.accepted_recorded_at, t.accepted_note, t.accepted_children
FROM recorded AS t;
