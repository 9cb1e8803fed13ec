-- What staff have said about who the people on a referral are, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT l.id, l.referral_id, l.version, l.subject, l.subject_id, l.person_id,
       CASE WHEN l.other_subject_id IS NOT NULL
            THEN jsonb_build_object('referral_id', l.other_referral_id, 'subject_id', l.other_subject_id) END AS same_as,
       l.status, l.undoes, l.rule, l.score, l.reason, l.decided_by, l.decided_at
FROM person_link AS l
WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid
ORDER BY l.decided_at, l.id
LIMIT 500;
