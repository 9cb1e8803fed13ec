-- As list, of one referral: by the referral's index.
-- $1 uuid         partnership   $2 text  state   $3 uuid  referral   $4 boolean  only what $5 may answer, and is asked
-- $5 uuid         who reads     $6 boolean  whether they are a manager
-- $7 timestamptz, $8 uuid  keys of the last row seen          $9 integer  rows
-- result: json
SELECT s.id, s.referral_id, r.reference AS referral_reference, s.version, s.subject_kind, s.subject_id, s.part, s.asked_of,
       s.asked_by, s.asked_at, s.state, s.answered_by, s.answered_at, s.stand_in_reason, s.note, s.lapsed_at, s.lapsed_reason,
       s.asked_at::text AS _key1, s.id AS _key2
FROM sign_off AS s
JOIN referral AS r ON r.partnership_id = s.partnership_id AND r.id = s.referral_id
WHERE s.partnership_id = $1::uuid
  AND ($2::text IS NULL OR s.state = $2::text)
  AND s.referral_id = $3::uuid
  AND (NOT coalesce($4::boolean, false) OR s.asked_of = $5::uuid
       OR s.asked_of IS NULL AND $6::boolean AND s.asked_by IS DISTINCT FROM $5::uuid)
  AND (s.asked_at, s.id) > (coalesce($7::timestamptz, '-infinity'),
                            coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY s.asked_at, s.id
LIMIT $9::integer;
