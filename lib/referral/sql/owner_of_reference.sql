-- The referral that owns an agency's reference, locked. What was sent for it is asked afterwards (has_content): a statement
-- that waits for the lock does not see what the other transaction stored.
-- $1 uuid  partnership   $2 uuid  agency   $3 text  agency's reference
SELECT r.id, r.version, r.state, r.rating, r.rating_source, r.immediate_protection_needed
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.agency_id = $2::uuid AND r.agency_reference = $3::text AND NOT r.reference_reused
FOR NO KEY UPDATE;
