-- One reopening of a referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  reopening
-- result: json
SELECT o.id, o.referral_id, o.version, o.reason, o.note, o.reopened_by, o.reopened_at
FROM reopening AS o
WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid AND o.id = $3::uuid;
