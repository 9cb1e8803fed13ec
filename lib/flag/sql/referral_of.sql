-- Whose flag it is: a referral, or (null) a refused post.
-- $1 uuid  partnership   $2 uuid  flag
SELECT g.referral_id
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid;
