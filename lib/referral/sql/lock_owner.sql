-- The referral that owns an agency's reference, locked: posts under a used reference wait for each other here. What was sent
-- under it is asked afterwards (of_reference): a statement that waits for the lock does not see what the other one stored.
-- $1 uuid  partnership   $2 uuid  agency   $3 text  agency's reference, folded
SELECT r.id
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.agency_id = $2::uuid AND r.agency_reference_folded = $3::text AND NOT r.reference_reused
FOR NO KEY UPDATE;
