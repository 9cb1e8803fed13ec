-- What a manager's word that one referral is a duplicate of another looks at. One row; the caller has locked both.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  the other, which it repeats
SELECT EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL AND l.other_referral_id = $3::uuid
                 AND l.confirmed_at IS NOT NULL) AS is_confirmed,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL AND l.other_referral_id <> $3::uuid) AS is_duplicate_of,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $3::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL) AS other_is_duplicate,
       EXISTS (SELECT FROM referral_link AS l
               WHERE l.partnership_id = $1::uuid AND l.other_referral_id = $2::uuid AND l.kind = 'duplicate'
                 AND l.ended_at IS NULL) AS has_duplicates;
