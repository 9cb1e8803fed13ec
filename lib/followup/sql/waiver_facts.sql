-- What of an open follow-up's referral says whether a manager's word can end it. One row.
--   is_screened  a screening has been recorded since it was opened
--   is_decided   every child has a final decision in effect
-- $1 uuid  partnership   $2 uuid  follow-up
SELECT f.kind,
       EXISTS (SELECT FROM screening AS s
               WHERE s.partnership_id = $1::uuid AND s.referral_id = f.referral_id AND s.recorded_at >= f.recorded_at) AS is_screened,
       NOT EXISTS (SELECT FROM referral_child AS c
                   WHERE c.partnership_id = $1::uuid AND c.referral_id = f.referral_id
                     AND NOT EXISTS (SELECT FROM decision_child AS k
                                     WHERE k.partnership_id = $1::uuid AND k.referral_id = f.referral_id AND k.child_id = c.id
                                       AND k.stage = 'final' AND k.superseded_by IS NULL)) AS is_decided
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid;
