-- What was sent for a referral, first and later.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.kind, s.received_at, s.agency_reference, s.contract_version, s.body::json AS body, s.quality_issues
FROM submission AS s
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.received_at, s.id;
