-- The allocated worker, their manager or duty accepts a referral, which the caller has locked. A discussion that is owed goes
-- along, and stays open: it becomes the allocated worker's once every child has gone over to a worker who is staff here. Until
-- then it would be in nobody's work, and stays the hub's.
-- $1 uuid   partnership   $2 uuid  referral   $3 integer  its version before
-- $4 uuid   open case     $5 uuid  staff      $6 text  as whom   $7 timestamptz  when, null: now   $8 text  note
-- $9 uuid   event         $10 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = $3::integer + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
recorded AS (
  UPDATE open_case AS o
  SET version = c.version, accepted_by = $5::uuid, accepted_as = $6::text,
      accepted_at = coalesce($7::timestamptz, mashd_now()), accepted_recorded_at = mashd_now(), accepted_note = $8::text
  FROM changed AS c
  WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid AND o.id = $4::uuid
  RETURNING o.*
),
stays AS (
  -- Whoever a child was passed to last has not accepted, or is nobody here.
  SELECT c.id
  FROM referral_child AS c
  LEFT JOIN LATERAL (SELECT CASE WHEN o.id <> $4::uuid AND o.accepted_at IS NULL THEN NULL
                                 WHEN CASE o.id WHEN $4::uuid THEN $6::text ELSE o.accepted_as END = 'allocated_worker'
                                 THEN CASE o.id WHEN $4::uuid THEN $5::uuid ELSE o.accepted_by END
                                 ELSE o.worker_id END AS worker
                     FROM open_case AS o
                     WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid AND c.id = ANY (o.children)
                     ORDER BY o.passed_at DESC, o.id DESC LIMIT 1) AS k ON true
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
    AND NOT EXISTS (SELECT FROM staff AS s
                    WHERE s.partnership_id = $1::uuid AND s.id = k.worker AND 'allocated_worker' = ANY (s.roles)
                      AND s.disabled_at IS NULL)
),
moved AS (
  UPDATE follow_up AS f
  SET responsible = 'allocated_worker'
  WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'discuss' AND f.state = 'open'
    AND NOT EXISTS (SELECT FROM stays)
  RETURNING f.id
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $9::uuid, o.version, 'accepted_by_allocated_worker', o.accepted_at, 'staff', $5::uuid,
         $10::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('open_case_id', o.id, 'accepted_as', o.accepted_as, 'note', o.accepted_note,
           'discussion_moved_along', EXISTS (SELECT FROM moved)))
  FROM recorded AS o
)
SELECT o.id, o.referral_id, o.version, o.children, o.worker_name, o.worker_team, o.worker_id, o.case_reference, o.note, o.passed_by,
       o.passed_at, null::timestamptz AS superseded_at, o.accepted_by, o.accepted_as, o.accepted_at, o.accepted_recorded_at, o.accepted_note
FROM recorded AS o;
