-- The agency's view of its own referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  agency
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.received_at, r.state, r.quality_issues
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND r.agency_id = $3::uuid;
