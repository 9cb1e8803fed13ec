-- Who had a referral, oldest first; the last one has it.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT a.assigned_to, s.name, a.assigned_by, a.assigned_at, a.reason
FROM assignment AS a
LEFT JOIN staff AS s ON s.partnership_id = $1::uuid AND s.id = a.assigned_to
WHERE a.partnership_id = $1::uuid AND a.referral_id = $2::uuid
ORDER BY a.assigned_at, a.id;
