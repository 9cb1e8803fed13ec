-- Keeps a further submission of a referral that the caller has locked, with those who join its record, and raises its version.
-- What was sent first stays as it was sent. A claim that protection is needed now makes the rating red by rule, whatever a
-- screening said before it: the hub screens again (DOMAIN section 2).
-- $1 uuid   partnership   $2 uuid  referral
-- $3 jsonb  record: lib/referral/record_text.c writes it; children and household are those who join
-- $4 text   state afterwards
-- $5 uuid   event of a changed rating   $6 uuid  event of a changed state
WITH record AS MATERIALIZED (
  SELECT r.*
  FROM jsonb_to_record($3::jsonb) AS r (
    key_id uuid, agency_reference text, immediate_protection_needed boolean, topics_offered text, child_names text,
    quality_issues jsonb, submission_id uuid, contract_version text, body_digest text, body text, children jsonb,
    household jsonb, event_id uuid, actor_kind text, actor_id uuid, request_id uuid)
),
before AS MATERIALIZED (
  SELECT r.rating, r.state, r.topics_offered FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = r.version + 1, state = $4::text, topics_offered = n.topics_offered::text[], child_names = n.child_names,
      child_count = r.child_count + jsonb_array_length(n.children),
      immediate_protection_needed = r.immediate_protection_needed OR n.immediate_protection_needed,
      protection_claimed_in = CASE WHEN n.immediate_protection_needed THEN r.version + 1 ELSE r.protection_claimed_in END,
      rating = CASE WHEN n.immediate_protection_needed THEN 'red' ELSE r.rating END,
      rating_source = CASE WHEN n.immediate_protection_needed AND r.rating <> 'red' THEN 'provisional_rule'
                           ELSE r.rating_source END
  FROM record AS n
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version, r.rating, r.immediate_protection_needed
),
former AS (
  -- what the rules offered until now: the figures of an earlier moment still see it
  INSERT INTO former_topics (partnership_id, referral_id, topics_offered)
  SELECT $1::uuid, $2::uuid, b.topics_offered FROM before AS b CROSS JOIN record AS n WHERE b.topics_offered <> n.topics_offered::text[]
  ON CONFLICT ON CONSTRAINT former_topics_pkey DO NOTHING
),
kept AS (
  INSERT INTO submission
    (partnership_id, referral_id, id, kind, key_id, agency_reference, contract_version, body_digest, body, quality_issues)
  SELECT $1::uuid, $2::uuid, n.submission_id, 'additional', n.key_id, n.agency_reference, n.contract_version, n.body_digest,
         n.body, n.quality_issues
  FROM record AS n
),
new_children AS (
  INSERT INTO referral_child
    (partnership_id, referral_id, id, ordinal, date_of_birth, expected_date_of_delivery, nhs_number, upn, document)
  SELECT $1::uuid, $2::uuid, c.id, c.ordinal, c.date_of_birth, c.expected_date_of_delivery, c.nhs_number, c.upn, c.document
  FROM record AS n
  CROSS JOIN LATERAL jsonb_to_recordset(n.children) AS c (id uuid, ordinal smallint, date_of_birth date,
                                                  expected_date_of_delivery date, nhs_number text, upn text, document jsonb)
),
new_household AS (
  INSERT INTO referral_household (partnership_id, referral_id, id, ordinal, date_of_birth, document)
  SELECT $1::uuid, $2::uuid, h.id, h.ordinal, h.date_of_birth, h.document
  FROM record AS n
  CROSS JOIN LATERAL jsonb_to_recordset(n.household) AS h (id uuid, ordinal smallint, date_of_birth date, document jsonb)
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, n.event_id, c.version, 'additional_information_received', mashd_now(), n.actor_kind, n.actor_id,
         n.request_id, 'agency',
         jsonb_build_object('submission_id', n.submission_id, 'children_joined', jsonb_array_length(n.children))
  FROM changed AS c CROSS JOIN record AS n
  UNION ALL
  SELECT $1::uuid, $2::uuid, $5::uuid, c.version, 'rating_changed', mashd_now(), 'system', NULL, n.request_id, 'hub',
         jsonb_build_object('from', b.rating, 'to', c.rating, 'reason', 'immediate protection claimed')
  FROM changed AS c CROSS JOIN record AS n CROSS JOIN before AS b
  WHERE b.rating <> c.rating
  UNION ALL
  SELECT $1::uuid, $2::uuid, $6::uuid, c.version, 'state_changed', mashd_now(), 'system', NULL, n.request_id, 'agency',
         jsonb_build_object('from', b.state, 'to', $4::text)
  FROM changed AS c CROSS JOIN record AS n CROSS JOIN before AS b
  WHERE b.state <> $4::text
)
SELECT c.version, c.rating, c.immediate_protection_needed, jsonb_array_length(n.children) AS children_joined
FROM changed AS c CROSS JOIN record AS n;
