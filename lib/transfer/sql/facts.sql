-- What the rules of a transfer look at. One row; the caller has locked the referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 timestamptz  when the step was taken, null: now
-- $4 uuid  the transfer that a new one stands in for, or null
WITH children AS MATERIALIZED (
  SELECT array_agg(c.id ORDER BY c.ordinal) AS all_ids,
         coalesce(array_agg(c.id ORDER BY c.ordinal) FILTER (WHERE d.outcome = 'transfer_to_other_authority'), '{}') AS going,
         count(d.id) AS decided
  FROM referral_child AS c
  LEFT JOIN decision_child AS k
    ON k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.child_id = c.id AND k.superseded_by IS NULL
  LEFT JOIN decision AS d ON d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.id = k.decision_id
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
)
SELECT latest.id AS latest_id, latest.id IS NOT NULL AND latest.accepted_at IS NULL AS is_pending,
       coalesce(latest.id = $4::uuid, false) AS replaced_is_latest,
       -- All of them go where nothing was decided of any; otherwise those of whom that was decided.
       CASE WHEN c.decided = 0 THEN c.all_ids ELSE c.going END AS going, c.decided = 0 OR c.going = c.all_ids AS all_go,
       ARRAY(SELECT g.child_id FROM children_gone($1::uuid, $2::uuid) AS g) @> c.all_ids AS is_accepted,
       coalesce($3::timestamptz > mashd_now(), false) AS in_future,
       coalesce($3::timestamptz < r.received_at, false) AS before_receipt,
       coalesce($3::timestamptz < latest.decided_at, false) AS before_decision
FROM referral AS r
CROSS JOIN children AS c
LEFT JOIN LATERAL (SELECT t.id, t.decided_at, t.accepted_at
                   FROM transfer AS t
                   WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
                   ORDER BY t.recorded_at DESC, t.id DESC LIMIT 1) AS latest ON true
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
