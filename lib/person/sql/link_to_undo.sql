-- A link of a referral that the caller has locked, and whether it was undone.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link
SELECT l.subject, l.subject_id, l.person_id, l.other_referral_id, l.other_subject_id, l.status, l.rule, l.score,
       EXISTS (SELECT FROM person_link AS u WHERE u.partnership_id = $1::uuid AND u.undoes = l.id) AS undone
FROM person_link AS l
WHERE l.partnership_id = $1::uuid AND l.id = $3::uuid AND l.referral_id = $2::uuid;
