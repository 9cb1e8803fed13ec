-- An agency's requests to have its own referral back, with the answers: neither who answered nor why. The caller has checked
-- whose it is.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT w.id, w.reason, w.requested_at, w.answer, w.answered_at
FROM withdrawal AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid
ORDER BY w.version;
