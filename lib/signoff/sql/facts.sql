-- What an answer to a sign-off looks at. Its referral is locked, so that nobody else answers meanwhile. One row.
-- $1 uuid  partnership   $2 uuid  sign-off   $3 uuid  who answers
SELECT s.state, s.part, s.subject_kind, s.subject_id, coalesce(s.asked_of = $3::uuid, false) AS asked_you,
       s.asked_of IS NOT NULL AS asked_somebody, s.asked_by = $3::uuid AS asked_by_you,
       EXISTS (SELECT FROM staff AS p
               WHERE p.partnership_id = $1::uuid AND p.id = $3::uuid AND p.disabled_at IS NULL
                 AND 'manager' = ANY (p.roles) AND p.social_work_qualified) AS is_qualified_manager,
       EXISTS (SELECT FROM follow_up AS f
               WHERE f.partnership_id = $1::uuid AND f.referral_id = s.referral_id AND f.kind = 'triage'
                 AND f.state = 'open') AS triage_open
FROM sign_off AS s
WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid;
