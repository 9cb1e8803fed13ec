-- Forgets what the people of some referrals were found to have to do with others, in both directions, before compare.sql says it
-- anew.
-- $1 uuid    partnership
-- $2 uuid[]  referrals
WITH old AS MATERIALIZED (
  SELECT DISTINCT o.referral_id, o.subject_id, o.other_subject_id
  FROM unnest($2::uuid[]) AS u (referral_id)
  CROSS JOIN LATERAL (
    (SELECT m.referral_id, m.subject_id, m.other_subject_id FROM person_match AS m
     WHERE m.partnership_id = $1::uuid AND m.referral_id = u.referral_id OFFSET 0)
    UNION ALL
    (SELECT m.referral_id, m.subject_id, m.other_subject_id FROM person_match AS m
     WHERE m.partnership_id = $1::uuid AND m.other_referral_id = u.referral_id OFFSET 0)
  ) AS o
)
DELETE FROM person_match AS m
USING old
WHERE m.partnership_id = $1::uuid AND m.referral_id = old.referral_id AND m.subject_id = old.subject_id
  AND m.other_subject_id = old.other_subject_id;
