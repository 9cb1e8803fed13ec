-- The withdrawals of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT w.id, w.referral_id, w.version, w.agency_id, w.reason, w.requested_at, w.answer, w.answer_reason, w.duplicate_of,
       w.answered_by, w.answered_at
FROM withdrawal AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid
ORDER BY w.version;
