-- One closure of a referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  closure
-- result: json
SELECT c.id, c.referral_id, c.version, c.reason, c.note, c.withdrawal_id, c.duplicate_of, c.closed_by, c.closed_at
FROM closure AS c
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $3::uuid;
