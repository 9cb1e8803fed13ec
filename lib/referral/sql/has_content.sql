-- Was the same content sent for this referral before? The caller has locked it.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  digest of the body
SELECT EXISTS (SELECT FROM submission AS s
               WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.body_digest = $3::text) AS same_content;
