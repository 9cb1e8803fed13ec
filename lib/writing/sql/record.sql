-- The written confirmation of a phone referral, which the caller has locked, has arrived.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  confirmation   $4 timestamptz  when, null: now   $5 text  channel
-- $6 text  reference of the document   $7 text  note   $8 uuid  staff   $9 uuid  event   $10 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO written_confirmation AS w
    (partnership_id, referral_id, id, version, received_at, channel, document_reference, note, recorded_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, coalesce($4::timestamptz, mashd_now()), $5::text, $6::text, $7::text,
         $8::uuid
  FROM changed AS c
  RETURNING w.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $9::uuid, w.version, 'document_received', w.received_at, 'staff', $8::uuid, $10::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('channel', w.channel, 'document_reference', w.document_reference))
  FROM recorded AS w
)
SELECT w.id, w.referral_id, w.version, w.received_at, w.channel, w.document_reference, w.note, w.recorded_by, w.recorded_at
FROM recorded AS w;
