-- What the rules of a handover look at. One row; the caller has locked the referral.
--   runs_from     when the clock of the way back starts: with the step, or, where that lies in hours, with the closing after it
--   closed_until  the hub is closed at the moment of the step, and opens then; null: it is open, or nobody knows when it opens
--   is_over       the hub has opened since duty accepted what nobody has taken back: that was an earlier night
-- $1 uuid         partnership   $2 uuid  referral   $3 uuid  calendar
-- $4 timestamptz  when the step was taken, null: now   $5 uuid  to whom it is offered, or null
-- $6 uuid         who takes the step                   $7 uuid  the handover that they take over, or null
SELECT offer.id AS offered_id, running.id AS running_id, coalesce(n.opens_at <= mashd_now(), false) AS is_over,
       coalesce(running.accepted_by = $6::uuid, false) AS is_own, coalesce(running.id = $7::uuid, false) AS takes_over,
       k.closed AS is_closed,
       EXISTS (SELECT FROM follow_up AS f
               WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'out_of_hours_handover'
                 AND f.state = 'open') AS is_owed,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $5::uuid AND 'duty' = ANY (s.roles)
                 AND s.disabled_at IS NULL) AS duty_fits,
       m.at > mashd_now() AS in_future, m.at < r.received_at AS before_receipt,
       coalesce(m.at < running.accepted_at, false) AS before_acceptance, coalesce(w.closes_at, m.at) AS runs_from,
       CASE WHEN w.closes_at IS NULL THEN mashd_instant_text(x.opens_at) END AS closed_until
FROM referral AS r
CROSS JOIN LATERAL (SELECT coalesce($4::timestamptz, mashd_now()) AS at OFFSET 0) AS m
CROSS JOIN LATERAL calendar_closed($1::uuid, $3::uuid, mashd_now()) AS k
LEFT JOIN LATERAL (SELECT h.id
                   FROM handover AS h
                   WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid AND h.accepted_at IS NULL
                     AND NOT EXISTS (SELECT FROM handover AS o
                                     WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
                                       AND o.accepted_at >= h.offered_at)
                   ORDER BY h.offered_at DESC, h.id DESC LIMIT 1) AS offer ON true
LEFT JOIN LATERAL (SELECT h.id, h.accepted_by, h.accepted_at
                   FROM handover AS h
                   WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid AND h.accepted_at IS NOT NULL
                     AND h.returned_at IS NULL AND h.passed_on_at IS NULL LIMIT 1) AS running ON true
LEFT JOIN LATERAL hub_opens_after($1::uuid, $3::uuid, running.accepted_at) AS n ON true
LEFT JOIN LATERAL (SELECT i.opens_at, i.closes_at
                   FROM working_interval AS i
                   WHERE i.partnership_id = $1::uuid AND i.calendar_id = $3::uuid AND i.closes_at > m.at
                   ORDER BY i.closes_at LIMIT 1) AS w ON w.opens_at <= m.at
CROSS JOIN LATERAL hub_opens_after($1::uuid, $3::uuid, m.at) AS x
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
