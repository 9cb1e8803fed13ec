-- What the rules of a contact attempt look at. One row.
-- $1 uuid         partnership   $2 uuid  referral   $3 uuid  calendar
-- $4 uuid         who held it   $5 timestamptz  when, null: now
-- $6 uuid[]       children named, null: all
-- $7 integer      days back that may be recorded
SELECT s.id IS NOT NULL AS holder_found,
       coalesce(s.disabled_at <= h.held_at, false) AS holder_had_left,
       coalesce(s.roles && ARRAY['practitioner', 'manager'], false) AS holder_may_discuss,
       h.held_at > mashd_now() AS in_future,
       h.held_at < mashd_now() - $7::integer * interval '1 day' AS too_long_ago,
       h.held_at < r.received_at AS before_receipt,
       coalesce(d.due_at >= r.received_at, false) AS within_working_day,
       $6::uuid[] IS NULL OR (SELECT count(*) FROM referral_child AS c
                              WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = ANY ($6::uuid[]))
                             = cardinality($6::uuid[]) AS children_found
FROM referral AS r
CROSS JOIN LATERAL (SELECT coalesce($5::timestamptz, mashd_now()) AS held_at OFFSET 0) AS h
CROSS JOIN LATERAL due_instant($1::uuid, $3::uuid, h.held_at, 'working_days', 1) AS d
LEFT JOIN staff AS s ON s.partnership_id = $1::uuid AND s.id = $4::uuid
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
