-- What the rules of feedback look at. One row.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  who told   $4 timestamptz  when, null: now
SELECT coalesce(b.all_final, false) AS all_final,
       EXISTS (SELECT FROM staff AS s WHERE s.partnership_id = $1::uuid AND s.id = $3::uuid) AS giver_found,
       coalesce($4::timestamptz > mashd_now(), false) AS in_future,
       coalesce(coalesce($4::timestamptz, mashd_now()) < b.final_at, false) AS before_decision,
       coalesce((SELECT w.anonymous
                 FROM referral AS r
                 CROSS JOIN LATERAL referrer_anonymous(r.source, r.document -> 'referrer') AS w
                 WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid), false) AS referrer_anonymous
FROM (SELECT bool_and(k.child_id IS NOT NULL) AS all_final, max(d.decided_at) AS final_at
      FROM referral_child AS c
      LEFT JOIN decision_child AS k
        ON k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.child_id = c.id AND k.first_final
      LEFT JOIN decision AS d
        ON d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.id = k.decision_id
      WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid) AS b;
