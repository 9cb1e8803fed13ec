-- The links of a referral, from whichever side they were recorded, those that were taken back too, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT l.id, l.kind, o.id AS referral_id, o.reference, l.referral_id = $2::uuid AS recorded_here, l.reason, l.linked_by,
       l.linked_at, l.confirmed_by, l.confirmed_at, l.ended_by, l.ended_at, l.ended_reason
FROM referral_link AS l
JOIN referral AS o
  ON o.partnership_id = $1::uuid AND o.id = CASE WHEN l.referral_id = $2::uuid THEN l.other_referral_id ELSE l.referral_id END
WHERE l.partnership_id = $1::uuid AND (l.referral_id = $2::uuid OR l.other_referral_id = $2::uuid)
ORDER BY l.linked_at, l.id;
