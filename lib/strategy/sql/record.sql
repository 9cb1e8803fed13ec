-- Records a strategy discussion on a referral, which the caller has locked.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  strategy discussion   $4 timestamptz  when it was held
-- $5 uuid  who chaired it   $6 uuid[]  children, null: all   $7 jsonb  who was there: [{agency, name, role}]
-- $8 text[]  who should have been   $9 text  summary   $10 uuid  staff   $11 uuid  event   $12 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO strategy_discussion AS s
    (partnership_id, referral_id, id, version, held_at, chaired_by, children, present, missing, summary, recorded_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::timestamptz, $5::uuid,
         coalesce($6::uuid[], ARRAY(SELECT k.id FROM referral_child AS k
                                    WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid ORDER BY k.ordinal)),
         (SELECT jsonb_agg(jsonb_build_object('agency', p ->> 'agency', 'name', p ->> 'name', 'role', p ->> 'role') ORDER BY o)
          FROM jsonb_array_elements($7::jsonb) WITH ORDINALITY AS e (p, o)),
         $8::text[], $9::text, $10::uuid
  FROM changed AS c
  RETURNING s.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $11::uuid, s.version, 'strategy_discussion_recorded', s.held_at, 'staff', $10::uuid, $12::uuid,
         'hub', jsonb_build_object('strategy_discussion_id', s.id, 'compliant', s.compliant, 'missing', to_jsonb(s.missing))
  FROM recorded AS s
)
SELECT s.id, s.referral_id, s.version, s.held_at, s.chaired_by, s.children, s.present, s.missing, s.compliant, s.summary,
       s.recorded_by, s.recorded_at
FROM recorded AS s;
