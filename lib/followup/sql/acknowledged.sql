-- The referrer was told that the referral, which the caller has locked, has arrived: its version and the event. The caller
-- rolls back where `in_future` or `before_receipt` says that the time cannot be right.
-- $1 uuid  partnership          $2 uuid  referral     $3 text  method   $4 timestamptz  sent at, null: now   $5 text  note
-- $6 uuid  event                $7 text  actor's kind   $8 uuid  actor   $9 uuid  request
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version, r.received_at, coalesce($4::timestamptz, mashd_now()) AS sent_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $6::uuid, c.version, 'acknowledged', c.sent_at, $7::text, $8::uuid, $9::uuid, 'agency',
         jsonb_strip_nulls(jsonb_build_object('method', $3::text, 'note', $5::text))
  FROM changed AS c
)
SELECT c.version, c.sent_at > mashd_now() AS in_future, c.sent_at < c.received_at AS before_receipt
FROM changed AS c;
