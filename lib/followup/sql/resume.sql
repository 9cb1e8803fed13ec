-- Ends the running pause of a follow-up that this transaction has locked and brought up to date, before it would end by itself:
-- what was left of its time counts from now.
-- $1 uuid     partnership     $2 uuid  calendar   $3 uuid  follow-up
-- $4 integer  version of the referral after the change; null with a rejected submission
-- $5 text     why: asked, red   $10 text  words
-- $6 text     actor's kind    $7 uuid  actor      $8 uuid  request   $9 uuid  new event
WITH timed AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.kind, f.timing, f.due_at AS old_due_at, f.signals, f.pause_reason, p.id AS pause_id, a.resumed_at,
         least(due_after_pauses($1::uuid, $2::uuid, f.id, d.due_at, f.unit, p.paused_at, a.resumed_at), f.limit_at) AS due_at
  FROM follow_up AS f
  JOIN follow_up_pause AS p ON p.partnership_id = $1::uuid AND p.follow_up_id = f.id AND p.ended_at IS NULL
  CROSS JOIN LATERAL (SELECT least(greatest(mashd_now(), f.timed_at), p.until_at) AS resumed_at OFFSET 0) AS a
  CROSS JOIN LATERAL due_instant($1::uuid, $2::uuid, coalesce(f.counted_from, f.started_at), f.unit, f.amount) AS d
  WHERE f.partnership_id = $1::uuid AND f.id = $3::uuid AND f.state = 'open'
),
target AS MATERIALIZED (
  SELECT t.*, w.warn_at
  FROM timed AS t
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, t.due_at, t.signals, t.resumed_at) AS w
),
resumed AS (
  UPDATE follow_up AS f
  SET timing = t.timing + 1, due_at = t.due_at, due_problem = CASE WHEN t.due_at IS NULL THEN 'calendar_ends' END,
      timed_at = t.resumed_at, warn_at = t.warn_at, warned_at = NULL, paused_until = NULL, pause_reason = NULL
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.id = t.id
),
ended AS (
  UPDATE follow_up_pause AS p
  SET ended_at = t.resumed_at, ended_by = CASE WHEN $6::text = 'staff' THEN $7::uuid END
  FROM target AS t
  WHERE p.partnership_id = $1::uuid AND p.follow_up_id = t.id AND p.id = t.pause_id
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $9::uuid, $4::integer, 'follow_up_resumed', t.resumed_at, $6::text, $7::uuid, $8::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'reason', $5::text, 'paused_for', t.pause_reason, 'timing', t.timing + 1,
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
         || jsonb_strip_nulls(jsonb_build_object('note', $10::text))
  FROM target AS t
  WHERE t.referral_id IS NOT NULL
)
SELECT t.id, t.due_at FROM target AS t;
