-- Decisions of a referral that are not in effect and wait for somebody's word, about any of these children.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid[]  children, null: all
SELECT coalesce(array_agg(d.id), '{}') AS decisions
FROM decision AS d
WHERE d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND ($3::uuid[] IS NULL OR d.children && $3::uuid[])
  AND EXISTS (SELECT FROM sign_off AS s
              WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.subject_id = d.id AND s.state = 'open')
  AND NOT EXISTS (SELECT FROM decision_child AS k
                  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = d.id);
