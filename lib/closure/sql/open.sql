-- What keeps a referral from being closed: its open follow-ups, a withdrawal or a sign-off without an
-- answer, a flag that a person raised. Not that it is to be read again for the sample: that is owed by the hub's managers, and
-- goes on.
-- $1 uuid  partnership   $2 uuid  referral
SELECT f.kind, f.id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open'
  AND f.kind <> 'sample_review'
UNION ALL
SELECT 'withdrawal', w.id
FROM withdrawal AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.answer IS NULL
UNION ALL
SELECT 'sign_off', s.id
FROM sign_off AS s
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.state = 'open'
UNION ALL
SELECT 'flag', g.id
FROM flag AS g
WHERE g.partnership_id = $1::uuid AND g.referral_id = $2::uuid AND g.kind = 'manual' AND g.cleared_at IS NULL
ORDER BY 1, 2;
