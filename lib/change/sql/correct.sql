-- Changes what the record of a referral says; the caller has locked it. Submissions stay. Topics are only ever added: a person
-- clears them, in a screening. Before a screening the rating follows the claim that protection is needed; a claim that was not
-- there before makes it red whatever a screening said, as one in a further post does (lib/referral/sql/add_information.sql).
-- $1 uuid   partnership   $2 uuid  referral   $3 integer  its version before
-- $4 jsonb  document      $5 jsonb quality issues   $6 text[] topics offered
-- $7 text   source        $8 text  incident reference         $9 boolean  immediate protection needed
-- $10 text  names of the children   $11 integer  how many
-- $12 jsonb children, changed and new ones: lib/referral/people.c   $13 jsonb  the same of the household
-- $14 text  reason        $15 jsonb  what differs: [{pointer, before, after}]
-- $16 uuid  staff         $17 uuid  request   $18 uuid  event   $19 uuid  event 'rating_changed'
-- $20 text  type of the event: corrected, birth_recorded   $21 jsonb  what it tells besides
-- $22 text  state afterwards, null: as it is   $23 uuid  event 'state_changed'
WITH before AS MATERIALIZED (
  SELECT r.rating, r.state, r.topics_offered, $9::boolean AND NOT r.immediate_protection_needed AS claims
  FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
changed AS (
  UPDATE referral AS r
  SET version = $3::integer + 1, state = coalesce($22::text, r.state), document = $4::jsonb, quality_issues = $5::jsonb,
      topics_offered = $6::text[], source = $7::text, incident_reference = $8::text, immediate_protection_needed = $9::boolean,
      protection_claimed_in = CASE WHEN b.claims THEN $3::integer + 1 ELSE r.protection_claimed_in END,
      rating = CASE WHEN b.claims THEN 'red'
                    WHEN r.rating_source <> 'provisional_rule' THEN r.rating
                    WHEN $9::boolean THEN 'red' ELSE 'amber' END,
      rating_source = CASE WHEN b.claims AND r.rating <> 'red' THEN 'provisional_rule' ELSE r.rating_source END,
      child_names = $10::text, child_count = $11::integer
  FROM before AS b
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
  RETURNING r.version, r.rating, r.state
),
former AS (
  -- what another number takes the place of: the figures of an earlier moment still see it
  INSERT INTO former_nhs_number (partnership_id, referral_id, child_id, nhs_number)
  SELECT $1::uuid, $2::uuid, k.id, k.nhs_number
  FROM jsonb_to_recordset($12::jsonb) AS c (id uuid, nhs_number text)
  JOIN referral_child AS k ON k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.id = c.id
  WHERE k.nhs_number IS DISTINCT FROM c.nhs_number
  ON CONFLICT ON CONSTRAINT former_nhs_number_pkey DO NOTHING
),
former_topics AS (
  INSERT INTO former_topics (partnership_id, referral_id, topics_offered)
  SELECT $1::uuid, $2::uuid, b.topics_offered FROM before AS b WHERE b.topics_offered <> $6::text[]
  ON CONFLICT ON CONSTRAINT former_topics_pkey DO NOTHING
),
new_children AS (
  INSERT INTO referral_child
    (partnership_id, referral_id, id, ordinal, origin, date_of_birth, expected_date_of_delivery, nhs_number, upn, document)
  SELECT $1::uuid, $2::uuid, c.id, c.ordinal, 'added_by_hub', c.date_of_birth, c.expected_date_of_delivery, c.nhs_number,
         c.upn, c.document
  FROM jsonb_to_recordset($12::jsonb) AS c (id uuid, ordinal smallint, date_of_birth date, expected_date_of_delivery date,
                                            nhs_number text, upn text, document jsonb)
  ON CONFLICT ON CONSTRAINT referral_child_pkey
    DO UPDATE SET ordinal = excluded.ordinal, date_of_birth = excluded.date_of_birth,
                  expected_date_of_delivery = excluded.expected_date_of_delivery, nhs_number = excluded.nhs_number,
                  upn = excluded.upn, document = excluded.document
),
new_household AS (
  INSERT INTO referral_household (partnership_id, referral_id, id, ordinal, date_of_birth, document)
  SELECT $1::uuid, $2::uuid, h.id, h.ordinal, h.date_of_birth, h.document
  FROM jsonb_to_recordset($13::jsonb) AS h (id uuid, ordinal smallint, date_of_birth date, document jsonb)
  ON CONFLICT ON CONSTRAINT referral_household_pkey
    DO UPDATE SET ordinal = excluded.ordinal, date_of_birth = excluded.date_of_birth, document = excluded.document
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, $18::uuid, c.version, $20::text, mashd_now(), 'staff', $16::uuid, $17::uuid, 'hub',
         jsonb_build_object('reason', $14::text, 'changes', $15::jsonb) || $21::jsonb
  FROM changed AS c
  UNION ALL
  SELECT $1::uuid, $2::uuid, $19::uuid, c.version, 'rating_changed', mashd_now(), 'staff', $16::uuid, $17::uuid, 'hub',
         jsonb_build_object('from', b.rating, 'to', c.rating, 'reason', $14::text)
  FROM changed AS c CROSS JOIN before AS b
  WHERE b.rating <> c.rating
  UNION ALL
  SELECT $1::uuid, $2::uuid, $23::uuid, c.version, 'state_changed', mashd_now(), 'staff', $16::uuid, $17::uuid, 'agency',
         jsonb_build_object('from', b.state, 'to', c.state)
  FROM changed AS c CROSS JOIN before AS b
  WHERE b.state <> c.state
)
SELECT c.version FROM changed AS c;
