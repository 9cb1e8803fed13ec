-- The flags of a referral, oldest breach first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT g.id, g.follow_up_id, g.referral_id, r.reference AS referral_reference, g.kind, g.timing, g.level, g.role, g.breached_at,
       g.raised_at,
       greatest(floor(extract(epoch FROM coalesce(g.cleared_at, mashd_now()) - g.breached_at) / 60), 0)::bigint AS late_minutes,
       g.acknowledged_at, g.acknowledged_by, g.plan, g.cleared_at, g.cleared_by
FROM flag AS g
JOIN referral AS r ON r.partnership_id = g.partnership_id AND r.id = g.referral_id
WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid
ORDER BY g.breached_at, g.id;
