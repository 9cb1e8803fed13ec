-- The decisions of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT d.id, d.referral_id, d.version, d.stage, d.outcome,
       ARRAY(SELECT k.child_id FROM decision_child AS k
             WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = d.id
             UNION SELECT c.id FROM unnest(d.children) AS c (id)
             ORDER BY 1) AS children,
       ARRAY(SELECT k.child_id FROM decision_child AS k
             WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = d.id
               AND k.superseded_by IS NULL
             ORDER BY k.child_id) AS governs,
       (SELECT k.questioned_by FROM decision_child AS k
        WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = d.id AND k.questioned_by IS NOT NULL
        LIMIT 1) AS questioned_by,
       d.legal_basis, d.legal_basis_text, d.level_of_need, d.rationale, d.history_considered,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('contact_attempt_id', x.contact_attempt_id, 'effect', x.effect)
                                  ORDER BY t.held_at, x.contact_attempt_id), '[]')
        FROM decision_discussion AS x
        JOIN contact_attempt AS t
          ON t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.id = x.contact_attempt_id
        WHERE x.partnership_id = $1::uuid AND x.referral_id = $2::uuid AND x.decision_id = d.id) AS discussions,
       d.undiscussed_reason, d.decided_by, d.authorised_by, d.agreed_by,
       (SELECT jsonb_build_object('asked_of', w.asked_of, 'state', w.state, 'answered_by', w.answered_by,
                                  'answered_at', mashd_instant_text(w.answered_at), 'stand_in_reason', w.stand_in_reason)
        FROM sign_off AS w
        WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.subject_id = d.id AND w.part = 'authorises'
        ORDER BY w.asked_at DESC, w.id DESC LIMIT 1) AS authorisation,
       (SELECT jsonb_build_object('asked_of', w.asked_of, 'state', w.state, 'answered_by', w.answered_by,
                                  'answered_at', mashd_instant_text(w.answered_at), 'stand_in_reason', w.stand_in_reason)
        FROM sign_off AS w
        WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.subject_id = d.id AND w.part = 'agrees'
        ORDER BY w.asked_at DESC, w.id DESC LIMIT 1) AS agreement,
       CASE WHEN d.outcome IN ('strategy_discussion', 'immediate_protection') THEN 'in_effect' ELSE o.standing END AS standing,
       d.decided_at, d.recorded_at, d.exceptions
FROM decision AS d
CROSS JOIN LATERAL sign_off_standing($1::uuid, $2::uuid, d.id) AS o
WHERE d.partnership_id = $1::uuid AND d.referral_id = $2::uuid
ORDER BY d.version;
