-- What an answer to a withdrawal looks at; no row where there is no such withdrawal.
--   other_gone_as  why the other has been let go itself: duplicate, sent_in_error; null where it has not
--   hangs_on_this  the reference of one that would be gone with this referral, because it was closed as its duplicate or stands
--                  linked as one; null where there is none. (Found by links, which are never deleted: each such closure has one.)
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  withdrawal   $4 uuid  the referral that says the same, or null
SELECT w.answer IS NOT NULL AS answered, coalesce($4::uuid = $2::uuid, false) AS of_itself, o.id IS NOT NULL AS other_found,
       CASE WHEN k.reason IN ('duplicate', 'sent_in_error') THEN k.reason END AS other_gone_as, h.reference AS hangs_on_this
FROM withdrawal AS w
LEFT JOIN referral AS o ON o.partnership_id = $1::uuid AND o.id = $4::uuid
LEFT JOIN LATERAL (SELECT c.reason
                   FROM closure AS c
                   WHERE c.partnership_id = $1::uuid AND c.referral_id = o.id
                   ORDER BY c.version DESC LIMIT 1) AS k ON o.state = 'closed'
LEFT JOIN LATERAL (SELECT d.reference
                   FROM referral_link AS l
                   JOIN referral AS d ON d.partnership_id = $1::uuid AND d.id = l.referral_id
                   LEFT JOIN LATERAL (SELECT c.duplicate_of
                                      FROM closure AS c
                                      WHERE c.partnership_id = $1::uuid AND c.referral_id = d.id
                                      ORDER BY c.version DESC LIMIT 1) AS e ON d.state = 'closed'
                   WHERE l.partnership_id = $1::uuid AND l.other_referral_id = $2::uuid AND l.kind = 'duplicate'
                     AND (e.duplicate_of = $2::uuid OR (l.ended_at IS NULL AND l.confirmed_at IS NOT NULL))
                   ORDER BY l.linked_at, l.id LIMIT 1) AS h ON true
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.id = $3::uuid;
