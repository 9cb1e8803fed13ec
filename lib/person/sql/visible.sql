-- Whether there is such a referral, and whether its people have been compared as they are now.
-- $1 uuid  partnership   $2 uuid  referral
SELECT (SELECT true FROM uncompared_referral AS w
        WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid LIMIT 1) IS NULL AS compared
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
