-- What the rules of a link look at. One row; what is not there is null.
-- $1 uuid  partnership   $2 uuid  referral        $3 uuid  who on it
-- $4 uuid  person or null
-- $5 uuid  other referral or null                 $6 uuid  who on that
SELECT m.subject, m.person_id, o.subject AS other_subject, o.person_id AS other_person_id, t.id AS target_id,
       t.ended_at IS NOT NULL AS target_ended,
       coalesce(m.nhs_number <> coalesce(t.nhs_number, o.nhs_number), false) AS numbers_differ,
       m.subject = 'child' AND EXISTS (SELECT FROM referral_child AS c
                                       WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id <> $3::uuid
                                         AND (c.person_id = t.id OR c.id = $6::uuid)) AS other_child_is,
       p.rule, p.score
FROM (SELECT true) AS one
LEFT JOIN LATERAL (
  SELECT 'child' AS subject, c.person_id, c.nhs_number FROM referral_child AS c
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $3::uuid
  UNION ALL
  SELECT 'household', h.person_id, NULL FROM referral_household AS h
  WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid AND h.id = $3::uuid
) AS m ON true
LEFT JOIN LATERAL (
  SELECT 'child' AS subject, c.person_id, c.nhs_number FROM referral_child AS c
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $5::uuid AND c.id = $6::uuid
  UNION ALL
  SELECT 'household', h.person_id, NULL FROM referral_household AS h
  WHERE h.partnership_id = $1::uuid AND h.referral_id = $5::uuid AND h.id = $6::uuid
) AS o ON true
LEFT JOIN person AS t ON t.partnership_id = $1::uuid AND t.id = coalesce($4::uuid, o.person_id)
LEFT JOIN LATERAL (
  SELECT x.rule, x.score
  FROM person_match AS x
  LEFT JOIN known_subject AS k
    ON k.partnership_id = $1::uuid AND k.referral_id = x.other_referral_id AND k.subject_id = x.other_subject_id
  WHERE x.partnership_id = $1::uuid AND x.referral_id = $2::uuid AND x.subject_id = $3::uuid
    AND (x.other_subject_id = $6::uuid OR k.person_id = t.id)
  ORDER BY x.score DESC LIMIT 1
) AS p ON true;
