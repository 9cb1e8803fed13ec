-- A manager confirms a duplicate, or somebody takes a link back; tells it on both timelines. The caller has locked the link and
-- both of its referrals.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  link   $4 uuid  staff   $5 boolean  taken back
-- $6 text  why it is taken back, or a note   $7, $8 uuid  events, of the referral and of the other   $9 uuid  request
WITH changed_link AS (
  UPDATE referral_link AS l
  SET confirmed_at = CASE WHEN $5::boolean THEN l.confirmed_at ELSE mashd_now() END,
      confirmed_by = CASE WHEN $5::boolean THEN l.confirmed_by ELSE $4::uuid END,
      ended_at = CASE WHEN $5::boolean THEN mashd_now() END, ended_by = CASE WHEN $5::boolean THEN $4::uuid END,
      ended_reason = CASE WHEN $5::boolean THEN $6::text END
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
  SELECT $1::uuid, c.id, CASE WHEN c.id = $2::uuid THEN $7::uuid ELSE $8::uuid END, c.version,
         CASE WHEN $5::boolean THEN 'unlinked' ELSE 'linked' END, mashd_now(), 'staff', $4::uuid, $9::uuid, 'hub',
         jsonb_build_object('link_id', l.id, 'kind', l.kind, 'referral_id', o.id, 'reference', o.reference,
                            'recorded_here', c.id = l.referral_id)
         || CASE WHEN $5::boolean THEN jsonb_build_object('reason', $6::text)
                 ELSE jsonb_strip_nulls(jsonb_build_object('note', $6::text, 'confirmed', true)) END
  FROM changed_link AS l
  CROSS JOIN changed AS c
  JOIN changed AS o ON o.id <> c.id
)
SELECT c.version FROM changed AS c WHERE c.id = $2::uuid;
