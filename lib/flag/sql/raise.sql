-- A person raises a flag on a referral that the caller has locked. The caller rolls back where `is_past`.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  flag   $4 text  reason   $5 timestamptz  by when
-- $6 uuid  staff         $7 uuid  event      $8 uuid  request
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
raised AS (
  INSERT INTO flag (partnership_id, id, referral_id, kind, timing, level, breached_at, reason, raised_by)
  VALUES ($1::uuid, $3::uuid, $2::uuid, 'manual', 1, 1, $5::timestamptz, $4::text, $6::uuid)
  RETURNING raised_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $7::uuid, c.version, 'flag_raised', n.raised_at, 'staff', $6::uuid, $8::uuid, 'hub',
         jsonb_build_object('flag_id', $3::uuid, 'kind', 'manual', 'reason', $4::text,
                            'due_at', mashd_instant_text($5::timestamptz))
  FROM changed AS c CROSS JOIN raised AS n
)
SELECT c.version, $5::timestamptz <= mashd_now() AS is_past FROM changed AS c;
