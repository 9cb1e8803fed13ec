-- migrate:up

-- One document received about one or more children, and where its follow-up stands. What the referrer said lives in
-- `document` (without the children and the household, which have rows of their own); `submission` keeps it as sent.
CREATE TABLE referral (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  reference text NOT NULL,
  agency_id uuid,
  agency_reference text,
  reference_reused boolean NOT NULL DEFAULT false, -- another, earlier referral owns this agency's reference
  incident_reference text,
  channel text NOT NULL,
  electronic boolean NOT NULL GENERATED ALWAYS AS
    (channel IN ('api', 'web_form', 'secure_email', 'file_transfer')) STORED,
  record_kind text NOT NULL,
  source text NOT NULL,
  received_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  state text NOT NULL DEFAULT 'received',
  rating text NOT NULL,
  rating_rank integer NOT NULL GENERATED ALWAYS AS
    (CASE rating WHEN 'red' THEN 1 WHEN 'amber' THEN 2 ELSE 3 END) STORED,
  rating_source text NOT NULL DEFAULT 'provisional_rule',
  immediate_protection_needed boolean NOT NULL DEFAULT false,
  clarification text,                                -- of the latest screening: needed, not_needed
  clarification_ever_needed boolean NOT NULL DEFAULT false, -- sticky: DOMAIN section 7, against gaming
  discussed text NOT NULL DEFAULT 'no',              -- yes, attempted, not_needed, no: DOMAIN section 5, in this order
  topics_offered text[] NOT NULL DEFAULT '{}',       -- by rule, from what was sent
  next_due_at timestamptz NOT NULL DEFAULT 'infinity', -- earliest due of the open follow-ups: the worklist's key
  next_due_kind text,                                -- and of which kind that one is
  child_names text NOT NULL DEFAULT '',              -- snapshot for lists
  child_count integer NOT NULL DEFAULT 0,
  document jsonb NOT NULL,
  quality_issues jsonb NOT NULL DEFAULT '[]',
  CONSTRAINT referral_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT referral_reference_key UNIQUE (partnership_id, reference),
  CONSTRAINT referral_agency_fkey FOREIGN KEY (partnership_id, agency_id) REFERENCES agency (partnership_id, id),
  CONSTRAINT referral_channel CHECK (channel IN ('api', 'web_form', 'secure_email', 'file_transfer', 'phone',
                                                 'in_person', 'post', 'census_import')),
  CONSTRAINT referral_record_kind CHECK (record_kind IN ('request_for_service', 'notification', 'consultation',
                                                         'information_only')),
  CONSTRAINT referral_state CHECK (state IN ('received', 'in_progress', 'decided', 'closed')),
  CONSTRAINT referral_rating CHECK (rating IN ('red', 'amber', 'green')),
  CONSTRAINT referral_rating_source CHECK (rating_source IN ('provisional_rule', 'screening')),
  CONSTRAINT referral_clarification CHECK (clarification IN ('needed', 'not_needed')),
  CONSTRAINT referral_discussed CHECK (discussed IN ('yes', 'attempted', 'not_needed', 'no')),
  CONSTRAINT referral_received_not_later CHECK (received_at <= recorded_at)
);
-- Documents are read far more often than written, and lz4 reads them in half the time; where the server was built without,
-- its own way stays.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
    ALTER TABLE referral ALTER COLUMN document SET COMPRESSION lz4;
    ALTER TABLE idempotency_key ALTER COLUMN reply_body SET COMPRESSION lz4;
  END IF;
END
$$;
-- An agency's own reference names one referral; a reused one (other children, other content) does not take part.
CREATE UNIQUE INDEX referral_agency_reference_key ON referral (partnership_id, agency_id, agency_reference)
  WHERE agency_reference IS NOT NULL AND NOT reference_reused;
-- Worklists: cost follows the open work.
CREATE INDEX referral_open_by_due ON referral (partnership_id, next_due_at, id) WHERE state <> 'closed';
CREATE INDEX referral_open_by_rating ON referral (partnership_id, rating_rank, next_due_at, id) WHERE state <> 'closed';
CREATE INDEX referral_by_received ON referral (partnership_id, received_at, id);
SELECT mashd_protect('referral', 'SELECT, INSERT, UPDATE');

-- No foreign keys from here to referral in the tables that a receipt fills (submission, children, household, follow-ups,
-- events): their rows are written by the statement that writes the referral, or by one that has locked it, and nothing is
-- ever deleted. The checks cost a fifth of a POST, and on a new database far more: their plans are cached while the table is
-- empty and then read a whole partnership's index for each row. A test looks for orphans after every kill instead.

-- What was sent is kept: never updated, never deleted.
CREATE TABLE submission (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  key_id uuid, -- NULL: recorded by mashctl
  received_at timestamptz NOT NULL DEFAULT mashd_now(),
  agency_reference text,
  contract_version text NOT NULL,
  body_digest text NOT NULL, -- SHA-256 of the sorted compact JSON
  body text NOT NULL,        -- byte for byte
  quality_issues jsonb NOT NULL DEFAULT '[]',
  CONSTRAINT submission_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT submission_kind CHECK (kind IN ('first', 'additional'))
);
SELECT mashd_protect('submission', 'SELECT, INSERT');

-- A child of a referral: a snapshot, with the clean identifiers apart. A faulty identifier stands in `document` alone.
CREATE TABLE referral_child (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  ordinal smallint NOT NULL,
  origin text NOT NULL DEFAULT 'named_by_referrer',
  person_id uuid,
  date_of_birth date,
  expected_date_of_delivery date,
  nhs_number text,
  upn text,
  document jsonb NOT NULL,
  CONSTRAINT referral_child_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT referral_child_origin CHECK (origin IN ('named_by_referrer', 'added_by_hub')),
  CONSTRAINT referral_child_nhs_number CHECK (nhs_number ~ '^[0-9]{10}$')
);
SELECT mashd_protect('referral_child', 'SELECT, INSERT, UPDATE');

-- Household and others: adults who care, siblings, alleged perpetrators. A snapshot like the children.
CREATE TABLE referral_household (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  ordinal smallint NOT NULL,
  person_id uuid,
  date_of_birth date,
  document jsonb NOT NULL,
  CONSTRAINT referral_household_pkey PRIMARY KEY (partnership_id, referral_id, id)
);
SELECT mashd_protect('referral_household', 'SELECT, INSERT, UPDATE');

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
    ALTER TABLE submission ALTER COLUMN body SET COMPRESSION lz4;
    ALTER TABLE referral_child ALTER COLUMN document SET COMPRESSION lz4;
    ALTER TABLE referral_household ALTER COLUMN document SET COMPRESSION lz4;
  END IF;
END
$$;

-- The first judgement. Repeatable; each is kept, the latest counts.
CREATE TABLE screening (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  ordinal integer NOT NULL,
  version integer NOT NULL, -- of the referral after it
  rating text NOT NULL,
  reason text NOT NULL,
  clarification_needed boolean NOT NULL,
  topics text[] NOT NULL DEFAULT '{}',
  not_needed_reason text,
  agreed_by uuid,
  screened_by uuid NOT NULL,
  screened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT screening_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT screening_ordinal_key UNIQUE (partnership_id, referral_id, ordinal),
  CONSTRAINT screening_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT screening_screened_by_fkey FOREIGN KEY (partnership_id, screened_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT screening_agreed_by_fkey FOREIGN KEY (partnership_id, agreed_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT screening_second_person CHECK (agreed_by <> screened_by),
  CONSTRAINT screening_rating CHECK (rating IN ('red', 'amber', 'green')),
  CONSTRAINT screening_not_needed_reason CHECK (not_needed_reason IN ('complete_and_consistent',
    'answered_in_consultation', 'answered_by_hub_records', 'information_only')),
  CONSTRAINT screening_judgement CHECK (clarification_needed = (not_needed_reason IS NULL)
                                        AND clarification_needed = (cardinality(topics) > 0))
);
SELECT mashd_protect('screening', 'SELECT, INSERT');

-- What must be asked of the referrer, once a person judged so. Status of the latest word on it.
CREATE TABLE clarification_topic (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  code text NOT NULL,
  weight text NOT NULL,
  status text NOT NULL DEFAULT 'open',
  reason text,
  raised_at timestamptz NOT NULL DEFAULT mashd_now(),
  changed_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT clarification_topic_pkey PRIMARY KEY (partnership_id, referral_id, code),
  CONSTRAINT clarification_topic_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT clarification_topic_weight CHECK (weight IN ('material', 'completeness')),
  CONSTRAINT clarification_topic_status CHECK (status IN ('open', 'resolved'))
);
SELECT mashd_protect('clarification_topic', 'SELECT, INSERT, UPDATE');

-- One try to reach someone who can clarify; whether it counts as a discussion is judged once, by lib/discussion/rules.c.
CREATE TABLE contact_attempt (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  result text NOT NULL,
  method text NOT NULL,
  counterpart text NOT NULL,
  counterpart_name text,
  held_by uuid NOT NULL,
  held_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  children uuid[] NOT NULL,
  topics jsonb NOT NULL DEFAULT '[]',
  referrer_view text,
  shared_understanding text,
  effect_on_rating text NOT NULL DEFAULT 'none',
  note text,
  confirmed_no_topic_open boolean NOT NULL DEFAULT false,
  counts_as_discussion boolean NOT NULL,
  CONSTRAINT contact_attempt_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT contact_attempt_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT contact_attempt_held_by_fkey FOREIGN KEY (partnership_id, held_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT contact_attempt_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT contact_attempt_result CHECK (result IN ('discussed', 'written_reply', 'no_answer', 'message_left',
    'unavailable', 'wrong_person', 'declined', 'not_contactable')),
  CONSTRAINT contact_attempt_method CHECK (method IN ('phone', 'video', 'in_person', 'email', 'message')),
  CONSTRAINT contact_attempt_counterpart CHECK (counterpart IN ('referrer', 'person_with_direct_knowledge',
    'agency_deputy', 'record_reader')),
  CONSTRAINT contact_attempt_shared_understanding CHECK (shared_understanding IN ('yes', 'no', 'partly')),
  CONSTRAINT contact_attempt_effect_on_rating CHECK (effect_on_rating IN ('none', 'raised', 'lowered')),
  CONSTRAINT contact_attempt_held_not_later CHECK (held_at <= recorded_at),
  -- The second wall behind the rule: what can never count (DOMAIN section 5).
  CONSTRAINT contact_attempt_counts CHECK (NOT counts_as_discussion OR (result = 'discussed'
    AND method IN ('phone', 'video', 'in_person') AND counterpart IN ('referrer', 'person_with_direct_knowledge')))
);
SELECT mashd_protect('contact_attempt', 'SELECT, INSERT');

-- An authenticated post that could not be taken: what is known of it, never its content.
CREATE TABLE rejected_submission (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  agency_id uuid NOT NULL,
  key_id uuid NOT NULL,
  agency_reference text, -- if readable
  problem_type text NOT NULL,
  size bigint NOT NULL,
  body_digest text NOT NULL, -- BLAKE2b of the bytes; the same bytes again count as another attempt
  request_id uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT mashd_now(),
  last_received_at timestamptz NOT NULL DEFAULT mashd_now(),
  attempts integer NOT NULL DEFAULT 1,
  resolved_at timestamptz,
  CONSTRAINT rejected_submission_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT rejected_submission_agency_fkey FOREIGN KEY (partnership_id, agency_id)
    REFERENCES agency (partnership_id, id)
);
CREATE UNIQUE INDEX rejected_submission_open_key
  ON rejected_submission (partnership_id, agency_id, problem_type, body_digest) WHERE resolved_at IS NULL;
CREATE INDEX rejected_submission_open_reference ON rejected_submission (partnership_id, agency_id, agency_reference)
  WHERE resolved_at IS NULL;
CREATE INDEX rejected_submission_by_received ON rejected_submission (partnership_id, received_at, id);
SELECT mashd_protect('rejected_submission', 'SELECT, INSERT, UPDATE');

-- migrate:down
DROP TABLE rejected_submission, contact_attempt, clarification_topic, screening, referral_household, referral_child,
  submission, referral;
