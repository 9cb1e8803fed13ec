-- Which of the children that a strategy discussion was decided of still wait for one, counted from when the open follow-up began;
-- and when the last of them had the first of hers. One row; `last_held_at` null where none waits or waited.
-- $1 uuid  partnership   $2 uuid  referral
SELECT count(*) FILTER (WHERE w.held_at IS NULL) AS waiting, max(w.held_at) AS last_held_at
FROM follow_up AS f
JOIN decision_child AS k
  ON k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.superseded_by IS NULL
JOIN decision AS d
  ON d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.id = k.decision_id AND d.outcome = 'strategy_discussion'
CROSS JOIN LATERAL (SELECT min(s.held_at) AS held_at
                    FROM strategy_discussion AS s
                    WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.held_at >= f.started_at
                      AND k.child_id = ANY (s.children)) AS w
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'strategy_discussion' AND f.state = 'open';
