-- What the sample asks for was opened on a referral, which this transaction has locked and changed.
-- $1 uuid  partnership   $2 uuid  referral   $3 date  week   $4 integer  version after the change   $5 uuid  event
WITH opened AS (
  UPDATE sampled_referral AS m
  SET opened_at = mashd_now()
  WHERE m.partnership_id = $1::uuid AND m.referral_id = $2::uuid AND m.week = $3::date
  RETURNING m.screening_id
)
INSERT INTO event (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, audience, data)
SELECT $1::uuid, $2::uuid, $5::uuid, $4::integer, 'sample_drawn', mashd_now(), 'system', 'hub',
       jsonb_build_object('week', $3::date, 'screening_id', o.screening_id)
FROM opened AS o;
