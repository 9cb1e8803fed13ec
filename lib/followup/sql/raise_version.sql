-- A follow-up of a referral, which the caller has locked, changes.
-- $1 uuid  partnership   $2 uuid  referral
UPDATE referral AS r
SET version = r.version + 1
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
RETURNING r.version;
