-- Records a decision on a referral that the caller has locked: the decision, what it cites, the referral, the events. Its
-- children follow by supersede and assign: the one that governs before must be gone before the new one is there.
-- $1 uuid  partnership    $2 uuid  referral    $3 uuid  decision    $4 text  stage    $5 text  outcome
-- $6 text  legal basis    $7 text  which other one                  $8 text  level of need   $9 text  rationale
-- $10 jsonb history considered                 $11 text  undiscussed reason
-- $12 uuid decided by     $13 uuid  authorised by                   $14 uuid  agreed by
-- $15 timestamptz  when, null: now; a future moment counts as now
-- $16 jsonb  exceptions   $17 uuid[]  children, null: all           $18 jsonb  [{contact_attempt_id, effect}]
-- $19 text  state afterwards
-- $20 uuid  event 'decided'   $21 uuid  event 'state_changed'   $22 uuid  request
-- $23 boolean  whether it waits for somebody's word: then it governs nobody, and the state stays
WITH before AS MATERIALIZED (
  SELECT r.state, m.decided_at, d.due_at AS next_working_day_at,
         coalesce($17::uuid[], ARRAY(SELECT k.id FROM referral_child AS k
                                     WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid
                                     ORDER BY k.ordinal)) AS children
  FROM referral AS r
  CROSS JOIN (SELECT least(coalesce($15::timestamptz, mashd_now()), mashd_now()) AS decided_at) AS m
  LEFT JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
  LEFT JOIN LATERAL due_instant($1::uuid, k.id, m.decided_at, 'working_days', 1) AS d ON true
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $19::text
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO decision
    (partnership_id, referral_id, id, version, stage, outcome, legal_basis, legal_basis_text, level_of_need, rationale,
     history_considered, undiscussed_reason, decided_by, authorised_by, agreed_by, decided_at, next_working_day_at, exceptions,
     children)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::jsonb,
         $11::text, $12::uuid, $13::uuid, $14::uuid, b.decided_at, b.next_working_day_at, $16::jsonb,
         b.children
  FROM before AS b CROSS JOIN changed AS c
),
cited AS (
  INSERT INTO decision_discussion (partnership_id, referral_id, decision_id, contact_attempt_id, effect)
  SELECT $1::uuid, $2::uuid, $3::uuid, x.contact_attempt_id, x.effect
  FROM jsonb_to_recordset($18::jsonb) AS x (contact_attempt_id uuid, effect text)
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $20::uuid, c.version, 'decided', b.decided_at, 'staff', $12::uuid, $22::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('decision_id', $3::uuid, 'stage', $4::text, 'outcome', $5::text,
           'children', to_jsonb(b.children), 'undiscussed_reason', $11::text, 'authorised_by', $13::uuid,
           'agreed_by', $14::uuid, 'awaits_sign_off', CASE WHEN $23::boolean THEN true END,
           'exceptions', (SELECT jsonb_agg(x -> 'code' ORDER BY o)
                          FROM jsonb_array_elements($16::jsonb) WITH ORDINALITY AS e (x, o))))
  FROM before AS b CROSS JOIN changed AS c
  UNION ALL
  SELECT $1::uuid, $2::uuid, $21::uuid, c.version, 'state_changed', mashd_now(), 'staff', $12::uuid, $22::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $19::text)
  FROM before AS b CROSS JOIN changed AS c
  WHERE b.state <> $19::text
)
SELECT c.version FROM changed AS c;
