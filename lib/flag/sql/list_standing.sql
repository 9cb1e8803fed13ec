-- As list, of the flags that still stand: said with a literal, because a plan that does not know the value of $4 cannot use the
-- index of those and would read the history instead.
-- $1 uuid         partnership   $2 text  kind   $3 boolean  acknowledged   $4 boolean  cleared
-- $5 uuid         referral      $6 timestamptz  raised from   $7 timestamptz  raised to
-- $8 timestamptz, $9 uuid  keys of the last row seen          $10 integer  rows
-- result: json
SELECT g.id, g.follow_up_id, g.referral_id, r.reference AS referral_reference, g.kind, g.timing, g.level, g.role, g.reason,
       g.raised_by, g.breached_at, g.raised_at, g.cleared_at IS NULL AND g.breached_at < mashd_now() AS overdue,
       greatest(floor(extract(epoch FROM coalesce(g.cleared_at, mashd_now()) - g.breached_at) / 60), 0)::bigint AS late_minutes,
       (SELECT b.number FROM breach_of($1::uuid, g.referral_id, g.kind, g.level, g.breached_at, g.id) AS b) AS breach_number,
       g.acknowledged_at, g.acknowledged_by, g.plan,
       (SELECT s.state FROM sign_off AS s
        WHERE s.partnership_id = $1::uuid AND s.referral_id = g.referral_id AND s.subject_id = g.id
        ORDER BY s.asked_at DESC, s.id DESC LIMIT 1) AS sign_off,
       g.cleared_at, g.cleared_by, g.cleared_by_staff, g.done,
       g.breached_at::text AS _key1, g.id AS _key2
FROM flag AS g
LEFT JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = g.referral_id
WHERE g.partnership_id = $1::uuid
  AND ($2::text IS NULL OR g.kind = $2::text)
  AND ($3::boolean IS NULL OR (g.acknowledged_at IS NOT NULL) = $3::boolean)
  AND g.cleared_at IS NULL AND NOT $4::boolean
  AND ($5::uuid IS NULL OR g.referral_id = $5::uuid)
  AND ($6::timestamptz IS NULL OR g.raised_at >= $6::timestamptz)
  AND ($7::timestamptz IS NULL OR g.raised_at < $7::timestamptz)
  AND (g.breached_at, g.id) > (coalesce($8::timestamptz, '-infinity'),
                               coalesce($9::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY g.breached_at, g.id
LIMIT $10::integer;
