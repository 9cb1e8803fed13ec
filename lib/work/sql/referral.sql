-- A referral after what was done to it, in short.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT r.id, r.reference, r.version, r.state, r.rating, r.assigned_to, nullif(r.next_due_at, 'infinity') AS next_due_at
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
