-- The screenings of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.referral_id, s.version, s.ordinal, s.rating, s.reason, s.clarification_needed, s.topics, s.not_needed_reason,
       s.agreed_by,
       (SELECT jsonb_build_object('asked_of', w.asked_of, 'state', w.state, 'answered_by', w.answered_by,
                                  'answered_at', mashd_instant_text(w.answered_at), 'stand_in_reason', w.stand_in_reason)
        FROM sign_off AS w
        WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.subject_id = s.id AND w.part = 'agrees'
        ORDER BY w.asked_at DESC, w.id DESC LIMIT 1) AS agreement,
       o.standing, s.screened_by, s.screened_at, s.recorded_at
FROM screening AS s
CROSS JOIN LATERAL sign_off_standing($1::uuid, $2::uuid, s.id) AS o
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.ordinal;
