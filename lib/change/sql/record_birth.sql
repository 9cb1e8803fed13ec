-- Keeps that a child of a referral, which the caller has locked, was born, with the date that was expected. Before the child's
-- record changes (correct).
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version before   $4 uuid  child   $5 date  of birth   $6 uuid  staff
-- result: json
INSERT INTO birth AS b (partnership_id, referral_id, child_id, version, expected_date_of_delivery, date_of_birth, recorded_by)
SELECT $1::uuid, $2::uuid, c.id, $3::integer + 1, c.expected_date_of_delivery, $5::date, $6::uuid
FROM referral_child AS c
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $4::uuid
RETURNING b.child_id, b.referral_id, b.version, b.expected_date_of_delivery, b.date_of_birth, b.recorded_by, b.recorded_at;
