-- The screenings of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.referral_id, s.version, s.ordinal, s.rating, s.reason, s.clarification_needed, s.topics, s.not_needed_reason,
       s.agreed_by, o.standing, s.screened_by, s.screened_at, s.recorded_at
FROM screening AS s
CROSS JOIN LATERAL sign_off_standing($1::uuid, $2::uuid, s.id) AS o
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.ordinal;
