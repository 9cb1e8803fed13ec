-- Locks a referral that was drawn and is not opened yet, and says by what its follow-up will be timed. The referral's lock is
-- first, as everywhere. No row where somebody else has opened it.
-- $1 uuid  partnership   $2 uuid  referral   $3 date  week
WITH locked AS MATERIALIZED (
  SELECT r.id
  FROM referral AS r
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  FOR NO KEY UPDATE
)
SELECT (SELECT z.id FROM calendar AS z WHERE z.partnership_id = $1::uuid AND z.is_default) AS calendar_id,
       (SELECT p.id FROM policy AS p WHERE p.partnership_id = $1::uuid AND p.state = 'active') AS policy_id
FROM locked AS l
JOIN sampled_referral AS m ON m.partnership_id = $1::uuid AND m.referral_id = l.id AND m.week = $3::date AND m.opened_at IS NULL
FOR NO KEY UPDATE OF m;
