-- A duty worker takes a referral, which the caller has locked: what was offered, or (a new id) what nobody has. The handover that
-- another acceptance has begun, and that nobody has taken back, ends with that: it is passed on.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  handover   $4 uuid  staff   $5 timestamptz  when, null: now
-- $6 text  note          $7 uuid  event      $8 uuid  request
-- $9 uuid  the handover that ends with it, or null   $10 uuid  its event
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
ended AS (
  UPDATE handover AS o
  SET version = c.version, passed_on_to = $4::uuid, passed_on_at = coalesce($5::timestamptz, mashd_now())
  FROM changed AS c
  WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid AND o.id = $9::uuid
  RETURNING o.id, o.version, o.passed_on_at
),
recorded AS (
  -- Only after that: one is running at a time.
  INSERT INTO handover AS h
    (partnership_id, referral_id, id, version, accepted_by, accepted_at, accepted_recorded_at, accepted_note)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::uuid, coalesce($5::timestamptz, mashd_now()), mashd_now(), $6::text
  FROM changed AS c
  CROSS JOIN (SELECT count(*) FROM ended) AS e
  ON CONFLICT ON CONSTRAINT handover_pkey
    DO UPDATE SET version = excluded.version, accepted_by = excluded.accepted_by, accepted_at = excluded.accepted_at,
                  accepted_recorded_at = excluded.accepted_recorded_at, accepted_note = excluded.accepted_note
  RETURNING h.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $7::uuid, h.version, 'handover_accepted', h.accepted_at, 'staff', $4::uuid, $8::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('handover_id', h.id, 'note', h.accepted_note))
  FROM recorded AS h
  UNION ALL
  SELECT $1::uuid, $2::uuid, $10::uuid, e.version, 'handover_passed_on', e.passed_on_at, 'staff', $4::uuid, $8::uuid, 'hub',
         jsonb_build_object('handover_id', e.id, 'passed_on_to', $4::uuid)
  FROM ended AS e
)
SELECT h.id, h.referral_id, h.version, h.offered_by, h.offered_at, h.offered_to, h.summary, h.accepted_by, h.accepted_at,
       h.accepted_recorded_at, h.accepted_note, h.returned_to, h.returned_at, h.returned_recorded_at, h.returned_note,
       h.passed_on_to, h.passed_on_at
FROM recorded AS h;
