-- Gives a follow-up of a referral, which this transaction has locked, another time from its original start. Changes nothing,
-- and gives no row, where time and rule stay what they are. A timing that was past due keeps exactly one flag, cleared
-- (see end).
-- $1 uuid   partnership         $2 uuid  calendar    $3 uuid  follow-up   $4 integer  version of the referral after the change
-- $5 text   policy              $6 text  source
-- $7 text   rule                $8 text  unit        $9 integer  amount
-- $10 text  rule of the bound   $11 text  its unit   $12 integer  its amount, from receipt; null: no bound
-- $13 text  rule where the need was found after the bound   $14 text  its unit   $15 integer  its amount
-- $16 text  actor's kind        $17 uuid  actor      $18 uuid  request
-- $19 uuid  new flag            $20 uuid  event of that flag   $21 uuid  event of the re-timing   $22 uuid  event of the clearing
-- $23 uuid  the policy's row, null: the shipped one
-- $24 text  what of the record it is counted from (record_instant), null: its start
-- $25 text  why: facts, policy, calendar
WITH timed AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.kind, f.timing, f.due_at AS old_due_at, f.rule AS old_rule, d.due_at,
         CASE d.applies WHEN 'own' THEN b.at WHEN 'latest' THEN r.received_at ELSE f.started_at END AS counted_from,
         CASE d.applies WHEN 'own' THEN $7::text WHEN 'latest' THEN $7::text || ', by ' || $10::text ELSE $13::text END AS rule,
         CASE d.applies WHEN 'own' THEN $8::text WHEN 'latest' THEN $11::text ELSE $14::text END AS unit,
         CASE d.applies WHEN 'own' THEN $9::integer WHEN 'latest' THEN $12::integer ELSE $15::integer END AS amount
  FROM follow_up AS f
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
  CROSS JOIN LATERAL (SELECT CASE WHEN $24::text IS NULL THEN f.started_at ELSE i.at END AS at
                      FROM record_instant($1::uuid, $2::uuid, r.id, $24::text) AS i
                      OFFSET 0) AS b
  CROSS JOIN LATERAL bounded_due_instant($1::uuid, $2::uuid, b.at, $8::text, $9::integer, r.received_at,
                                         $11::text, $12::integer, $14::text, $15::integer) AS d
  WHERE f.partnership_id = $1::uuid AND f.id = $3::uuid AND f.state = 'open'
),
target AS MATERIALIZED (
  SELECT t.*, g.id AS flag_id, a.retimed_at, g.id IS NULL AND coalesce(t.old_due_at < a.retimed_at, false) AS flag_is_missing
  FROM timed AS t
  LEFT JOIN flag AS g ON g.partnership_id = $1::uuid AND g.follow_up_id = t.id AND g.timing = t.timing AND g.level = 1
  CROSS JOIN LATERAL (SELECT greatest(mashd_now(), g.raised_at) AS retimed_at) AS a
  WHERE t.due_at IS DISTINCT FROM t.old_due_at OR t.rule <> t.old_rule
),
retimed AS (
  UPDATE follow_up AS f
  SET timing = t.timing + 1, policy = $5::text, policy_id = $23::uuid, source = $6::text, rule = t.rule, unit = t.unit,
      amount = t.amount, counted_from = t.counted_from, due_at = t.due_at,
      due_problem = (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, t.counted_from, t.due_at) AS p)
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.id = t.id
),
cleared AS (
  UPDATE flag AS g
  SET cleared_at = t.retimed_at, cleared_by = 'retimed'
  FROM target AS t
  WHERE g.partnership_id = $1::uuid AND g.follow_up_id = t.id AND g.timing = t.timing AND g.cleared_at IS NULL
),
raised AS (
  INSERT INTO flag
    (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at, raised_at, cleared_at, cleared_by)
  SELECT $1::uuid, $19::uuid, t.id, t.referral_id, t.kind, t.timing, t.old_due_at, t.retimed_at, t.retimed_at, 'retimed'
  FROM target AS t
  WHERE t.flag_is_missing
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $20::uuid, $4::integer, 'flag_raised', t.old_due_at, 'system', NULL, $18::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'timing', t.timing, 'level', 1, 'breached_at', mashd_instant_text(t.old_due_at))
  FROM target AS t
  WHERE t.flag_is_missing
  UNION ALL
  SELECT $1::uuid, t.referral_id, $21::uuid, $4::integer, 'follow_up_retimed', t.retimed_at, $16::text, $17::uuid, $18::uuid,
         t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'reason', $25::text, 'policy', $5::text, 'rule', t.rule, 'unit', t.unit,
                            'amount', t.amount, 'timing', t.timing + 1, 'counted_from', mashd_instant_text(t.counted_from),
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
  FROM target AS t
  UNION ALL
  SELECT $1::uuid, t.referral_id, $22::uuid, $4::integer, 'flag_cleared', t.retimed_at, 'system', NULL, $18::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'timing', t.timing, 'level', 1, 'cleared_by', 'retimed')
  FROM target AS t
  WHERE t.flag_is_missing OR t.flag_id IS NOT NULL
)
SELECT t.id, t.due_at FROM target AS t;
