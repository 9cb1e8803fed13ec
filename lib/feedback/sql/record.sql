-- Records feedback on a referral that the caller has locked. The agency's timeline has it only where something was told.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  feedback
-- $4 text  content, null: nothing was told   $5 text  why more than the public is told   $6 text  why nothing
-- $7 text  method        $8 text  who was told                                           $9 text  the words
-- $10 uuid given by      $11 timestamptz  when, null: now   $12 uuid  recorded by
-- $13 uuid event         $14 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO feedback
    (partnership_id, referral_id, id, version, content, content_reason, not_given_reason, method, told, text, given_by,
     given_at, recorded_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::uuid,
         coalesce($11::timestamptz, mashd_now()), $12::uuid
  FROM changed AS c
  RETURNING version, given_at, recorded_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $13::uuid, n.version, 'feedback_recorded', n.given_at, 'staff', $12::uuid, $14::uuid,
         CASE WHEN $4::text IS NULL THEN 'hub' ELSE 'agency' END,
         jsonb_strip_nulls(jsonb_build_object('feedback_id', $3::uuid, 'content', $4::text, 'method', $7::text,
                                              'not_given_reason', $6::text))
  FROM recorded AS n
)
SELECT $3::uuid AS id, $2::uuid AS referral_id, n.version, $4::text AS content, $5::text AS content_reason,
       $6::text AS not_given_reason, $7::text AS method, $8::text AS told, $9::text AS text, $10::uuid AS given_by,
       n.given_at, $12::uuid AS recorded_by, n.recorded_at
FROM recorded AS n;
