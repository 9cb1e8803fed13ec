-- Records a contact attempt on a referral that the caller has locked: the attempt, what it did to the topics, the referral,
-- the events.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  attempt
-- $4 text  result        $5 text  method     $6 text  counterpart   $7 text  name of the counterpart
-- $8 uuid  held by       $9 timestamptz  held at, null: now         $10 uuid  recorded by
-- $11 uuid[] children, null: all             $12 jsonb  topics: [{code, weight, outcome, reason}]
-- $13 text referrer's view                   $14 text  shared understanding   $15 text  effect on the rating
-- $16 text note          $17 boolean  confirmed that no topic is open         $18 boolean  counts as a discussion
-- $19 text state afterwards
-- $20 uuid event of the attempt   $21 uuid  event 'state_changed'   $22 uuid  request
-- $23 jsonb all topics that there are: [{code, weight}], [] unless $17
-- $24 text[] what speaks against a discussion, for the answer alone
-- result: json
WITH before AS MATERIALIZED (
  SELECT r.state, r.topics_offered, h.held_at, d.due_at AS next_working_day_at, w.working_minutes
  FROM referral AS r
  CROSS JOIN (SELECT coalesce($9::timestamptz, mashd_now()) AS held_at) AS h
  LEFT JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  LEFT JOIN LATERAL due_instant($1::uuid, k.id, h.held_at, 'working_days', 1) AS d ON true
  LEFT JOIN LATERAL working_minutes_between($1::uuid, k.id, r.received_at, greatest(h.held_at, r.received_at)) AS w ON true
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $19::text
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO contact_attempt
    (partnership_id, referral_id, id, version, result, method, counterpart, counterpart_name, held_by, held_at, recorded_by,
     children, topics, referrer_view, shared_understanding, effect_on_rating, note, confirmed_no_topic_open,
     counts_as_discussion, next_working_day_at, working_minutes)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::text, $5::text, $6::text, $7::text, $8::uuid, b.held_at, $10::uuid,
         coalesce($11::uuid[], ARRAY(SELECT k.id FROM referral_child AS k
                                     WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid ORDER BY k.ordinal)),
         coalesce((SELECT jsonb_agg(jsonb_build_object('code', t ->> 'code', 'outcome', t ->> 'outcome',
                                                       'reason', t ->> 'reason') ORDER BY o)
                   FROM jsonb_array_elements($12::jsonb) WITH ORDINALITY AS e (t, o)), '[]'),
         $13::text, $14::text, $15::text, $16::text, $17::boolean, $18::boolean, b.next_working_day_at, b.working_minutes
  FROM before AS b CROSS JOIN changed AS c
  RETURNING id, version, held_at, recorded_at, children, topics
),
asked AS (
  -- What a discussion resolved stays its own when a written reply says the same again.
  INSERT INTO clarification_topic AS k (partnership_id, referral_id, code, weight, status, reason, settled_by, settled_at)
  SELECT $1::uuid, $2::uuid, t.code, t.weight, CASE WHEN w.resolved THEN 'resolved' ELSE 'open' END, t.reason,
         CASE WHEN w.resolved AND $18::boolean THEN 'discussion' WHEN w.resolved THEN 'contact_attempt' END,
         CASE WHEN w.resolved THEN b.held_at END
  FROM before AS b
  CROSS JOIN jsonb_to_recordset($12::jsonb) AS t (code text, weight text, outcome text, reason text)
  CROSS JOIN LATERAL (SELECT t.outcome = 'resolved' AS resolved) AS w
  ON CONFLICT ON CONSTRAINT clarification_topic_pkey
    DO UPDATE SET status = excluded.status, reason = excluded.reason, changed_at = mashd_now(),
      settled_by = CASE WHEN k.settled_by = 'discussion' AND excluded.settled_by = 'contact_attempt' THEN k.settled_by
                        ELSE excluded.settled_by END,
      settled_at = CASE WHEN k.settled_by = 'discussion' AND excluded.settled_by = 'contact_attempt' THEN k.settled_at
                        ELSE excluded.settled_at END
),
settled AS (
  -- No topic is open: neither those that a person asked nor those that a rule only offers.
  INSERT INTO clarification_topic AS k (partnership_id, referral_id, code, weight, status, reason, settled_by, settled_at)
  SELECT $1::uuid, $2::uuid, w.code, w.weight, 'resolved', 'no topic is open after the discussion', 'discussion', b.held_at
  FROM before AS b
  CROSS JOIN jsonb_to_recordset($23::jsonb) AS w (code text, weight text)
  WHERE $17::boolean AND $18::boolean
    AND (w.code = ANY (b.topics_offered)
         OR EXISTS (SELECT FROM clarification_topic AS t
                    WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.code = w.code))
    AND NOT EXISTS (SELECT FROM jsonb_array_elements($12::jsonb) AS e (x) WHERE x ->> 'code' = w.code)
  ON CONFLICT ON CONSTRAINT clarification_topic_pkey
    DO UPDATE SET status = excluded.status, reason = excluded.reason, settled_by = excluded.settled_by,
      settled_at = excluded.settled_at, changed_at = mashd_now()
    WHERE k.settled_by IS DISTINCT FROM 'discussion'
),
looked_into AS (
  -- What the agency disputes is dealt with by whoever is reached since, or can't be; not by a try.
  UPDATE discussion_confirmation AS k
  SET settled_at = mashd_now()
  FROM before AS b
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.answer = 'disputed' AND k.settled_at IS NULL
    AND k.recorded_at < b.held_at AND $4::text NOT IN ('no_answer', 'message_left', 'unavailable', 'wrong_person')
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $20::uuid, n.version, CASE WHEN $18::boolean THEN 'discussed' ELSE 'contact_attempted' END,
         n.held_at, 'staff', $10::uuid, $22::uuid,
         CASE WHEN $6::text IN ('referrer', 'agency_deputy') THEN 'agency' ELSE 'hub' END,
         jsonb_build_object('attempt_id', $3::uuid, 'method', $5::text, 'result', $4::text)
  FROM recorded AS n
  UNION ALL
  SELECT $1::uuid, $2::uuid, $21::uuid, n.version, 'state_changed', n.recorded_at, 'staff', $10::uuid, $22::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $19::text)
  FROM recorded AS n CROSS JOIN before AS b
  WHERE b.state <> $19::text
)
SELECT n.id, $2::uuid AS referral_id, n.version, $4::text AS result, $5::text AS method, $6::text AS counterpart,
       $7::text AS counterpart_name, $8::uuid AS held_by, n.held_at, n.children, n.topics, $13::text AS referrer_view,
       $14::text AS shared_understanding, $15::text AS effect_on_rating, $16::text AS note,
       $17::boolean AS confirmed_no_topic_open, $10::uuid AS recorded_by, n.recorded_at,
       $18::boolean AS counts_as_discussion, $24::text[] AS why_not
FROM recorded AS n;
