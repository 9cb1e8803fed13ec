-- Links two referrals, which the caller has locked, and tells it on both timelines.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  the other   $4 uuid  link
-- $5 text  kind          $6 text  reason     $7 uuid  staff       $8 boolean  confirmed with it, by a manager
-- $9, $10 uuid  events, of the referral and of the other          $11 uuid  request
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  WHERE r.partnership_id = $1::uuid AND r.id IN ($2::uuid, $3::uuid)
  RETURNING r.id, r.version, r.reference
),
recorded AS (
  INSERT INTO referral_link
    (partnership_id, id, referral_id, other_referral_id, kind, reason, linked_by, confirmed_at, confirmed_by)
  VALUES ($1::uuid, $4::uuid, $2::uuid, $3::uuid, $5::text, $6::text, $7::uuid,
          CASE WHEN $8::boolean THEN mashd_now() END, CASE WHEN $8::boolean THEN $7::uuid END)
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, c.id, CASE WHEN c.id = $2::uuid THEN $9::uuid ELSE $10::uuid END, c.version, 'linked', mashd_now(),
         'staff', $7::uuid, $11::uuid, 'hub',
         jsonb_build_object('link_id', $4::uuid, 'kind', $5::text, 'referral_id', o.id, 'reference', o.reference,
                            'recorded_here', c.id = $2::uuid, 'reason', $6::text, 'confirmed', $8::boolean)
  FROM changed AS c
  JOIN changed AS o ON o.id <> c.id
)
SELECT c.version FROM changed AS c WHERE c.id = $2::uuid;
