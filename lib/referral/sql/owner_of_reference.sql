-- The referral that owns an agency's reference, locked.
-- $1 uuid  partnership   $2 uuid  agency   $3 text  agency's reference   $4 text  digest of the new body
SELECT r.id, r.version, r.state, r.rating, r.rating_source, r.immediate_protection_needed,
       EXISTS (SELECT FROM submission AS s
               WHERE s.partnership_id = $1::uuid AND s.referral_id = r.id AND s.body_digest = $4::text) AS same_content
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.agency_id = $2::uuid AND r.agency_reference = $3::text AND NOT r.reference_reused
FOR NO KEY UPDATE;
