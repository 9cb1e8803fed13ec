-- A manager has said that a referral is a duplicate of another, in a change that has raised its version: keeps that as a link,
-- the one that waited to be confirmed or a new one, and tells it on both timelines. The caller has locked both referrals.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version after the change   $4 uuid  the other, which it repeats
-- $5 uuid  new link      $6 text  reason     $7 uuid  staff
-- $8, $9 uuid  events, of the referral and of the other   $10 uuid  request
WITH waiting AS (
  UPDATE referral_link AS l
  SET confirmed_at = coalesce(l.confirmed_at, mashd_now()), confirmed_by = coalesce(l.confirmed_by, $7::uuid)
  WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid AND l.other_referral_id = $4::uuid
    AND l.kind = 'duplicate' AND l.ended_at IS NULL
  RETURNING l.id
),
recorded AS (
  INSERT INTO referral_link
    (partnership_id, id, referral_id, other_referral_id, kind, reason, linked_by, confirmed_at, confirmed_by)
  SELECT $1::uuid, $5::uuid, $2::uuid, $4::uuid, 'duplicate', $6::text, $7::uuid, mashd_now(), $7::uuid
  WHERE NOT EXISTS (SELECT FROM waiting)
  RETURNING id
),
other AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id = $4::uuid
  RETURNING r.id, r.version, r.reference
),
ends AS (
  SELECT $8::uuid AS event_id, r.id, $3::integer AS version, o.id AS other_id, o.reference AS other_reference, true AS recorded_here
  FROM referral AS r CROSS JOIN other AS o
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  UNION ALL
  SELECT $9::uuid, o.id, o.version, r.id, r.reference, false
  FROM referral AS r CROSS JOIN other AS o
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, e.id, e.event_id, e.version, 'linked', mashd_now(), 'staff', $7::uuid, $10::uuid, 'hub',
         jsonb_build_object('link_id', l.id, 'kind', 'duplicate', 'referral_id', e.other_id, 'reference', e.other_reference,
                            'recorded_here', e.recorded_here, 'reason', $6::text, 'confirmed', true)
  FROM (SELECT id FROM waiting UNION ALL SELECT id FROM recorded) AS l
  CROSS JOIN ends AS e
)
SELECT o.version FROM other AS o;
