-- Ends an open follow-up that this transaction has locked, and brought up to date (sweep): met, waived or cancelled. Its
-- standing flags are cleared. A pause that it ends in has no end of its own. The end is never before a flag that another
-- transaction, begun later than this one, has raised
-- meanwhile, nor before the timing.
-- $1 uuid         partnership            $2 uuid  follow-up
-- $3 text         met, waived, cancelled
-- $4 timestamptz  when it was met, null: now
-- $5 text         why it is waived, or cancelled
-- $6 integer      version of the referral after the change; null with a rejected submission
-- $7 text         actor's kind           $8 uuid  actor   $9 uuid  request
-- $10 uuid        event of the end       $11 uuid  identifier that those of the other events follow
WITH target AS MATERIALIZED (
  SELECT f.id, f.referral_id, f.rejected_submission_id, f.kind, f.timing, f.due_at, t.ended_at,
         CASE WHEN $3::text = 'met' THEN coalesce($4::timestamptz, t.ended_at) END AS met_at,
         CASE WHEN $3::text <> 'met' THEN $3::text
              WHEN coalesce($4::timestamptz, t.ended_at) <= f.due_at THEN 'met_in_time_logged_late'
              ELSE 'met' END AS cleared_by
  FROM follow_up AS f
  LEFT JOIN LATERAL (SELECT max(g.raised_at) AS raised_at
                     FROM flag AS g
                     WHERE g.partnership_id = $1::uuid AND g.follow_up_id = f.id AND g.timing = f.timing) AS g ON true
  CROSS JOIN LATERAL (SELECT greatest(mashd_now(), f.timed_at, g.raised_at) AS ended_at) AS t
  WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid AND f.state = 'open'
),
ended AS (
  UPDATE follow_up AS f
  SET state = $3::text, met_at = t.met_at, met_recorded_at = CASE WHEN $3::text = 'met' THEN t.ended_at END,
      ended_at = t.ended_at, ended_by = CASE WHEN $7::text = 'staff' THEN $8::uuid END, waived_reason = CASE WHEN $3::text = 'waived' THEN $5::text END,
      paused_until = NULL, pause_reason = NULL
  FROM target AS t
  WHERE f.partnership_id = $1::uuid AND f.id = t.id
),
settled AS (
  UPDATE rejected_submission AS j
  SET resolved_at = t.ended_at
  FROM target AS t
  WHERE j.partnership_id = $1::uuid AND j.id = t.rejected_submission_id AND j.resolved_at IS NULL
),
cleared AS (
  UPDATE flag AS g
  SET cleared_at = t.ended_at, cleared_by = t.cleared_by
  FROM target AS t
  WHERE g.partnership_id = $1::uuid AND g.follow_up_id = t.id AND g.timing = t.timing AND g.cleared_at IS NULL
  RETURNING g.level
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $10::uuid, $6::integer, 'follow_up_' || $3::text, coalesce(t.met_at, t.ended_at), $7::text,
         $8::uuid, $9::uuid, t.id, CASE WHEN t.kind IN ('acknowledge', 'discuss', 'feedback') THEN 'agency' ELSE 'hub' END,
         jsonb_strip_nulls(jsonb_build_object('kind', t.kind, 'timing', t.timing, 'due_at', mashd_instant_text(t.due_at),
                                              'reason', $5::text))
  FROM target AS t
  WHERE t.referral_id IS NOT NULL
  UNION ALL
  SELECT $1::uuid, t.referral_id, mashd_uuid_after($11::uuid, c.level), $6::integer, 'flag_cleared', t.ended_at, 'system', NULL,
         $9::uuid, t.id, 'hub',
         jsonb_build_object('kind', t.kind, 'timing', t.timing, 'level', c.level, 'cleared_by', t.cleared_by)
  FROM target AS t
  CROSS JOIN cleared AS c
  WHERE t.referral_id IS NOT NULL
)
SELECT t.id, t.kind FROM target AS t;
