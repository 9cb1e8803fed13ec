-- The consultations that a referral came of, in the order in which they were held.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT c.id, c.held_by, c.held_at, c.method, c.caller_name, c.caller_role, c.caller_agency, c.about, c.advice,
       l.attempt_id, coalesce(t.counts_as_discussion, false) AS counts_as_discussion, l.linked_by, l.linked_at
FROM consultation_link AS l
JOIN consultation AS c ON c.partnership_id = $1::uuid AND c.id = l.consultation_id
LEFT JOIN contact_attempt AS t
  ON t.partnership_id = $1::uuid AND t.referral_id = l.referral_id AND t.id = l.attempt_id
WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid
ORDER BY c.held_at, c.id;
