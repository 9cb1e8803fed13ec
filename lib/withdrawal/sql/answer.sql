-- A manager answers the withdrawal of a referral that the caller has locked. The agency sees the answer, not the reason.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  withdrawal   $4 text  answer   $5 text  reason
-- $6 uuid  the referral that says the same, or null   $7 uuid  manager   $8 text  state afterwards
-- $9 uuid  event of the answer   $10 uuid  event 'state_changed'   $11 uuid  request
-- result: json
WITH before AS MATERIALIZED (
  SELECT r.state FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $8::text
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
answered AS (
  UPDATE withdrawal AS w
  SET answer = $4::text, answer_reason = $5::text, duplicate_of = $6::uuid, answered_by = $7::uuid, answered_at = mashd_now()
  WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.id = $3::uuid
  RETURNING w.agency_id, w.reason, w.requested_at, w.answered_at
),
settled AS (
  -- Nobody need look into what the agency disputes of a referral that should not be there.
  UPDATE discussion_confirmation AS k
  SET settled_at = mashd_now()
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.answer = 'disputed' AND k.settled_at IS NULL
    AND $4::text <> 'continued'
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $9::uuid, c.version, 'withdrawal_answered', mashd_now(), 'staff', $7::uuid, $11::uuid, 'agency',
         jsonb_strip_nulls(jsonb_build_object('withdrawal_id', $3::uuid, 'answer', $4::text, 'duplicate_of', $6::uuid))
  FROM changed AS c
  UNION ALL
  SELECT $1::uuid, $2::uuid, $10::uuid, c.version, 'state_changed', mashd_now(), 'staff', $7::uuid, $11::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', $8::text)
  FROM changed AS c CROSS JOIN before AS b
  WHERE b.state <> $8::text
)
SELECT $3::uuid AS id, $2::uuid AS referral_id, c.version, a.agency_id, a.reason, a.requested_at, $4::text AS answer,
       $5::text AS answer_reason, $6::uuid AS duplicate_of, $7::uuid AS answered_by, a.answered_at
FROM changed AS c CROSS JOIN answered AS a;
