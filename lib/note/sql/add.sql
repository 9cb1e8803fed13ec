-- Adds a note to a referral that the caller has locked. The event does not repeat its words.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  note   $4 text  text
-- $5 uuid  staff         $6 uuid  event      $7 uuid  request   $8 boolean  whether a manager writes
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version, r.state
),
settled AS (
  -- About a closed referral nobody is rung any more: a manager's word on what the agency disputes deals with it.
  UPDATE discussion_confirmation AS k
  SET settled_at = mashd_now()
  FROM changed AS c
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.answer = 'disputed' AND k.settled_at IS NULL
    AND c.state = 'closed' AND $8::boolean
),
added AS (
  INSERT INTO note (partnership_id, referral_id, id, version, text, written_by)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::text, $5::uuid
  FROM changed AS c
  RETURNING version, recorded_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $6::uuid, n.version, 'note_added', n.recorded_at, 'staff', $5::uuid, $7::uuid, 'hub',
         jsonb_build_object('note_id', $3::uuid)
  FROM added AS n
)
SELECT $3::uuid AS id, $2::uuid AS referral_id, n.version, $4::text AS text, $5::uuid AS written_by, n.recorded_at
FROM added AS n;
