-- The other authority has accepted a referral, which the caller has locked, or some of its children. The agency that made it is
-- told whose it is now, once none of them is ours.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  transfer   $4 text  who accepted, there   $5 text  their role
-- $6 text  their reference   $7 timestamptz  when, null: now   $8 text  note   $9 uuid  staff   $10 uuid  event   $11 uuid  request
-- $12 uuid[]  the children who are theirs now   $13 boolean  whether these are all
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  UPDATE transfer AS t
  SET version = c.version, accepted_name = $4::text, accepted_role = $5::text, accepted_reference = $6::text,
      accepted_at = coalesce($7::timestamptz, mashd_now()), accepted_note = $8::text, accepted_recorded_by = $9::uuid,
      accepted_recorded_at = mashd_now(), accepted_children = $12::uuid[]
  FROM changed AS c
  WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.id = $3::uuid
  RETURNING t.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $10::uuid, t.version, 'transfer_accepted', t.accepted_at, 'staff', $9::uuid, $11::uuid,
         CASE WHEN $13::boolean THEN 'agency' ELSE 'hub' END,
         jsonb_strip_nulls(jsonb_build_object('transfer_id', t.id, 'to_authority', t.to_authority, 'accepted_name',
           t.accepted_name, 'accepted_role', t.accepted_role, 'accepted_reference', t.accepted_reference))
  FROM recorded AS t
)
SELECT t.id, t.referral_id, t.version, t.to_authority, t.contact_name, t.contact, t.reason, t.decided_by, t.decided_at,
       t.recorded_at, null::timestamptz AS superseded_at, t.accepted_name, t.accepted_role, t.accepted_reference, t.accepted_at,
       t.accepted_recorded_by, t.accepted_recorded_at, t.accepted_note, t.accepted_children
FROM recorded AS t;
