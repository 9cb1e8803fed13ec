-- A follow-up by its id.
-- $1 uuid  partnership   $2 uuid  follow-up
-- result: json
SELECT f.id, f.referral_id, f.kind, f.state, f.timing, f.started_at, f.unit, f.amount, f.due_at, f.due_problem,
       f.state = 'open' AND coalesce(f.due_at < mashd_now(), false) AS overdue,
       CASE WHEN f.paused_until > mashd_now() THEN f.paused_until END AS paused_until,
       CASE WHEN f.paused_until > mashd_now() THEN f.pause_reason END AS pause_reason, f.warned_at, f.flag_level AS level,
       f.met_at, f.met_recorded_at, f.ended_at, f.ended_by, f.waived_reason, f.source, f.responsible
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid;
