-- Records a screening on a referral that the caller has locked: the screening, its topics, the referral, the events.
-- $1 uuid  partnership   $2 uuid  referral      $3 uuid  screening
-- $4 text  rating        $5 text  reason        $6 boolean  clarification needed
-- $7 text[]  topics      $8 jsonb their weights: [{code, weight}]
-- $9 text  why not needed    $10 uuid  second person   $11 uuid  who screened
-- $12 timestamptz  when, null: now              $13 text  state afterwards
-- $14 uuid  event 'screened'  $15 uuid  event 'rating_changed'  $16 uuid  event 'state_changed'   $17 uuid  request
-- $18 boolean  whether "not needed" waits for the second person: until then it changes nothing that was asked (agree.sql)
-- result: json
WITH before AS MATERIALIZED (
  SELECT r.rating, r.state, coalesce($12::timestamptz, mashd_now()) AS screened_at,
         (SELECT count(*) + 1 FROM screening AS s
          WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid)::integer AS ordinal
  FROM referral AS r
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $13::text, rating = $4::text, rating_source = 'screening',
      clarification = CASE WHEN $6::boolean THEN 'needed' WHEN $18::boolean THEN r.clarification ELSE 'not_needed' END,
      clarification_ever_needed = r.clarification_ever_needed OR $6::boolean
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO screening
    (partnership_id, referral_id, id, ordinal, version, rating, reason, clarification_needed, topics, not_needed_reason,
     agreed_by, screened_by, screened_at)
  SELECT $1::uuid, $2::uuid, $3::uuid, b.ordinal, c.version, $4::text, $5::text, $6::boolean, coalesce($7::text[], '{}'),
         $9::text, $10::uuid, $11::uuid, b.screened_at
  FROM before AS b CROSS JOIN changed AS c
  RETURNING id, ordinal, version, screened_at, recorded_at
),
asked AS (
  -- What a discussion held since then has resolved is no longer open: it was only written down before this judgement.
  INSERT INTO clarification_topic AS k (partnership_id, referral_id, code, weight)
  SELECT $1::uuid, $2::uuid, t.code, t.weight
  FROM jsonb_to_recordset($8::jsonb) AS t (code text, weight text)
  ON CONFLICT ON CONSTRAINT clarification_topic_pkey
    DO UPDATE SET status = 'open', reason = NULL, settled_by = NULL, settled_at = NULL, changed_at = mashd_now()
    WHERE k.settled_by IS DISTINCT FROM 'discussion' OR k.settled_at < (SELECT b.screened_at FROM before AS b)
),
cleared AS (
  UPDATE clarification_topic AS t
  SET status = 'resolved', reason = 'no longer asked by the latest screening', settled_by = 'screening',
      settled_at = b.screened_at, changed_at = mashd_now()
  FROM before AS b
  WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.status = 'open' AND NOT $18::boolean
    AND NOT t.code = ANY (coalesce($7::text[], '{}'))
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $14::uuid, n.version, 'screened', n.screened_at, 'staff', $11::uuid, $17::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('screening_id', $3::uuid, 'rating', $4::text, 'reason', $5::text,
           'clarification_needed', $6::boolean, 'topics', to_jsonb($7::text[]), 'not_needed_reason', $9::text, 'agreed_by', $10::uuid,
           'awaits_agreement', CASE WHEN $18::boolean THEN true END))
  FROM recorded AS n
  UNION ALL
  SELECT $1::uuid, $2::uuid, $15::uuid, n.version, 'rating_changed', n.screened_at, 'staff', $11::uuid, $17::uuid, 'hub',
         jsonb_build_object('from', b.rating, 'to', $4::text)
  FROM recorded AS n CROSS JOIN before AS b
  WHERE b.rating <> $4::text
  UNION ALL
  SELECT $1::uuid, $2::uuid, $16::uuid, n.version, 'state_changed', n.screened_at, 'staff', $11::uuid, $17::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $13::text)
  FROM recorded AS n CROSS JOIN before AS b
  WHERE b.state <> $13::text
)
SELECT n.id, $2::uuid AS referral_id, n.version, n.ordinal, $4::text AS rating, $5::text AS reason,
       $6::boolean AS clarification_needed, coalesce($7::text[], '{}') AS topics, $9::text AS not_needed_reason,
       $10::uuid AS agreed_by,
       CASE WHEN $18::boolean
            THEN jsonb_build_object('asked_of', $10::uuid, 'state', 'open', 'answered_by', NULL, 'answered_at', NULL,
                                    'stand_in_reason', NULL) END AS agreement,
       CASE WHEN $18::boolean THEN 'awaiting_sign_off' ELSE 'in_effect' END AS standing,
       $11::uuid AS screened_by, n.screened_at, n.recorded_at
FROM recorded AS n;
