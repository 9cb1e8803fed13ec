-- A manager has read again a screening of a referral that the caller has locked.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  review   $4 uuid  screening   $5 text  finding   $6 text  reason
-- $7 uuid  staff         $8 uuid  event      $9 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO sample_review (partnership_id, referral_id, id, version, screening_id, finding, reason, reviewed_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::uuid, $5::text, $6::text, $7::uuid
  FROM changed AS c
  RETURNING version, recorded_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $8::uuid, n.version, 'sample_reviewed', n.recorded_at, 'staff', $7::uuid, $9::uuid, 'hub',
         jsonb_build_object('review_id', $3::uuid, 'screening_id', $4::uuid, 'finding', $5::text)
  FROM recorded AS n
)
SELECT $3::uuid AS id, $2::uuid AS referral_id, n.version, $4::uuid AS screening_id, $5::text AS finding, $6::text AS reason,
       $7::uuid AS reviewed_by, n.recorded_at
FROM recorded AS n;
