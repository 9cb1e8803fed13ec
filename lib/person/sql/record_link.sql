-- Records what staff say about who somebody on a referral is, which the caller has locked: the link, the row (a rejection leaves
-- it alone), the referral's version, the event. The row's document stays as it was sent.
-- $1 uuid  partnership   $2 uuid  referral    $3 uuid  link
-- $4 text  subject       $5 uuid  its id      $6 uuid  person or null
-- $7 uuid  other referral or null             $8 uuid  who on that
-- $9 text  status        $10 uuid  the link that it undoes
-- $11 text rule          $12 double precision  score   $13 text  reason
-- $14 uuid who           $15 uuid  event      $16 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
child AS (
  UPDATE referral_child AS c SET person_id = CASE WHEN $9::text = 'confirmed' THEN $6::uuid END
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $5::uuid AND $9::text <> 'rejected'
),
household AS (
  UPDATE referral_household AS h SET person_id = CASE WHEN $9::text = 'confirmed' THEN $6::uuid END
  WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid AND h.id = $5::uuid AND $9::text <> 'rejected'
),
known AS (
  UPDATE known_subject AS k SET person_id = CASE WHEN $9::text = 'confirmed' THEN $6::uuid END
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.subject_id = $5::uuid AND $9::text <> 'rejected'
),
-- the job compares it again: with all others, not the one alone that the link speaks of
uncompared AS (
  INSERT INTO uncompared_referral (partnership_id, referral_id, version)
  SELECT $1::uuid, $2::uuid, c.version FROM changed AS c
),
recorded AS (
  INSERT INTO person_link
    (partnership_id, id, referral_id, version, subject, subject_id, person_id, other_referral_id, other_subject_id, status,
     undoes, rule, score, reason, decided_by)
  SELECT $1::uuid, $3::uuid, $2::uuid, c.version, $4::text, $5::uuid, $6::uuid, $7::uuid, $8::uuid, $9::text, $10::uuid,
         $11::text, $12::double precision, $13::text, $14::uuid
  FROM changed AS c
  RETURNING version, decided_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $15::uuid, n.version,
         CASE WHEN $9::text = 'confirmed' THEN 'person_linked' ELSE 'person_unlinked' END, n.decided_at, 'staff', $14::uuid,
         $16::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('link_id', $3::uuid, 'subject', $4::text, 'subject_id', $5::uuid,
           'person_id', $6::uuid, 'status', $9::text, 'undoes', $10::uuid, 'rule', $11::text))
  FROM recorded AS n
)
SELECT $3::uuid AS id, $2::uuid AS referral_id, n.version, $4::text AS subject, $5::uuid AS subject_id, $6::uuid AS person_id,
       CASE WHEN $8::uuid IS NOT NULL THEN jsonb_build_object('referral_id', $7::uuid, 'subject_id', $8::uuid) END AS same_as,
       $9::text AS status, $10::uuid AS undoes, $11::text AS rule, $12::double precision AS score, $13::text AS reason,
       $14::uuid AS decided_by, n.decided_at
FROM recorded AS n;
