-- Somebody answers a sign-off, whose referral the caller has locked.
-- $1 uuid  partnership   $2 uuid  sign-off   $3 text  agreed or refused   $4 text  note   $5 text  why in another's place
-- $6 uuid  who answers   $7 uuid  event      $8 uuid  request
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  FROM sign_off AS s
  WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid AND r.partnership_id = $1::uuid AND r.id = s.referral_id
  RETURNING r.id, r.version
),
answered AS (
  UPDATE sign_off AS s
  SET state = $3::text, answered_by = $6::uuid, answered_at = mashd_now(), note = $4::text, stand_in_reason = $5::text,
      version = c.version
  FROM changed AS c
  WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid
  RETURNING s.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, a.referral_id, $7::uuid, a.version, 'sign_off_' || $3::text, a.answered_at, 'staff', $6::uuid, $8::uuid,
         'hub',
         jsonb_strip_nulls(jsonb_build_object('sign_off_id', a.id, 'subject_kind', a.subject_kind, 'subject_id', a.subject_id,
           'part', a.part, 'in_place_of', CASE WHEN $5::text IS NOT NULL THEN a.asked_of END, 'note', $4::text))
  FROM answered AS a
)
SELECT a.version, a.subject_kind, a.subject_id,
       NOT EXISTS (SELECT FROM sign_off AS o
                   WHERE o.partnership_id = $1::uuid AND o.referral_id = a.referral_id AND o.subject_id = a.subject_id
                     AND o.id <> a.id AND o.state <> 'agreed') AS others_agreed
FROM answered AS a;
