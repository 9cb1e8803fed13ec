-- A decision that somebody has agreed to, and its referral's state; whether it is in effect already. One row.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  decision
SELECT d.outcome, d.stage = 'final' AS final, d.children, r.state,
       EXISTS (SELECT FROM decision_child AS k
               WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = d.id) AS in_effect
FROM decision AS d
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = $2::uuid
WHERE d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.id = $3::uuid;
