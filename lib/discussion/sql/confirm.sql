-- An agency's answer about an attempt of its referral, which the caller has locked. Both see it; the latest counts.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  answer   $4 uuid  contact attempt   $5 uuid  agency
-- $6 text  confirmed, disputed               $7 text  words    $8 uuid  event             $9 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO discussion_confirmation
    (partnership_id, referral_id, id, version, contact_attempt_id, ordinal, agency_id, answer, words)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::uuid,
         (SELECT count(*)::integer + 1 FROM discussion_confirmation AS k
          WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.contact_attempt_id = $4::uuid),
         $5::uuid, $6::text, $7::text
  FROM changed AS c
  RETURNING version, recorded_at
),
settled AS (
  -- What the agency says now takes the place of what it said of this attempt; and it was discussed with it after all.
  UPDATE discussion_confirmation AS k
  SET settled_at = mashd_now()
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.answer = 'disputed' AND k.settled_at IS NULL
    AND ($6::text = 'confirmed' OR k.contact_attempt_id = $4::uuid)
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $8::uuid, n.version,
         CASE $6::text WHEN 'confirmed' THEN 'discussion_confirmed' ELSE 'discussion_disputed' END, n.recorded_at, 'agency',
         $5::uuid, $9::uuid, 'agency', jsonb_build_object('confirmation_id', $3::uuid, 'attempt_id', $4::uuid)
  FROM recorded AS n
)
SELECT $3::uuid AS id, n.version, $4::uuid AS contact_attempt_id, $6::text AS answer, $7::text AS words, true AS counts,
       n.recorded_at
FROM recorded AS n;
