-- The refused posts of an agency's reference that nothing has made good yet, locked.
-- $1 uuid  partnership   $2 uuid  agency   $3 text  agency's reference, folded
SELECT j.id
FROM rejected_submission AS j
WHERE j.partnership_id = $1::uuid AND j.agency_id = $2::uuid AND j.agency_reference_folded = $3::text AND j.resolved_at IS NULL
ORDER BY j.id
FOR NO KEY UPDATE;
