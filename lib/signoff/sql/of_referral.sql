-- The sign-offs of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.referral_id, r.reference AS referral_reference, s.version, s.subject_kind, s.subject_id, s.part, s.asked_of,
       s.asked_by, s.asked_at, s.state, s.answered_by, s.answered_at, s.stand_in_reason, s.note, s.lapsed_at, s.lapsed_reason
FROM sign_off AS s
JOIN referral AS r ON r.partnership_id = s.partnership_id AND r.id = s.referral_id
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.asked_at, s.id;
