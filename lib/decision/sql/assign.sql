-- The children of a decision that is recorded already, after supersede: it governs them now.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  decision   $4 text  its stage   $5 uuid[]  children, null: all
INSERT INTO decision_child (partnership_id, referral_id, decision_id, child_id, ordinal, stage, first_final)
SELECT $1::uuid, $2::uuid, $3::uuid, c.id, b.decisions + 1, $4::text, $4::text = 'final' AND NOT b.is_final
FROM referral_child AS c
CROSS JOIN LATERAL (SELECT count(*)::integer AS decisions, coalesce(bool_or(k.stage = 'final'), false) AS is_final
                    FROM decision_child AS k
                    WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.child_id = c.id) AS b
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND ($5::uuid[] IS NULL OR c.id = ANY ($5::uuid[]));
