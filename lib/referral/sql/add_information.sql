-- Keeps a further submission of a referral that the caller has locked, and raises its version.
-- $1 uuid     partnership    $2 uuid   referral
-- $3 uuid     submission     $4 uuid   API key      $5 text  agency's reference   $6 text  contract version
-- $7 text     body digest    $8 text   body         $9 jsonb quality issues
-- $10 boolean it claims that immediate protection is needed
-- $11 text    state afterwards
-- $12 uuid    event          $13 text  actor's kind $14 uuid actor               $15 uuid  request
-- $16 uuid    event of a changed rating
WITH changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $11::text,
      immediate_protection_needed = r.immediate_protection_needed OR $10::boolean,
      rating = CASE WHEN $10::boolean AND r.rating_source = 'provisional_rule' THEN 'red' ELSE r.rating END
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version, r.rating, r.immediate_protection_needed
),
before AS (
  SELECT r.rating FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
kept AS (
  INSERT INTO submission
    (partnership_id, referral_id, id, kind, key_id, agency_reference, contract_version, body_digest, body, quality_issues)
  VALUES ($1::uuid, $2::uuid, $3::uuid, 'additional', $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::jsonb)
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $12::uuid, c.version, 'additional_information_received', mashd_now(), $13::text, $14::uuid,
         $15::uuid, 'agency', jsonb_build_object('submission_id', $3::uuid)
  FROM changed AS c
  UNION ALL
  SELECT $1::uuid, $2::uuid, $16::uuid, c.version, 'rating_changed', mashd_now(), 'system', NULL, $15::uuid, 'hub',
         jsonb_build_object('from', b.rating, 'to', c.rating, 'reason', 'immediate protection claimed')
  FROM changed AS c CROSS JOIN before AS b
  WHERE b.rating <> c.rating
)
SELECT c.version, c.rating, c.immediate_protection_needed FROM changed AS c;
