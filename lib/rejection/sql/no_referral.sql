-- Records that the agency called a refused post no referral. The caller has locked it.
-- $1 uuid  partnership   $2 uuid  refused post   $3 text  why   $4 uuid  API key
UPDATE rejected_submission AS j
SET no_referral_reason = $3::text, no_referral_by = $4::uuid
WHERE j.partnership_id = $1::uuid AND j.id = $2::uuid;
