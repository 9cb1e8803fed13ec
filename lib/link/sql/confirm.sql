-- A manager confirms a duplicate, and tells it on both timelines. The caller has locked the link and both of its referrals.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link   $4 uuid  staff
-- $5 text  note   $6, $7 uuid  events, of the referral and of the other   $8 uuid  request
WITH changed_link AS (
  UPDATE referral_link AS l
  SET confirmed_at = mashd_now(), confirmed_by = $4::uuid
  WHERE l.partnership_id = $1::uuid AND l.id = $3::uuid
  RETURNING l.id, l.kind, l.referral_id, l.other_referral_id
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1
  FROM changed_link AS l
  WHERE r.partnership_id = $1::uuid AND r.id IN (l.referral_id, l.other_referral_id)
  RETURNING r.id, r.version, r.reference
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, c.id, CASE WHEN c.id = $2::uuid THEN $6::uuid ELSE $7::uuid END, c.version, 'linked', mashd_now(),
         'staff', $4::uuid, $8::uuid, 'hub',
         jsonb_strip_nulls(jsonb_build_object('link_id', l.id, 'kind', l.kind, 'referral_id', o.id, 'reference', o.reference,
                                              'recorded_here', c.id = l.referral_id, 'note', $5::text, 'confirmed', true))
  FROM changed_link AS l
  CROSS JOIN changed AS c
  JOIN changed AS o ON o.id <> c.id
)
SELECT c.version FROM changed AS c WHERE c.id = $2::uuid;
