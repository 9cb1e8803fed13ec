-- What this transaction, which holds the referral, did to its follow-ups under its coming version, old and new due instant side by
-- side (the contract's RetimedFollowUp). `change`: earlier, later, timed (it had none), lost (it has none any more), opened,
-- cancelled (it was open before).
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  version
-- result: json
SELECT f.id AS follow_up_id, r.id AS referral_id, r.reference, f.kind, f.rule, f.unit, f.amount, f.started_at,
       b.due_at AS due_at_before, coalesce(b.due_at < mashd_now(), false) AS overdue_before,
       a.due_at, coalesce(a.due_at < mashd_now(), false) AS overdue,
       CASE WHEN e.type <> 'follow_up_retimed' THEN replace(e.type, 'follow_up_', '')
            WHEN b.due_at IS NULL THEN 'timed'
            WHEN a.due_at IS NULL THEN 'lost'
            WHEN a.due_at < b.due_at THEN 'earlier'
            ELSE 'later' END AS change
FROM event AS e
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = e.referral_id
JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.id = e.follow_up_id
CROSS JOIN LATERAL (SELECT CASE e.type WHEN 'follow_up_retimed' THEN (e.data ->> 'due_at_before')::timestamptz
                                       WHEN 'follow_up_cancelled' THEN f.due_at END AS due_at) AS b
CROSS JOIN LATERAL (SELECT CASE WHEN f.state = 'open' THEN f.due_at END AS due_at) AS a
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid AND e.version = $3::integer
  AND CASE e.type WHEN 'follow_up_retimed' THEN f.state = 'open' AND a.due_at IS DISTINCT FROM b.due_at
                  ELSE e.type IN ('follow_up_opened', 'follow_up_cancelled') END
ORDER BY e.id;
