-- Referrals have been compared as they were at these versions; a later change waits on.
-- $1 uuid       partnership
-- $2 uuid[]     referrals
-- $3 integer[]  the version of each
DELETE FROM uncompared_referral AS w
USING unnest($2::uuid[], $3::integer[]) AS d (referral_id, version)
WHERE w.partnership_id = $1::uuid AND w.referral_id = d.referral_id AND w.version = d.version;
