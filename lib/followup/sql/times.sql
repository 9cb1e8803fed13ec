-- The open follow-ups of a referral and their times, to be shown side by side with others.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT f.id AS follow_up_id, f.referral_id, r.reference, f.kind, f.policy, f.rule, f.due_at,
       coalesce(f.due_at < mashd_now(), false) AS overdue
FROM follow_up AS f
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open'
ORDER BY f.id;
