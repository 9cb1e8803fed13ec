-- Referrals of the twelve months before one that may be about the same child, a sibling or a parent: the best reason for each
-- relation, the latest first. A row with nothing but `_waiting` where the referral still waits to be compared.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT false AS _waiting, m.other_referral_id AS referral_id, r.reference, r.received_at, r.state, m.relation, m.rule AS by,
       m.confirmed, m.agrees, m.differs
FROM person_match AS m
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = m.other_referral_id
WHERE m.partnership_id = $1::uuid AND m.referral_id = $2::uuid AND m.shown
UNION ALL
SELECT true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM uncompared_referral AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid
ORDER BY 4 DESC NULLS LAST, 2
LIMIT 50;
