-- A refused post of an agency, locked; no row where it is another's.
-- $1 uuid  partnership   $2 uuid  agency   $3 uuid  refused post
SELECT j.resolved_at
FROM rejected_submission AS j
WHERE j.partnership_id = $1::uuid AND j.agency_id = $2::uuid AND j.id = $3::uuid
FOR NO KEY UPDATE;
