-- Passes a referral, which the caller has locked, to the worker of an open case.
-- $1 uuid   partnership   $2 uuid  referral   $3 uuid  open case   $4 uuid[]  children, null: all
-- $5 text   worker's name   $6 text  team     $7 uuid  the worker where staff here   $8 text  reference of the case
-- $9 text   note          $10 uuid  staff     $11 uuid  event      $12 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  INSERT INTO open_case AS o
    (partnership_id, referral_id, id, version, children, worker_name, worker_team, worker_id, case_reference, note, passed_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version,
         coalesce($4::uuid[], ARRAY(SELECT k.id FROM referral_child AS k
                                    WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid ORDER BY k.ordinal)),
         $5::text, $6::text, $7::uuid, $8::text, $9::text, $10::uuid
  FROM changed AS c
  RETURNING o.*
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $11::uuid, o.version, 'passed_to_allocated_worker', o.passed_at, 'staff', $10::uuid, $12::uuid,
         'hub', jsonb_strip_nulls(jsonb_build_object('open_case_id', o.id, 'worker_name', o.worker_name, 'worker_team',
           o.worker_team, 'worker_id', o.worker_id, 'children', to_jsonb(o.children), 'note', o.note))
  FROM recorded AS o
)
SELECT o.id, o.referral_id, o.version, o.children, o.worker_name, o.worker_team, o.worker_id, o.case_reference, o.note, o.passed_by,
       o.passed_at, null::timestamptz AS superseded_at, o.accepted_by, o.accepted_as, o.accepted_at, o.accepted_recorded_at, o.accepted_note
FROM recorded AS o;
