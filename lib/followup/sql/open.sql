-- Opens a follow-up of a referral, unless one of its kind is open already; no row then. The caller has locked the referral.
-- A time past the calendar's end, or counted from a date that the record lacks, leaves it without a due instant, visibly.
-- $1 uuid         partnership         $2 uuid  calendar    $3 uuid  referral   $4 integer  its version after the change
-- $5 text         kind                $6 text  policy      $7 text  source     $8 timestamptz  start, null: now
-- $9 text         rule                $10 text  unit       $11 integer  amount
-- $12 text        rule of the bound   $13 text  its unit   $14 integer  its amount, from receipt; null: no bound
-- $15 text        rule where the need is found after the bound, or after its own time ($24)
-- $16 text        its unit            $17 integer  its amount
-- $18 text        actor's kind        $19 uuid  actor      $20 uuid  request
-- $21 uuid        new follow-up       $22 uuid  new event
-- $23 uuid        the policy's row, null: the shipped one
-- $24 text        what of the record it is counted from (record_instant), null: the start
-- $25 jsonb       the rule's signals (0011), null: none
WITH start AS MATERIALIZED (
  SELECT r.id AS referral_id, r.received_at, coalesce($8::timestamptz, mashd_now()) AS started_at
  FROM referral AS r
  WHERE r.partnership_id = $1::uuid AND r.id = $3::uuid
    AND NOT EXISTS (SELECT FROM follow_up AS f
                    WHERE f.partnership_id = $1::uuid AND f.referral_id = $3::uuid AND f.kind = $5::text
                      AND f.state = 'open')
),
timed AS MATERIALIZED (
  SELECT s.referral_id, s.started_at, d.due_at, d.limit_at, w.warn_at,
         CASE d.applies WHEN 'own' THEN b.at WHEN 'latest' THEN s.received_at ELSE s.started_at END AS counted_from,
         CASE d.applies WHEN 'own' THEN $9::text WHEN 'latest' THEN $9::text || ', by ' || $12::text ELSE $15::text END AS rule,
         CASE d.applies WHEN 'own' THEN $10::text WHEN 'latest' THEN $13::text ELSE $16::text END AS unit,
         CASE d.applies WHEN 'own' THEN $11::integer WHEN 'latest' THEN $14::integer ELSE $17::integer END AS amount
  FROM start AS s
  CROSS JOIN LATERAL (SELECT CASE WHEN $24::text IS NULL THEN s.started_at ELSE i.at END AS at
                      FROM record_instant($1::uuid, $2::uuid, s.referral_id, $24::text) AS i
                      OFFSET 0) AS b
  CROSS JOIN LATERAL follow_up_due_instant($1::uuid, $2::uuid, s.started_at, b.at, $10::text, $11::integer, s.received_at,
                                           $13::text, $14::integer, $16::text, $17::integer) AS d
  CROSS JOIN LATERAL warn_instant($1::uuid, $2::uuid, d.due_at, $25::jsonb, mashd_now()) AS w
),
opened AS (
  INSERT INTO follow_up
    (partnership_id, id, referral_id, kind, policy, policy_id, rule, source, started_at, counted_from, unit, amount, due_at,
     due_problem, limit_at, signals, warn_at)
  SELECT $1::uuid, $21::uuid, t.referral_id, $5::text, $6::text, $23::uuid, t.rule, $7::text, t.started_at, t.counted_from,
         t.unit, t.amount, t.due_at,
         (SELECT p.due_problem FROM due_problem($1::uuid, $2::uuid, t.counted_from, t.due_at) AS p),
         t.limit_at, $25::jsonb, t.warn_at
  FROM timed AS t
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, follow_up_id, audience,
     data)
  SELECT $1::uuid, t.referral_id, $22::uuid, $4::integer, 'follow_up_opened', t.started_at, $18::text, $19::uuid, $20::uuid,
         $21::uuid, CASE WHEN $5::text IN ('acknowledge', 'discuss', 'feedback') THEN 'agency' ELSE 'hub' END,
         jsonb_build_object('kind', $5::text, 'policy', $6::text, 'rule', t.rule, 'timing', 1, 'unit', t.unit,
                            'amount', t.amount, 'counted_from', mashd_instant_text(t.counted_from),
                            'due_at', mashd_instant_text(t.due_at))
         || CASE WHEN t.limit_at IS NULL THEN '{}' ELSE jsonb_build_object('limit_at', mashd_instant_text(t.limit_at)) END
  FROM timed AS t
)
SELECT $21::uuid AS id, t.due_at FROM timed AS t;
