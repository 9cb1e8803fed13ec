-- Whether another authority has every child of a referral, which the caller has locked. One row.
-- $1 uuid  partnership   $2 uuid  referral
SELECT NOT EXISTS (SELECT FROM referral_child AS c
                   WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
                     AND c.id NOT IN (SELECT g.child_id FROM children_gone($1::uuid, $2::uuid) AS g)) AS are_gone;
