-- What the rules of a link look at. One row; the caller has locked both referrals.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  the other   $4 text  kind
SELECT EXISTS (SELECT FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid) AS found,
       EXISTS (SELECT FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $3::uuid) AS other_found,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.kind = $4::text AND l.ended_at IS NULL
                 AND ((l.referral_id = $2::uuid AND l.other_referral_id = $3::uuid)
                      OR (l.referral_id = $3::uuid AND l.other_referral_id = $2::uuid))) AS linked_already,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL) AS is_duplicate_of,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $3::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL) AS other_is_duplicate,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.other_referral_id = $2::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL) AS has_duplicates;
