-- A referral, which the caller has locked, has the version that events of this transaction tell of, where there are any.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  that version
UPDATE referral AS r
SET version = $3::integer
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  AND EXISTS (SELECT FROM event AS e
              WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid AND e.version = $3::integer);
