-- Locks a flag. Where it is of a referral the caller locks that first: see referral_of.
-- $1 uuid  partnership   $2 uuid  flag
SELECT g.id, g.acknowledged_at
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid
FOR NO KEY UPDATE;
