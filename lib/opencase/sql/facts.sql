-- What the rules of passing on look at. One row; the caller has locked the referral.
-- $1 uuid    partnership   $2 uuid  referral   $3 uuid[]  children named, null: all
-- $4 uuid    worker or null   $5 timestamptz  when it was accepted, null: now
SELECT $3::uuid[] IS NULL OR (SELECT count(*) FROM referral_child AS c
                              WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = ANY ($3::uuid[]))
                             = cardinality($3::uuid[]) AS children_found,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $4::uuid AND 'allocated_worker' = ANY (s.roles)
                 AND s.disabled_at IS NULL) AS worker_fits,
       latest.id AS latest_id, latest.accepted_at IS NOT NULL AS is_accepted, latest.worker_id,
       coalesce($5::timestamptz > mashd_now(), false) AS in_future,
       coalesce($5::timestamptz < latest.passed_at, false) AS before_passing
FROM referral AS r
LEFT JOIN LATERAL (SELECT o.id, o.passed_at, o.accepted_at, o.worker_id
                   FROM open_case AS o
                   WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
                   ORDER BY o.passed_at DESC, o.id DESC LIMIT 1) AS latest ON true
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
