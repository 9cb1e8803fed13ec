-- The second person agrees that nothing need be asked: the judgement takes effect on the referral, which the caller has locked.
-- What a later contact attempt has raised stays open.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  screening
WITH judged AS MATERIALIZED (
  SELECT s.screened_at, s.recorded_at
  FROM screening AS s
  WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.id = $3::uuid
),
cleared AS (
  UPDATE clarification_topic AS t
  SET status = 'resolved', reason = 'no longer asked by the latest screening', settled_by = 'screening',
      settled_at = j.screened_at, changed_at = mashd_now()
  FROM judged AS j
  WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.status = 'open' AND t.changed_at <= j.recorded_at
)
UPDATE referral AS r
SET clarification = 'not_needed'
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
