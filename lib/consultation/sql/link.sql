-- A referral, which the caller has locked, came of a consultation.
-- $1 uuid  partnership   $2 uuid  consultation   $3 uuid  referral   $4 integer  its version before
-- $5 uuid  contact attempt that says that it counts, or null   $6 uuid  staff   $7 uuid  event   $8 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = $4::integer + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $3::uuid
  RETURNING r.version
),
linked AS (
  INSERT INTO consultation_link AS l (partnership_id, consultation_id, referral_id, attempt_id, linked_by)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $5::uuid, $6::uuid)
  RETURNING l.consultation_id, l.referral_id, l.attempt_id, l.linked_by, l.linked_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $3::uuid, $7::uuid, c.version, 'consultation_linked', l.linked_at, 'staff', $6::uuid, $8::uuid, 'hub',
         jsonb_build_object('consultation_id', l.consultation_id, 'attempt_id', l.attempt_id)
  FROM changed AS c CROSS JOIN linked AS l
)
SELECT l.consultation_id, l.referral_id, c.version, l.attempt_id,
       coalesce((SELECT t.counts_as_discussion FROM contact_attempt AS t
                 WHERE t.partnership_id = $1::uuid AND t.referral_id = $3::uuid AND t.id = $5::uuid),
                false) AS counts_as_discussion,
       l.linked_by, l.linked_at
FROM changed AS c CROSS JOIN linked AS l;
