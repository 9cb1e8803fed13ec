-- The people of a referral, children first, each list in its order; of a child whether its birth was recorded here.
-- $1 uuid  partnership   $2 uuid  referral
SELECT 'children' AS list, c.id, c.ordinal, c.document,
       EXISTS (SELECT FROM birth AS b
               WHERE b.partnership_id = $1::uuid AND b.referral_id = $2::uuid AND b.child_id = c.id) AS is_born
FROM referral_child AS c
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
UNION ALL
SELECT 'household', h.id, h.ordinal, h.document, false
FROM referral_household AS h
WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid
ORDER BY list, ordinal;
