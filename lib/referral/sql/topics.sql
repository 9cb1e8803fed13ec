-- The topics of a referral: those that a person has judged, and those that a rule only offers.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT t.code, t.weight, t.status, t.reason
FROM clarification_topic AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
UNION ALL
SELECT o.code, NULL, 'offered', NULL
FROM referral AS r
CROSS JOIN LATERAL unnest(r.topics_offered) AS o (code)
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  AND NOT EXISTS (SELECT FROM clarification_topic AS j
                  WHERE j.partnership_id = $1::uuid AND j.referral_id = $2::uuid AND j.code = o.code);
