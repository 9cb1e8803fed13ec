-- Locks a flag. Where it is of a referral the caller locks that first: see referral_of.
-- $1 uuid  partnership   $2 uuid  flag
SELECT g.id, g.kind, g.acknowledged_at, g.cleared_at,
       (SELECT b.number FROM breach_of($1::uuid, g.referral_id, g.kind, g.level, g.breached_at, g.id) AS b) AS breach_number
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid
FOR NO KEY UPDATE;
