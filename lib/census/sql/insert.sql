-- Stores census records as closed referrals, received at local midnight, each with its submission, child and event. One row
-- for each that was not there already.
-- $1 uuid   partnership
-- $2 text   version of the contract
-- $3 jsonb  records: lib/census/rules.c makes them
WITH record AS MATERIALIZED (
  SELECT r.*, r.referred_on::timestamp AT TIME ZONE c.time_zone AS received
  FROM calendar AS c
  CROSS JOIN jsonb_to_recordset($3::jsonb) AS r (
    id uuid, reference text, submission_id uuid, event_id uuid, referred_on date, source text, document jsonb,
    quality_issues jsonb, child_id uuid, date_of_birth date, expected_date_of_delivery date, upn text, child jsonb,
    body text, body_digest text)
  WHERE c.partnership_id = $1::uuid AND c.is_default
),
new_referral AS (
  INSERT INTO referral
    (partnership_id, id, reference, channel, record_kind, source, received_at, state, rating, rating_source, child_count,
     document, quality_issues)
  SELECT $1::uuid, r.id, r.reference, 'census_import', 'request_for_service', r.source, r.received, 'closed', 'amber',
         'provisional_rule', 1, r.document, r.quality_issues
  FROM record AS r
  ORDER BY r.id
  ON CONFLICT ON CONSTRAINT referral_pkey DO NOTHING
  RETURNING id
),
fresh AS MATERIALIZED (
  SELECT record.* FROM record JOIN new_referral ON new_referral.id = record.id
),
new_submission AS (
  INSERT INTO submission (partnership_id, referral_id, id, kind, contract_version, body_digest, body, quality_issues)
  SELECT $1::uuid, f.id, f.submission_id, 'first', $2::text, f.body_digest, f.body, f.quality_issues
  FROM fresh AS f
),
new_child AS (
  INSERT INTO referral_child
    (partnership_id, referral_id, id, ordinal, date_of_birth, expected_date_of_delivery, upn, document)
  SELECT $1::uuid, f.id, f.child_id, 0, f.date_of_birth, f.expected_date_of_delivery, f.upn, f.child
  FROM fresh AS f
),
uncompared AS (
  INSERT INTO uncompared_referral (partnership_id, referral_id, version)
  SELECT $1::uuid, f.id, 1 FROM fresh AS f
),
new_event AS (
  INSERT INTO event (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, audience, data)
  SELECT $1::uuid, f.id, f.event_id, 1, 'received', f.received, 'system', 'hub',
         jsonb_build_object('channel', 'census_import', 'record_kind', 'request_for_service')
  FROM fresh AS f
)
SELECT f.id FROM fresh AS f;
