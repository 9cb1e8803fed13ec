-- The hub offers a referral, which the caller has locked, to duty.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  handover   $4 uuid  staff   $5 uuid  to whom, or null
-- $6 text  summary       $7 uuid  event      $8 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO handover AS h (partnership_id, referral_id, id, version, offered_by, offered_at, offered_to, summary)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::uuid, mashd_now(), $5::uuid, $6::text
  FROM changed AS c
  RETURNING h.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $7::uuid, h.version, 'handover_offered', h.offered_at, 'staff', $4::uuid, $8::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('handover_id', h.id, 'offered_to', h.offered_to, 'summary', h.summary))
  FROM recorded AS h
)
SELECT h.id, h.referral_id, h.version, h.offered_by, h.offered_at, h.offered_to, h.summary, h.accepted_by, h.accepted_at,
       h.accepted_recorded_at, h.accepted_note, h.returned_to, h.returned_at, h.returned_recorded_at, h.returned_note,
       h.passed_on_to, h.passed_on_at
FROM recorded AS h;
