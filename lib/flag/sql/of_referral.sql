-- The flags of a referral, oldest breach first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT g.id, g.follow_up_id, g.referral_id, r.reference AS referral_reference, g.kind, g.timing, g.level, g.role, g.reason,
       g.raised_by, g.breached_at, g.raised_at, g.cleared_at IS NULL AND g.breached_at < mashd_now() AS overdue,
       greatest(floor(extract(epoch FROM coalesce(g.cleared_at, mashd_now()) - g.breached_at) / 60), 0)::bigint AS late_minutes,
       (SELECT b.number FROM breach_of($1::uuid, g.referral_id, g.kind, g.level, g.breached_at, g.id) AS b) AS breach_number,
       g.acknowledged_at, g.acknowledged_by, g.plan,
       (SELECT s.state FROM sign_off AS s
        WHERE s.partnership_id = $1::uuid AND s.referral_id = g.referral_id AND s.subject_id = g.id
        ORDER BY s.asked_at DESC, s.id DESC LIMIT 1) AS sign_off,
       g.cleared_at, g.cleared_by, g.cleared_by_staff, g.done
FROM flag AS g
JOIN referral AS r ON r.partnership_id = g.partnership_id AND r.id = g.referral_id
WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid
ORDER BY g.breached_at, g.id;
