-- A link as one of its referrals shows it, with that referral's version.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link
-- result: json
SELECT l.id, l.kind, o.id AS referral_id, o.reference, l.referral_id = $2::uuid AS recorded_here, l.reason, l.linked_by,
       l.linked_at, l.confirmed_by, l.confirmed_at, l.ended_by, l.ended_at, l.ended_reason, r.version
FROM referral_link AS l
JOIN referral AS o
  ON o.partnership_id = $1::uuid AND o.id = CASE WHEN l.referral_id = $2::uuid THEN l.other_referral_id ELSE l.referral_id END
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = $2::uuid
WHERE l.partnership_id = $1::uuid AND l.id = $3::uuid;
