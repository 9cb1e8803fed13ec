-- What lib/followup/rules.c asks about a pause that somebody wants, of a follow-up that this transaction has locked and brought
-- up to date: one row.
-- $1 uuid         partnership   $2 uuid  calendar   $3 uuid  follow-up
-- $4 timestamptz  until when, null: as long as may be
-- $5 text         unit of the longest pause that its rule allows, null: none   $6 integer  its amount
SELECT f.due_at IS NULL AS has_no_due, coalesce(f.due_at < n.at, false) AS is_overdue, coalesce(r.rating = 'red', false) AS is_red,
       f.paused_until IS NOT NULL AS is_paused, coalesce($4::timestamptz <= n.at, false) AS until_is_past,
       least(l.until_at, f.limit_at) > n.at AS may_be_paused, coalesce(f.limit_at <= l.until_at, false) AS bound_is_first,
       $4::timestamptz > least(l.until_at, f.limit_at) AS until_is_too_late, least(l.until_at, f.limit_at) AS latest_until,
       to_char(least(l.until_at, f.limit_at) AT TIME ZONE k.time_zone, 'FMDay YYYY-MM-DD HH24:MI') AS latest_text,
       to_char(f.due_at AT TIME ZONE k.time_zone, 'FMDay YYYY-MM-DD HH24:MI') AS due_text
FROM follow_up AS f
CROSS JOIN LATERAL (SELECT greatest(mashd_now(), f.timed_at) AS at OFFSET 0) AS n
JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.id = $2::uuid
LEFT JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
LEFT JOIN LATERAL pause_limit($1::uuid, $2::uuid, f.id, n.at, $5::text, $6::integer) AS l ON true
WHERE f.partnership_id = $1::uuid AND f.id = $3::uuid;
