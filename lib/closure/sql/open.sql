-- What keeps a referral from being closed: its open follow-ups, a withdrawal or a sign-off without an answer, a flag that a
-- person raised, a breach that takes a manager and has no signed plan (one that waits for the signature is there as its
-- sign-off; what a manager has acknowledged needs none); with a null id, how many children still have to be decided. Not
-- that it is to be read again for the sample: that is owed by the hub's managers, and goes on.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  breaches of a referral that one person may plan for alone
SELECT f.kind, f.id, 1::bigint AS n
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open'
  AND f.kind <> 'sample_review'
UNION ALL
SELECT 'withdrawal', w.id, 1
FROM withdrawal AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.answer IS NULL
UNION ALL
SELECT 'sign_off', s.id, 1
FROM sign_off AS s
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.state = 'open'
UNION ALL
SELECT 'flag', g.id, 1
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid AND g.kind = 'manual' AND g.cleared_at IS NULL
UNION ALL
SELECT 'final_decision', NULL, count(*)
FROM children_undecided($1::uuid, $2::uuid) AS c
HAVING count(*) > 0
UNION ALL
SELECT 'breach', b.id, 1
FROM (SELECT g.id, g.acknowledged_at, row_number() OVER (ORDER BY g.breached_at, g.id) AS number -- as breach_of()
      FROM flag AS g
      WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid AND g.kind <> 'manual' AND g.level = 1) AS b
WHERE b.number > $3::integer
  AND (b.acknowledged_at IS NULL
       OR (SELECT s.state FROM sign_off AS s
           WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.subject_id = b.id
           ORDER BY s.asked_at DESC, s.id DESC LIMIT 1) = 'lapsed')
ORDER BY 1, 2;
