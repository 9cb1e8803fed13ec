-- The strategy discussions of a referral, in the order in which they were held.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.referral_id, s.version, s.held_at, s.chaired_by, s.children, s.present, s.missing, s.compliant, s.summary,
       s.recorded_by, s.recorded_at
FROM strategy_discussion AS s
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.held_at, s.recorded_at, s.id;
