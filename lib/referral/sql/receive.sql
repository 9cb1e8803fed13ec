-- Takes referrals in, each with everything that a receipt opens: one statement for as many as wait, the fast way of the
-- batch writer. A record gives no row, and changes nothing, where it is not plainly a new referral: its idempotency key is
-- known, its agency has used the reference before, or an earlier post with that reference was refused. Such a post goes the
-- ordinary way (lib/referral/intake.c), which calls this with `plain` false. A race that these look-ups cannot see ends in a
-- unique violation, and then goes the ordinary way too. Otherwise one row per follow-up. (Scalar look-ups, not NOT EXISTS:
-- that would be hashed, and read all keys of the partnership for each batch.)
-- $1 uuid   partnership
-- $2 uuid   calendar
-- $3 jsonb  records: lib/referral/record_text.c writes them
-- result: json
WITH record AS MATERIALIZED (
  SELECT r.*, least(r.received_at, mashd_now()) AS received
  FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (
         plain boolean, key_id uuid, first_key_id uuid, operation text, idempotency_key text, id uuid, reference text,
         agency_id uuid, agency_reference text, folded_reference text, reference_reused boolean, incident_reference text,
         channel text, record_kind text, source text, received_at timestamptz, rating text, immediate_protection_needed boolean,
         topics_offered text, child_names text, document jsonb, quality_issues jsonb, submission_id uuid,
         contract_version text, body_digest text, body text, children jsonb, household jsonb, follow_ups jsonb, policy text,
         policy_id uuid, event_id uuid, actor_kind text, actor_id uuid, request_id uuid)) WITH ORDINALITY AS r (
         plain, key_id, first_key_id, operation, idempotency_key, id, reference, agency_id, agency_reference,
         folded_reference, reference_reused, incident_reference, channel, record_kind, source, received_at, rating,
         immediate_protection_needed, topics_offered, child_names, document, quality_issues, submission_id, contract_version,
         body_digest, body, children, household, follow_ups, policy, policy_id, event_id, actor_kind, actor_id, request_id,
         item)
  WHERE NOT r.plain OR (
    (SELECT true FROM idempotency_key AS k
     WHERE k.partnership_id = $1::uuid AND k.key_id = r.first_key_id AND k.operation = r.operation
       AND k.idempotency_key = r.idempotency_key LIMIT 1) IS NULL
    AND (SELECT true FROM referral AS e
         WHERE e.partnership_id = $1::uuid AND e.agency_id = r.agency_id
           AND e.agency_reference_folded = r.folded_reference AND NOT e.reference_reused LIMIT 1) IS NULL
    AND (SELECT true FROM rejected_submission AS j
         WHERE j.partnership_id = $1::uuid AND j.agency_id = r.agency_id
           AND j.agency_reference_folded = r.folded_reference AND j.resolved_at IS NULL LIMIT 1) IS NULL)
),
-- When duty has to take over a red one that falls due while the calendar is closed, or comes while it is: as
-- lib/followup/sql/out_of_hours.sql.
falls AS MATERIALIZED (
  SELECT record.item, CASE WHEN bool_or(k.closed) THEN mashd_now() ELSE min(s.closed_at) END AS at
  FROM record
  CROSS JOIN LATERAL jsonb_to_recordset(record.follow_ups) AS f (unit text, amount integer, urgent boolean)
  CROSS JOIN calendar_closed($1::uuid, $2::uuid, mashd_now()) AS k
  CROSS JOIN LATERAL (SELECT d.due_at FROM due_instant($1::uuid, $2::uuid, record.received, f.unit, f.amount) AS d OFFSET 0) AS o
  CROSS JOIN LATERAL (SELECT d.due_at FROM due_instant($1::uuid, $2::uuid, mashd_now(), f.unit, f.amount) AS d OFFSET 0) AS a
  CROSS JOIN LATERAL closed_since($1::uuid, $2::uuid, CASE WHEN o.due_at > mashd_now() THEN o.due_at
                                                           WHEN a.due_at > mashd_now() THEN a.due_at END) AS s
  WHERE record.rating = 'red' AND f.urgent
  GROUP BY record.item
  HAVING bool_or(k.closed) OR min(s.closed_at) IS NOT NULL
),
timed AS MATERIALIZED (
  SELECT record.item, record.id AS referral_id, record.received, record.policy, record.policy_id, record.request_id,
         f.id, f.kind, f.source, f.met, f.opened_event, f.met_event, f.signals, w.warn_at, l.due_at AS limit_at, y.due_at,
         CASE WHEN f.for_duty THEN falls.at ELSE record.received END AS started_at,
         CASE WHEN x.bound_applies THEN record.received ELSE b.at END AS counted_from,
         CASE WHEN x.bound_applies THEN f.rule || ', by ' || f.latest_rule ELSE f.rule END AS rule,
         CASE WHEN x.bound_applies THEN f.latest_unit ELSE f.unit END AS unit,
         CASE WHEN x.bound_applies THEN f.latest_amount ELSE f.amount END AS amount,
         (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, b.at, coalesce(o.due_at, l.due_at)) AS p) AS due_problem
  FROM record
  CROSS JOIN LATERAL jsonb_to_recordset(record.follow_ups) AS f (
    id uuid, kind text, unit text, amount integer, since text, rule text, source text, met boolean, latest_rule text,
    latest_unit text, latest_amount integer, signals jsonb, when_closed boolean, for_duty boolean, opened_event uuid,
    met_event uuid)
  LEFT JOIN falls ON falls.item = record.item
  CROSS JOIN LATERAL (
    SELECT CASE f.since WHEN 'expected_date_of_delivery' THEN (
             SELECT min(c.expected_date_of_delivery)::timestamp AT TIME ZONE min(z.time_zone)
             FROM jsonb_to_recordset(record.children) AS c (expected_date_of_delivery date)
             JOIN calendar AS z ON z.partnership_id = $1::uuid AND z.id = $2::uuid)
           ELSE CASE WHEN f.for_duty THEN falls.at ELSE record.received END END AS at
    OFFSET 0) AS b
  -- OFFSET 0 keeps each worked out once, however often it is named above.
  CROSS JOIN LATERAL (SELECT d.due_at FROM due_instant($1::uuid, $2::uuid, b.at, f.unit, f.amount) AS d OFFSET 0) AS o
  CROSS JOIN LATERAL (SELECT d.due_at FROM due_instant($1::uuid, $2::uuid, record.received, f.latest_unit, f.latest_amount) AS d
                      OFFSET 0) AS l
  CROSS JOIN LATERAL (SELECT coalesce(l.due_at < coalesce(o.due_at, 'infinity'), false) AS bound_applies) AS x
  CROSS JOIN LATERAL (SELECT least(o.due_at, l.due_at) AS due_at OFFSET 0) AS y
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, y.due_at, f.signals, mashd_now()) AS w
  -- What opens only while the calendar is closed, or open: it alone knows.
  WHERE (f.when_closed IS NULL
         OR f.when_closed = (SELECT k.closed FROM calendar_closed($1::uuid, $2::uuid, record.received) AS k))
    AND (f.for_duty IS NULL OR falls.at IS NOT NULL)
),
new_referral AS (
  INSERT INTO referral
    (partnership_id, id, reference, agency_id, agency_reference, reference_reused, incident_reference, channel, record_kind,
     source, received_at, rating, immediate_protection_needed, topics_offered, next_due_at, next_due_kind, child_names,
     child_count, document, quality_issues)
  SELECT $1::uuid, r.id, r.reference, r.agency_id, r.agency_reference, r.reference_reused, r.incident_reference, r.channel,
         r.record_kind, r.source, r.received, r.rating, r.immediate_protection_needed, r.topics_offered::text[],
         coalesce(n.due_at, 'infinity'), n.kind, r.child_names, jsonb_array_length(r.children), r.document, r.quality_issues
  FROM record AS r
  LEFT JOIN LATERAL (SELECT t.due_at, t.kind
                     FROM timed AS t
                     WHERE t.item = r.item AND NOT t.met AND t.due_at IS NOT NULL
                     ORDER BY t.due_at, t.kind LIMIT 1) AS n ON true
),
new_submission AS (
  INSERT INTO submission
    (partnership_id, referral_id, id, kind, key_id, agency_reference, contract_version, body_digest, body, quality_issues)
  SELECT $1::uuid, r.id, r.submission_id, 'first', r.key_id, r.agency_reference, r.contract_version, r.body_digest, r.body,
         r.quality_issues
  FROM record AS r
),
new_children AS (
  INSERT INTO referral_child
    (partnership_id, referral_id, id, ordinal, date_of_birth, expected_date_of_delivery, nhs_number, upn, document)
  SELECT $1::uuid, r.id, c.id, c.ordinal, c.date_of_birth, c.expected_date_of_delivery, c.nhs_number, c.upn, c.document
  FROM record AS r
  CROSS JOIN LATERAL jsonb_to_recordset(r.children) AS c (id uuid, ordinal smallint, date_of_birth date,
                                                  expected_date_of_delivery date, nhs_number text, upn text, document jsonb)
),
new_household AS (
  INSERT INTO referral_household (partnership_id, referral_id, id, ordinal, date_of_birth, document)
  SELECT $1::uuid, r.id, h.id, h.ordinal, h.date_of_birth, h.document
  FROM record AS r
  CROSS JOIN LATERAL jsonb_to_recordset(r.household) AS h (id uuid, ordinal smallint, date_of_birth date, document jsonb)
),
uncompared AS (
  INSERT INTO uncompared_referral (partnership_id, referral_id, version)
  SELECT $1::uuid, r.id, 1 FROM record AS r
),
new_follow_ups AS (
  INSERT INTO follow_up
    (partnership_id, id, referral_id, kind, state, policy, policy_id, rule, source, started_at, counted_from, unit, amount,
     due_at, due_problem, limit_at, signals, warn_at, met_at, met_recorded_at, ended_at)
  SELECT $1::uuid, t.id, t.referral_id, t.kind, CASE WHEN t.met THEN 'met' ELSE 'open' END, t.policy, t.policy_id,
         t.rule, t.source, t.started_at, t.counted_from, t.unit, t.amount, t.due_at, t.due_problem, t.limit_at, t.signals,
         t.warn_at,
         CASE WHEN t.met THEN mashd_now() END, CASE WHEN t.met THEN mashd_now() END, CASE WHEN t.met THEN mashd_now() END
  FROM timed AS t
),
new_events AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, r.id, r.event_id, 1, 'received', r.received, r.actor_kind, r.actor_id, r.request_id, NULL, 'agency',
         jsonb_build_object('channel', r.channel, 'record_kind', r.record_kind)
  FROM record AS r
  UNION ALL
  SELECT $1::uuid, t.referral_id, t.opened_event, 1, 'follow_up_opened', t.started_at, 'system', NULL, t.request_id, t.id,
         CASE WHEN t.kind IN ('acknowledge', 'discuss', 'feedback') THEN 'agency' ELSE 'hub' END,
         jsonb_build_object('kind', t.kind, 'policy', t.policy, 'rule', t.rule, 'timing', 1, 'unit', t.unit, 'amount', t.amount,
                            'counted_from', mashd_instant_text(t.counted_from), 'due_at', mashd_instant_text(t.due_at))
         || CASE WHEN t.limit_at IS NULL THEN '{}' ELSE jsonb_build_object('limit_at', mashd_instant_text(t.limit_at)) END
  FROM timed AS t
  UNION ALL
  SELECT $1::uuid, t.referral_id, t.met_event, 1, 'follow_up_met', mashd_now(), 'system', NULL, t.request_id, t.id,
         CASE WHEN t.kind IN ('acknowledge', 'discuss', 'feedback') THEN 'agency' ELSE 'hub' END,
         jsonb_strip_nulls(jsonb_build_object('kind', t.kind, 'timing', 1, 'due_at', mashd_instant_text(t.due_at)))
  FROM timed AS t
  WHERE t.met
)
SELECT r.item::integer - 1 AS _item, r.received AS _received_at, mashd_now() AS _recorded_at,
       t.kind IN ('acknowledge', 'discuss', 'feedback') AS _for_agency, -- as followup/of_referral_for_agency
       t.id, t.referral_id, t.kind,
       CASE WHEN t.met THEN 'met' ELSE 'open' END AS state, 1 AS timing, t.started_at, t.unit, t.amount,
       t.due_at, t.due_problem,
       NOT t.met AND coalesce(t.due_at < mashd_now(), false) AS overdue,
       NULL::timestamptz AS paused_until, NULL::text AS pause_reason, NULL::timestamptz AS warned_at, 0 AS level,
       CASE WHEN t.met THEN mashd_now() END AS met_at, CASE WHEN t.met THEN mashd_now() END AS met_recorded_at,
       CASE WHEN t.met THEN mashd_now() END AS ended_at, NULL::uuid AS ended_by, NULL::text AS waived_reason, t.source,
       NULL::text AS responsible
FROM record AS r
LEFT JOIN timed AS t ON t.item = r.item
ORDER BY r.item, t.kind;
