-- Gives open follow-ups of a referral, which this transaction has locked and brought up to date (sweep), other times, each from
-- its original start. What was paused still counts: its pauses move the new time too. A pause that leaves no time to wait, or
-- may not be, ends here. One that gets the time that it has, by the same rule, stays what it is; where another version of the
-- policy gives it that time, it is judged by that version from now on. One that is overdue keeps its ladder. A timing's standing
-- flags are cleared. A row for each that has changed.
-- $1 uuid     partnership   $2 uuid  calendar   $3 uuid  referral   $4 integer  its version after the change
-- $5 jsonb    the times, as an array of
--   id            the follow-up
--   policy, policy_id, source   by which it is judged then; policy_id null: the shipped one
--   rule, unit, amount, counted_from   its own time; counted_from as in record_instant, null: its start
--   latest_rule, latest_unit, latest_amount   the bound, from receipt; null: no bound
--   after_rule, after_unit, after_amount      the bound where the need was found after that one, or after its own time, counted from the record
--   signals       the rule's (0011), null: none
--   by_rating     whether the rating decides about that time
--   resumed_event, retimed_event, cleared_event   of a pause's end, of the re-timing, and what those of clearings follow
-- $6 text     actor's kind   $7 uuid  actor   $8 uuid  request
-- $9 text     why: facts, policy, calendar. Of the facts it is the rating, for a time that this decides about, where this change has
--             written down that it is another one now
-- $10 boolean whether a pause may go on: never on red
WITH rerated AS MATERIALIZED (
  SELECT e.data ->> 'from' AS rating_before, e.data ->> 'to' AS rating
  FROM event AS e
  WHERE e.partnership_id = $1::uuid AND e.referral_id = $3::uuid AND e.version = $4::integer AND e.type = 'rating_changed'
    AND $9::text = 'facts'
  ORDER BY e.recorded_at DESC, e.id DESC LIMIT 1
),
based AS MATERIALIZED (
  SELECT f.ctid AS place, f.id, f.referral_id, f.kind, f.timing, f.due_at AS old_due_at, f.rule AS old_rule,
         f.signals AS old_signals, f.policy_id AS old_policy_id, f.pause_reason, p.id AS pause_id, p.paused_at, p.until_at,
         w.policy, w.policy_id, w.source, w.signals, w.by_rating, w.resumed_event, w.retimed_event, w.cleared_event,
         d.due_at AS base_at, d.limit_at, a.retimed_at,
         CASE d.applies WHEN 'own' THEN b.at WHEN 'latest' THEN r.received_at ELSE f.started_at END AS counted_from,
         CASE d.applies WHEN 'own' THEN w.rule WHEN 'latest' THEN w.rule || ', by ' || w.latest_rule ELSE w.after_rule END AS rule,
         CASE d.applies WHEN 'own' THEN w.unit WHEN 'latest' THEN w.latest_unit ELSE w.after_unit END AS unit,
         CASE d.applies WHEN 'own' THEN w.amount WHEN 'latest' THEN w.latest_amount ELSE w.after_amount END AS amount
  FROM follow_up AS f
  JOIN jsonb_to_recordset($5::jsonb) AS w (
       id uuid, policy text, policy_id uuid, source text, rule text, unit text, amount integer, counted_from text,
       latest_rule text, latest_unit text, latest_amount integer, after_rule text, after_unit text, after_amount integer,
       signals jsonb, by_rating boolean, resumed_event uuid, retimed_event uuid, cleared_event uuid) ON w.id = f.id
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = $3::uuid
  LEFT JOIN follow_up_pause AS p ON p.partnership_id = $1::uuid AND p.follow_up_id = f.id AND p.ended_at IS NULL
  LEFT JOIN LATERAL (SELECT max(g.raised_at) AS raised_at
                     FROM flag AS g
                     WHERE g.partnership_id = $1::uuid AND g.follow_up_id = f.id AND g.timing = f.timing) AS g ON true
  CROSS JOIN LATERAL (SELECT greatest(mashd_now(), f.timed_at, g.raised_at) AS retimed_at) AS a
  CROSS JOIN LATERAL (SELECT CASE WHEN w.counted_from IS NULL THEN f.started_at ELSE i.at END AS at
                      FROM record_instant($1::uuid, $2::uuid, $3::uuid, w.counted_from) AS i
                      OFFSET 0) AS b
  CROSS JOIN LATERAL follow_up_due_instant($1::uuid, $2::uuid, f.started_at, b.at, w.unit, w.amount, r.received_at,
                                           w.latest_unit, w.latest_amount, w.after_unit, w.after_amount) AS d
  WHERE f.partnership_id = $1::uuid AND f.referral_id = $3::uuid AND f.state = 'open'
),
waiting AS MATERIALIZED (
  SELECT b.*, b.pause_id IS NOT NULL AND (NOT $10::boolean OR coalesce(w.due_at < b.until_at, false)) AS stops,
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
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, t.due_at, t.signals,
                                  greatest(t.retimed_at, CASE WHEN NOT t.stops THEN t.until_at END)) AS s
  WHERE t.due_at IS DISTINCT FROM t.old_due_at OR t.rule <> t.old_rule OR t.stops
     OR (t.old_signals IS DISTINCT FROM t.signals AND coalesce(t.due_at >= t.retimed_at, true))
),
judged AS (
  UPDATE follow_up AS f
  SET policy = t.policy, policy_id = t.policy_id, source = t.source
  FROM timed AS t
  WHERE f.partnership_id = $1::uuid AND f.ctid = t.place AND t.policy_id IS DISTINCT FROM t.old_policy_id
    AND NOT EXISTS (SELECT FROM target AS a WHERE a.id = t.id)
),
retimed AS (
  UPDATE follow_up AS f
  SET timing = t.timing + 1, policy = t.policy, policy_id = t.policy_id, source = t.source, rule = t.rule, unit = t.unit,
      amount = t.amount, counted_from = t.counted_from, due_at = t.due_at,
      due_problem = (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, t.counted_from, t.due_at) AS p),
      timed_at = t.retimed_at, limit_at = t.limit_at, signals = t.signals, warn_at = t.warn_at, warned_at = NULL,
      flag_level = 0, next_flag_at = 'infinity',
      paused_until = CASE WHEN NOT t.stops THEN f.paused_until END, pause_reason = CASE WHEN NOT t.stops THEN f.pause_reason END
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.ctid = t.place
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
  RETURNING g.follow_up_id, g.level
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, t.resumed_event, $4::integer, 'follow_up_resumed', t.retimed_at, 'system', NULL, $8::uuid, t.id,
         'hub',
         jsonb_build_object('kind', t.kind, 'reason', CASE WHEN $10::boolean THEN 'no_time_left' ELSE 'red' END,
                            'paused_for', t.pause_reason, 'timing', t.timing + 1,
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
  FROM target AS t
  WHERE t.stops
  UNION ALL
  SELECT $1::uuid, t.referral_id, t.retimed_event, $4::integer, 'follow_up_retimed', t.retimed_at, $6::text, $7::uuid, $8::uuid,
         t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'reason', CASE WHEN g.rating IS NULL THEN $9::text ELSE 'rating' END, 'policy', t.policy,
                            'rule', t.rule, 'unit', t.unit, 'amount', t.amount, 'timing', t.timing + 1, 'counted_from', mashd_instant_text(t.counted_from),
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
         || CASE WHEN t.limit_at IS NULL THEN '{}' ELSE jsonb_build_object('limit_at', mashd_instant_text(t.limit_at)) END
         || CASE WHEN g.rating IS NULL THEN '{}' ELSE jsonb_build_object('rating_before', g.rating_before, 'rating', g.rating) END
  FROM target AS t
  LEFT JOIN rerated AS g ON t.by_rating
  UNION ALL
  SELECT $1::uuid, t.referral_id, mashd_uuid_after(t.cleared_event, c.level), $4::integer, 'flag_cleared', t.retimed_at, 'system', NULL,
         $8::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'timing', t.timing, 'level', c.level, 'cleared_by', 'retimed')
  FROM target AS t
  JOIN cleared AS c ON c.follow_up_id = t.id
)
SELECT t.id FROM target AS t;
