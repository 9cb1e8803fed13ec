-- Locks a flag. Where it is of a referral the caller locks that first: see referral_of.
--   has_plan  it is acknowledged; not where the plan's signature lapsed with a withdrawal, and the referral was taken up again
-- $1 uuid  partnership   $2 uuid  flag
SELECT g.id, g.kind, g.cleared_at,
       g.acknowledged_at IS NOT NULL
         AND coalesce((SELECT s.state FROM sign_off AS s
                       WHERE s.partnership_id = $1::uuid AND s.referral_id = g.referral_id AND s.subject_id = g.id
                       ORDER BY s.asked_at DESC, s.id DESC LIMIT 1) <> 'lapsed', true) AS has_plan,
       (SELECT b.number FROM breach_of($1::uuid, g.referral_id, g.kind, g.level, g.breached_at, g.id) AS b) AS breach_number
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.id = $2::uuid
FOR NO KEY UPDATE;
