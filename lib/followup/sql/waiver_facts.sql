-- What of an open follow-up's referral says whether a manager's word can end it. One row.
--   is_screened  a screening has been recorded since it was opened
--   is_decided   no child has to be decided any more
-- $1 uuid  partnership   $2 uuid  follow-up
SELECT f.kind,
       EXISTS (SELECT FROM screening AS s
               WHERE s.partnership_id = $1::uuid AND s.referral_id = f.referral_id AND s.recorded_at >= f.recorded_at) AS is_screened,
       NOT EXISTS (SELECT FROM children_undecided($1::uuid, f.referral_id)) AS is_decided
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid;
