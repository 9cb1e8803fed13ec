-- What this transaction, which holds the referral, wrote under its coming version: each event, and where a follow-up's due
-- instant moved, the old and the new one side by side (the contract's RetimedFollowUp). `change`: earlier, later, timed (it had
-- none), lost (it has none any more); null for everything else.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  version
-- result: json
SELECT f.id AS follow_up_id, r.id AS referral_id, r.reference, f.kind, f.unit, f.amount, f.started_at, b.due_at_before,
       f.due_at,
       CASE WHEN e.type <> 'follow_up_retimed' OR b.due_at_before IS NOT DISTINCT FROM f.due_at THEN NULL
            WHEN b.due_at_before IS NULL THEN 'timed'
            WHEN f.due_at IS NULL THEN 'lost'
            WHEN f.due_at < b.due_at_before THEN 'earlier'
            ELSE 'later' END AS change
FROM event AS e
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = e.referral_id
LEFT JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.id = e.follow_up_id
CROSS JOIN LATERAL (SELECT (e.data ->> 'due_at_before')::timestamptz AS due_at_before) AS b
WHERE e.partnership_id = $1::uuid AND e.referral_id = $2::uuid AND e.version = $3::integer
ORDER BY e.id;
