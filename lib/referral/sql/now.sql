-- How a referral stands, for the answer to a change.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT r.state, r.rating, r.discussed, r.version, r.next_due_at
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
