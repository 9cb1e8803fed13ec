-- Other persons who are linked to rows of the same referrals, and who they are to this one.
-- $1 uuid  partnership   $2 uuid  person
-- result: json
SELECT p.id AS person_id, p.first_name, p.family_name, p.date_of_birth, x.relation, count(DISTINCT x.referral_id) AS referrals
FROM (SELECT o.person_id, m.referral_id,
             CASE WHEN m.subject = 'child' AND o.subject = 'child' THEN 'sibling'
                  WHEN m.subject = 'child' THEN o.role
                  WHEN o.subject = 'child' THEN CASE m.role WHEN 'parent' THEN 'child' ELSE m.role END
                  ELSE 'household' END AS relation
      FROM known_subject AS m
      JOIN known_subject AS o ON o.partnership_id = $1::uuid AND o.referral_id = m.referral_id
      WHERE m.partnership_id = $1::uuid AND m.person_id = $2::uuid AND o.person_id <> $2::uuid) AS x
JOIN person AS p ON p.partnership_id = $1::uuid AND p.id = x.person_id
GROUP BY p.id, p.first_name, p.family_name, p.date_of_birth, x.relation
ORDER BY count(DISTINCT x.referral_id) DESC, p.id, x.relation
LIMIT 200;
