-- Gives a follow-up of a referral, which this transaction has locked and brought up to date (sweep), another time from its
-- original start. What was paused still counts: its pauses move the new time too. A pause that leaves no time to wait, or may
-- not be, ends here. Changes nothing, and gives no row, where all stays what it is; one that is overdue keeps its ladder.
-- A timing's standing flags are cleared.
-- $1 uuid   partnership         $2 uuid  calendar    $3 uuid  follow-up   $4 integer  version of the referral after the change
-- $5 text   policy              $6 text  source
-- $7 text   rule                $8 text  unit        $9 integer  amount
-- $10 text  rule of the bound   $11 text  its unit   $12 integer  its amount, from receipt; null: no bound
-- $13 text  rule where the need was found after the bound   $14 text  its unit   $15 integer  its amount
-- $16 text  actor's kind        $17 uuid  actor      $18 uuid  request
-- $19 uuid  event of a pause's end   $20 uuid  event of the re-timing   $21 uuid  identifier that those of the clearings follow
-- $22 uuid  the policy's row, null: the shipped one
-- $23 text  what of the record it is counted from (record_instant), null: its start
-- $24 text  why: facts, policy, calendar
-- $25 jsonb the rule's signals (0011), null: none
-- $26 boolean  whether a pause may go on: never on red
WITH based AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.kind, f.timing, f.due_at AS old_due_at, f.rule AS old_rule, f.signals AS old_signals,
         f.pause_reason, p.id AS pause_id, p.paused_at, p.until_at, d.due_at AS base_at, d.limit_at, a.retimed_at,
         CASE d.applies WHEN 'own' THEN b.at WHEN 'latest' THEN r.received_at ELSE f.started_at END AS counted_from,
         CASE d.applies WHEN 'own' THEN $7::text WHEN 'latest' THEN $7::text || ', by ' || $10::text ELSE $13::text END AS rule,
         CASE d.applies WHEN 'own' THEN $8::text WHEN 'latest' THEN $11::text ELSE $14::text END AS unit,
         CASE d.applies WHEN 'own' THEN $9::integer WHEN 'latest' THEN $12::integer ELSE $15::integer END AS amount
  FROM follow_up AS f
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
  LEFT JOIN follow_up_pause AS p ON p.partnership_id = $1::uuid AND p.follow_up_id = f.id AND p.ended_at IS NULL
  LEFT JOIN LATERAL (SELECT max(g.raised_at) AS raised_at
                     FROM flag AS g
                     WHERE g.partnership_id = $1::uuid AND g.follow_up_id = f.id AND g.timing = f.timing) AS g ON true
  CROSS JOIN LATERAL (SELECT greatest(mashd_now(), f.timed_at, g.raised_at) AS retimed_at) AS a
  CROSS JOIN LATERAL (SELECT CASE WHEN $23::text IS NULL THEN f.started_at ELSE i.at END AS at
                      FROM record_instant($1::uuid, $2::uuid, r.id, $23::text) AS i
                      OFFSET 0) AS b
  CROSS JOIN LATERAL bounded_due_instant($1::uuid, $2::uuid, b.at, $8::text, $9::integer, r.received_at,
                                         $11::text, $12::integer, $14::text, $15::integer) AS d
  WHERE f.partnership_id = $1::uuid AND f.id = $3::uuid AND f.state = 'open'
),
waiting AS MATERIALIZED (
  SELECT b.*, b.pause_id IS NOT NULL AND (NOT $26::boolean OR coalesce(w.due_at < b.until_at, false)) AS stops,
         w.due_at AS waits_until
  FROM based AS b
  CROSS JOIN LATERAL (SELECT least(due_after_pauses($1::uuid, $2::uuid, b.id, b.base_at, b.unit, b.paused_at, b.until_at),
                                   b.limit_at) AS due_at
                      OFFSET 0) AS w
),
timed AS MATERIALIZED (
  SELECT w.*, CASE WHEN NOT w.stops THEN w.waits_until
                   ELSE least(due_after_pauses($1::uuid, $2::uuid, w.id, w.base_at, w.unit, w.paused_at,
                                               least(w.retimed_at, w.until_at)), w.limit_at) END AS due_at
  FROM waiting AS w
),
target AS MATERIALIZED (
  SELECT t.*, s.warn_at
  FROM timed AS t
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, t.due_at, $25::jsonb,
                                  greatest(t.retimed_at, CASE WHEN NOT t.stops THEN t.until_at END)) AS s
  WHERE t.due_at IS DISTINCT FROM t.old_due_at OR t.rule <> t.old_rule OR t.stops
     OR (t.old_signals IS DISTINCT FROM $25::jsonb AND coalesce(t.due_at >= t.retimed_at, true))
),
retimed AS (
  UPDATE follow_up AS f
  SET timing = t.timing + 1, policy = $5::text, policy_id = $22::uuid, source = $6::text, rule = t.rule, unit = t.unit,
      amount = t.amount, counted_from = t.counted_from, due_at = t.due_at,
      due_problem = (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, t.counted_from, t.due_at) AS p),
      timed_at = t.retimed_at, limit_at = t.limit_at, signals = $25::jsonb, warn_at = t.warn_at, warned_at = NULL,
      flag_level = 0, next_flag_at = 'infinity',
      paused_until = CASE WHEN NOT t.stops THEN f.paused_until END, pause_reason = CASE WHEN NOT t.stops THEN f.pause_reason END
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.id = t.id
),
pause_ended AS (
  UPDATE follow_up_pause AS p
  SET ended_at = least(t.retimed_at, p.until_at)
  FROM target AS t
  WHERE p.partnership_id = $1::uuid AND p.follow_up_id = t.id AND p.id = t.pause_id AND t.stops
),
cleared AS (
  UPDATE flag AS g
  SET cleared_at = t.retimed_at, cleared_by = 'retimed'
  FROM target AS t
  WHERE g.partnership_id = $1::uuid AND g.follow_up_id = t.id AND g.timing = t.timing AND g.cleared_at IS NULL
  RETURNING g.level
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $19::uuid, $4::integer, 'follow_up_resumed', t.retimed_at, 'system', NULL, $18::uuid, t.id,
         'hub',
         jsonb_build_object('kind', t.kind, 'reason', CASE WHEN $26::boolean THEN 'no_time_left' ELSE 'red' END,
                            'paused_for', t.pause_reason, 'timing', t.timing + 1,
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
  FROM target AS t
  WHERE t.stops
  UNION ALL
  SELECT $1::uuid, t.referral_id, $20::uuid, $4::integer, 'follow_up_retimed', t.retimed_at, $16::text, $17::uuid, $18::uuid,
         t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'reason', $24::text, 'policy', $5::text, 'rule', t.rule, 'unit', t.unit,
                            'amount', t.amount, 'timing', t.timing + 1, 'counted_from', mashd_instant_text(t.counted_from),
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
         || CASE WHEN t.limit_at IS NULL THEN '{}' ELSE jsonb_build_object('limit_at', mashd_instant_text(t.limit_at)) END
  FROM target AS t
  UNION ALL
  SELECT $1::uuid, t.referral_id, mashd_uuid_after($21::uuid, c.level), $4::integer, 'flag_cleared', t.retimed_at, 'system', NULL,
         $18::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'timing', t.timing, 'level', c.level, 'cleared_by', 'retimed')
  FROM target AS t
  CROSS JOIN cleared AS c
)
SELECT t.id, t.due_at FROM target AS t;
