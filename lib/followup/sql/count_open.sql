-- What is open and what of it is overdue, by kind: for the metrics.
-- $1 uuid  partnership
SELECT f.kind, count(*) AS open, count(*) FILTER (WHERE f.due_at < mashd_now()) AS overdue
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.state = 'open'
GROUP BY f.kind
ORDER BY f.kind;
