-- Referrals on which a person's relatives are named (see relatives.sql) and not the person, the latest first.
-- $1 uuid  partnership   $2 uuid  person
-- result: json
SELECT r.id AS referral_id, r.reference, r.received_at, r.state, x.person_id, x.subject
FROM (SELECT DISTINCT ON (f.referral_id) f.referral_id, f.person_id, f.subject
      FROM known_subject AS m
      JOIN known_subject AS o ON o.partnership_id = $1::uuid AND o.referral_id = m.referral_id
      JOIN known_subject AS f ON f.partnership_id = $1::uuid AND f.person_id = o.person_id
      WHERE m.partnership_id = $1::uuid AND m.person_id = $2::uuid AND o.person_id <> $2::uuid
      ORDER BY f.referral_id, f.subject, f.person_id) AS x
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = x.referral_id
WHERE (SELECT true FROM known_subject AS s
       WHERE s.partnership_id = $1::uuid AND s.referral_id = x.referral_id AND s.person_id = $2::uuid LIMIT 1) IS NULL
ORDER BY r.received_at DESC, r.id DESC
LIMIT 200;
