-- Everything that the people on a referral may have to do with those on others, whenever those came in: the surest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT m.subject_id, m.relation, m.same_person, m.rule, m.score, m.confirmed, m.agrees, m.differs,
       jsonb_build_object('referral_id', m.other_referral_id, 'reference', r.reference,
                          'received_at', mashd_instant_text(r.received_at), 'state', r.state,
                          'subject', CASE WHEN c.id IS NOT NULL THEN 'child' ELSE 'household' END,
                          'subject_id', m.other_subject_id,
                          'first_name', coalesce(c.document, h.document) ->> 'first_name',
                          'family_name', coalesce(c.document, h.document) ->> 'family_name',
                          'date_of_birth', coalesce(c.date_of_birth, h.date_of_birth),
                          'relationship', h.document ->> 'relationship',
                          'person_id', coalesce(c.person_id, h.person_id)) AS other
FROM person_match AS m
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = m.other_referral_id
LEFT JOIN referral_child AS c
  ON c.partnership_id = $1::uuid AND c.referral_id = m.other_referral_id AND c.id = m.other_subject_id
LEFT JOIN referral_household AS h
  ON h.partnership_id = $1::uuid AND h.referral_id = m.other_referral_id AND h.id = m.other_subject_id
WHERE m.partnership_id = $1::uuid AND m.referral_id = $2::uuid
ORDER BY m.score DESC, r.received_at DESC, m.subject_id, m.other_subject_id
LIMIT 200;
