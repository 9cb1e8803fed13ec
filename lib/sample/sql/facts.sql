-- What of a referral, which the caller has locked, is to be read again: the earliest draw that nobody has read. No row: none.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  who reads
SELECT m.screening_id,
       s.screened_by = $3::uuid OR coalesce(s.agreed_by = $3::uuid, false)
       OR EXISTS (SELECT FROM sign_off AS o
                  WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid AND o.subject_id = s.id
                    AND o.answered_by = $3::uuid) AS screened_himself
FROM sampled_referral AS m
JOIN screening AS s ON s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.id = m.screening_id
WHERE m.partnership_id = $1::uuid AND m.referral_id = $2::uuid AND m.opened_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM sample_review AS n
                  WHERE n.partnership_id = $1::uuid AND n.referral_id = $2::uuid AND n.screening_id = m.screening_id)
ORDER BY m.week
LIMIT 1;
