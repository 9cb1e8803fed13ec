-- What the agency says of the attempts, oldest first: for the hub, and for the agency that said it.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT k.id, k.version, k.contact_attempt_id, k.answer, k.words,
       NOT EXISTS (SELECT FROM discussion_confirmation AS l
                   WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid
                     AND l.contact_attempt_id = k.contact_attempt_id AND l.ordinal > k.ordinal) AS counts,
       k.recorded_at
FROM discussion_confirmation AS k
WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid
ORDER BY k.version;
