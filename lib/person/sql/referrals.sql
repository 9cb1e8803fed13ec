-- The referrals on which a person is named, the latest first, each with the link that says so.
-- $1 uuid  partnership   $2 uuid  person
-- result: json
SELECT r.id AS referral_id, r.reference, r.received_at, r.state, r.record_kind, r.rating, r.discussed, a.name AS agency_name,
       n.subject, n.id AS subject_id, n.relationship, l.id AS link_id, l.decided_by AS linked_by, l.decided_at AS linked_at
FROM (SELECT 'child' AS subject, c.referral_id, c.id, NULL AS relationship
      FROM referral_child AS c
      WHERE c.partnership_id = $1::uuid AND c.person_id = $2::uuid
      UNION ALL
      SELECT 'household', h.referral_id, h.id, h.document ->> 'relationship'
      FROM referral_household AS h
      WHERE h.partnership_id = $1::uuid AND h.person_id = $2::uuid) AS n
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = n.referral_id
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = r.agency_id
CROSS JOIN LATERAL (SELECT x.id, x.decided_by, x.decided_at
                    FROM person_link AS x
                    WHERE x.partnership_id = $1::uuid AND x.referral_id = n.referral_id AND x.subject_id = n.id
                      AND x.person_id = $2::uuid AND x.status = 'confirmed'
                    ORDER BY x.decided_at DESC, x.id DESC LIMIT 1) AS l
ORDER BY r.received_at DESC, r.id DESC, n.id
LIMIT 200;
