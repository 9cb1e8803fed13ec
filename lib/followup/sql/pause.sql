-- Pauses an open follow-up that this transaction has locked, brought up to date and found fit for it (pause_facts). Its due
-- instant becomes the one that holds if nobody resumes it before: so no job has to run for the clock to be right.
-- $1 uuid         partnership   $2 uuid  calendar   $3 uuid  follow-up
-- $4 integer      version of the referral after the change; null with a rejected submission
-- $5 text         reason        $6 text  words      $7 timestamptz  until when
-- $8 uuid         staff         $9 uuid  request    $10 uuid  new pause   $11 uuid  new event
WITH timed AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.kind, f.timing, f.unit, f.amount, f.due_at AS old_due_at, f.signals, a.paused_at,
         least(due_after_pauses($1::uuid, $2::uuid, f.id, d.due_at, f.unit, a.paused_at, $7::timestamptz), f.limit_at) AS due_at
  FROM follow_up AS f
  CROSS JOIN LATERAL (SELECT greatest(mashd_now(), f.timed_at) AS paused_at OFFSET 0) AS a
  CROSS JOIN LATERAL due_instant($1::uuid, $2::uuid, coalesce(f.counted_from, f.started_at), f.unit, f.amount) AS d
  WHERE f.partnership_id = $1::uuid AND f.id = $3::uuid AND f.state = 'open'
),
target AS MATERIALIZED (
  SELECT t.*, w.warn_at
  FROM timed AS t
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, t.due_at, t.signals, $7::timestamptz) AS w
),
paused AS (
  UPDATE follow_up AS f
  SET timing = t.timing + 1, due_at = t.due_at, due_problem = CASE WHEN t.due_at IS NULL THEN 'calendar_ends' END,
      timed_at = t.paused_at, warn_at = t.warn_at, warned_at = NULL, paused_until = $7::timestamptz, pause_reason = $5::text
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.id = t.id
),
kept AS (
  INSERT INTO follow_up_pause (partnership_id, follow_up_id, id, reason, note, paused_at, paused_by, until_at)
  SELECT $1::uuid, t.id, $10::uuid, $5::text, $6::text, t.paused_at, $8::uuid, $7::timestamptz
  FROM target AS t
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $11::uuid, $4::integer, 'follow_up_paused', t.paused_at, 'staff', $8::uuid, $9::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'reason', $5::text, 'note', $6::text, 'timing', t.timing + 1,
                            'paused_until', mashd_instant_text($7::timestamptz),
                            'due_at_before', mashd_instant_text(t.old_due_at), 'due_at', mashd_instant_text(t.due_at))
  FROM target AS t
  WHERE t.referral_id IS NOT NULL
)
SELECT t.id, t.due_at FROM target AS t;
