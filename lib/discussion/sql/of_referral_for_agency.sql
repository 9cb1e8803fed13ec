-- The attempts to reach an agency about its own referral, as it sees them. The caller has checked whose it is.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT t.id, t.held_at, t.method, t.result
FROM contact_attempt AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.counterpart IN ('referrer', 'agency_deputy')
ORDER BY t.held_at, t.recorded_at, t.id;
