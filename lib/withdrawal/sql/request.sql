-- An agency asks for its referral back, which the caller has locked. Both see it.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  withdrawal   $4 uuid  agency   $5 text  reason
-- $6 uuid  event         $7 uuid  request
-- result: json
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version
),
asked AS (
  INSERT INTO withdrawal (partnership_id, referral_id, id, version, agency_id, reason)
  SELECT $1::uuid, $2::uuid, $3::uuid, c.version, $4::uuid, $5::text
  FROM changed AS c
  RETURNING version, requested_at
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $6::uuid, n.version, 'withdrawal_requested', n.requested_at, 'agency', $4::uuid, $7::uuid,
         'agency', jsonb_build_object('withdrawal_id', $3::uuid)
  FROM asked AS n
)
SELECT $3::uuid AS id, $5::text AS reason, n.requested_at, NULL::text AS answer, NULL::timestamptz AS answered_at,
       n.version AS _version
FROM asked AS n;
