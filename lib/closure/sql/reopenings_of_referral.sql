-- Each time a referral was taken up again, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT o.id, o.referral_id, o.version, o.reason, o.note, o.reopened_by, o.reopened_at
FROM reopening AS o
WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
ORDER BY o.version;
