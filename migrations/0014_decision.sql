-- migrate:up

-- What the hub decided about one or more children of a referral (DOMAIN section 5). Appended and superseded, never
-- overwritten. Protection never waits for paperwork: what such a decision lacks stands under `exceptions`, where the same
-- would refuse any other.
CREATE TABLE decision (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  stage text NOT NULL,
  outcome text NOT NULL,
  legal_basis text,
  legal_basis_text text, -- which one, where it is 'other'
  level_of_need text,    -- in the words of the partnership's threshold document, as on the referral
  rationale text,
  history_considered jsonb, -- {child, siblings, mother, father_or_other_carer, summary}
  undiscussed_reason text,
  decided_by uuid NOT NULL,
  authorised_by uuid,
  agreed_by uuid, -- second person of "no further action" where clarification was needed
  decided_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  exceptions jsonb NOT NULL DEFAULT '[]', -- [{pointer, code, detail}]
  CONSTRAINT decision_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT decision_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT decision_decided_by_fkey FOREIGN KEY (partnership_id, decided_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT decision_authorised_by_fkey FOREIGN KEY (partnership_id, authorised_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT decision_agreed_by_fkey FOREIGN KEY (partnership_id, agreed_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT decision_stage CHECK (stage IN ('next_steps', 'final')),
  CONSTRAINT decision_outcome CHECK (outcome IN ('no_further_action', 'advice_given', 'signposted',
    'recorded_as_information', 'early_help', 'family_help', 'pre_birth_assessment', 'child_and_family_assessment',
    'strategy_discussion', 'immediate_protection', 'passed_to_allocated_worker', 'transfer_to_other_authority',
    'adult_safeguarding_request')),
  CONSTRAINT decision_legal_basis CHECK (legal_basis IN ('s17', 's20', 's44', 's46', 's47', 'children_act_2004_s10',
    'care_act_2014_s42', 'none', 'other')),
  CONSTRAINT decision_legal_basis_text CHECK (legal_basis_text IS NULL OR legal_basis = 'other'),
  CONSTRAINT decision_undiscussed_reason CHECK (undiscussed_reason IN ('protection_first', 'unreached_after_attempts',
    'declined', 'anonymous', 'answered_elsewhere')),
  CONSTRAINT decision_authoriser CHECK (stage = 'next_steps' OR authorised_by <> decided_by),
  CONSTRAINT decision_second_person CHECK (agreed_by <> decided_by),
  CONSTRAINT decision_decided_not_later CHECK (decided_at <= recorded_at),
  -- The second wall behind the rules: what only protection may lack.
  CONSTRAINT decision_complete CHECK (outcome IN ('strategy_discussion', 'immediate_protection')
    OR (num_nulls(legal_basis, level_of_need, rationale, history_considered, authorised_by) = 0 AND exceptions = '[]'))
);
SELECT mashd_protect('decision', 'SELECT, INSERT');

-- Which child a decision is about. The one that nothing supersedes governs; figures use the first final one.
CREATE TABLE decision_child (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  decision_id uuid NOT NULL,
  child_id uuid NOT NULL,
  ordinal integer NOT NULL, -- counts the decisions about this child
  stage text NOT NULL,
  first_final boolean NOT NULL,
  superseded_by uuid, -- the decision
  superseded_at timestamptz,
  CONSTRAINT decision_child_pkey PRIMARY KEY (partnership_id, referral_id, decision_id, child_id),
  CONSTRAINT decision_child_ordinal_key UNIQUE (partnership_id, referral_id, child_id, ordinal),
  CONSTRAINT decision_child_decision_fkey FOREIGN KEY (partnership_id, referral_id, decision_id)
    REFERENCES decision (partnership_id, referral_id, id),
  CONSTRAINT decision_child_superseded_by_fkey FOREIGN KEY (partnership_id, referral_id, superseded_by)
    REFERENCES decision (partnership_id, referral_id, id),
  CONSTRAINT decision_child_stage CHECK (stage IN ('next_steps', 'final')),
  CONSTRAINT decision_child_first_final CHECK (NOT first_final OR stage = 'final'),
  CONSTRAINT decision_child_superseded CHECK (num_nonnulls(superseded_by, superseded_at) IN (0, 2))
);
CREATE UNIQUE INDEX decision_child_governing ON decision_child (partnership_id, referral_id, child_id)
  WHERE superseded_by IS NULL;
CREATE UNIQUE INDEX decision_child_first ON decision_child (partnership_id, referral_id, child_id) WHERE first_final;
SELECT mashd_protect('decision_child', 'SELECT, INSERT, UPDATE (superseded_by, superseded_at)');

-- Which discussions informed a decision, and what they changed.
CREATE TABLE decision_discussion (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  decision_id uuid NOT NULL,
  contact_attempt_id uuid NOT NULL,
  effect text NOT NULL,
  CONSTRAINT decision_discussion_pkey PRIMARY KEY (partnership_id, referral_id, decision_id, contact_attempt_id),
  CONSTRAINT decision_discussion_decision_fkey FOREIGN KEY (partnership_id, referral_id, decision_id)
    REFERENCES decision (partnership_id, referral_id, id),
  CONSTRAINT decision_discussion_attempt_fkey FOREIGN KEY (partnership_id, referral_id, contact_attempt_id)
    REFERENCES contact_attempt (partnership_id, referral_id, id),
  CONSTRAINT decision_discussion_effect CHECK (effect IN ('changed_rating', 'changed_outcome', 'confirmed', 'none'))
);
SELECT mashd_protect('decision_discussion', 'SELECT, INSERT');

-- What the referrer was told of the outcome, or the lawful reason not to tell.
CREATE TABLE feedback (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  content text,
  content_reason text, -- why a member of the public was told more than that it arrived
  not_given_reason text,
  method text,
  told text, -- name of who was told, where that is not the referrer
  text text, -- in the words meant for the referrer and the agency
  given_by uuid NOT NULL,
  given_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT feedback_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT feedback_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT feedback_given_by_fkey FOREIGN KEY (partnership_id, given_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT feedback_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT feedback_content CHECK (content IN ('full', 'limited', 'receipt_only')),
  CONSTRAINT feedback_not_given_reason CHECK (not_given_reason IN ('anonymous', 'no_safe_contact', 'risk_to_child',
    'risk_to_adult', 'police_request', 'referrer_is_alleged_perpetrator')),
  CONSTRAINT feedback_method CHECK (method IN ('phone', 'video', 'in_person', 'email', 'message', 'letter')),
  CONSTRAINT feedback_given CHECK (num_nonnulls(content, not_given_reason) = 1
    AND (content IS NULL) = (method IS NULL)
    AND (content IS NOT NULL OR num_nonnulls(content_reason, told, text) = 0)),
  CONSTRAINT feedback_given_not_later CHECK (given_at <= recorded_at)
);
SELECT mashd_protect('feedback', 'SELECT, INSERT');

-- What staff write down besides; for the hub alone.
CREATE TABLE note (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  text text NOT NULL,
  written_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT note_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT note_referral_fkey FOREIGN KEY (partnership_id, referral_id) REFERENCES referral (partnership_id, id),
  CONSTRAINT note_written_by_fkey FOREIGN KEY (partnership_id, written_by) REFERENCES staff (partnership_id, id)
);
SELECT mashd_protect('note', 'SELECT, INSERT');

-- An agency asks for its referral back; nothing stops until a manager has answered.
CREATE TABLE withdrawal (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after the request
  agency_id uuid NOT NULL,
  reason text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT mashd_now(),
  answer text,
  answer_reason text,
  duplicate_of uuid,
  answered_by uuid,
  answered_at timestamptz,
  CONSTRAINT withdrawal_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT withdrawal_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT withdrawal_agency_fkey FOREIGN KEY (partnership_id, agency_id) REFERENCES agency (partnership_id, id),
  CONSTRAINT withdrawal_duplicate_of_fkey FOREIGN KEY (partnership_id, duplicate_of)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT withdrawal_answered_by_fkey FOREIGN KEY (partnership_id, answered_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT withdrawal_answer CHECK (answer IN ('continued', 'closed_sent_in_error', 'closed_duplicate')),
  CONSTRAINT withdrawal_answered CHECK (num_nonnulls(answer, answer_reason, answered_by, answered_at) IN (0, 4)),
  CONSTRAINT withdrawal_duplicate CHECK ((duplicate_of IS NOT NULL) = coalesce(answer = 'closed_duplicate', false)
                                         AND duplicate_of <> referral_id)
);
CREATE UNIQUE INDEX withdrawal_one_open ON withdrawal (partnership_id, referral_id) WHERE answer IS NULL;
SELECT mashd_protect('withdrawal', 'SELECT, INSERT, UPDATE (answer, answer_reason, duplicate_of, answered_by, answered_at)');

-- Why nothing is left to do. A manager who answers a withdrawal is the only one to close as a duplicate or sent in error.
CREATE TABLE closure (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  reason text NOT NULL,
  note text,
  withdrawal_id uuid,
  duplicate_of uuid,
  closed_by uuid NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT closure_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT closure_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT closure_withdrawal_fkey FOREIGN KEY (partnership_id, referral_id, withdrawal_id)
    REFERENCES withdrawal (partnership_id, referral_id, id),
  CONSTRAINT closure_closed_by_fkey FOREIGN KEY (partnership_id, closed_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT closure_reason CHECK (reason IN ('no_further_action', 'advice_or_signposting', 'recorded_as_information',
    'passed_to_early_help', 'passed_to_assessment', 'passed_to_child_protection', 'passed_to_allocated_worker',
    'passed_to_adult_services', 'RC1', 'RC2', 'RC3', 'RC4', 'RC5', 'RC6', 'RC7', 'RC8', 'RC9', 'sent_in_error', 'duplicate')),
  CONSTRAINT closure_withdrawn CHECK ((reason IN ('sent_in_error', 'duplicate')) = (withdrawal_id IS NOT NULL)
                                      AND (reason = 'duplicate') = (duplicate_of IS NOT NULL))
);
SELECT mashd_protect('closure', 'SELECT, INSERT');

-- A closed referral is taken up again: by a person, or by a decision that protects a child.
CREATE TABLE reopening (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  reason text NOT NULL,
  note text,
  reopened_by uuid NOT NULL,
  reopened_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT reopening_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT reopening_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT reopening_reopened_by_fkey FOREIGN KEY (partnership_id, reopened_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT reopening_reason CHECK (reason IN ('new_information', 'closed_in_error', 'decision_challenged',
    'not_taken_up', 'protection'))
);
SELECT mashd_protect('reopening', 'SELECT, INSERT');

-- The agency's answer to "was this discussed with you?". Each is kept; the latest of an attempt counts.
CREATE TABLE discussion_confirmation (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  contact_attempt_id uuid NOT NULL,
  ordinal integer NOT NULL, -- counts the answers about this attempt
  agency_id uuid NOT NULL,
  answer text NOT NULL,
  words text,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT discussion_confirmation_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT discussion_confirmation_ordinal_key UNIQUE (partnership_id, referral_id, contact_attempt_id, ordinal),
  CONSTRAINT discussion_confirmation_attempt_fkey FOREIGN KEY (partnership_id, referral_id, contact_attempt_id)
    REFERENCES contact_attempt (partnership_id, referral_id, id),
  CONSTRAINT discussion_confirmation_agency_fkey FOREIGN KEY (partnership_id, agency_id)
    REFERENCES agency (partnership_id, id),
  CONSTRAINT discussion_confirmation_answer CHECK (answer IN ('confirmed', 'disputed')),
  CONSTRAINT discussion_confirmation_words CHECK (answer = 'confirmed' OR words IS NOT NULL)
);
SELECT mashd_protect('discussion_confirmation', 'SELECT, INSERT');

-- When protection came first and the discussion was put off, as long as that holds: the earliest such decision since which
-- nothing that counts was discussed, nothing was added and the referral was not taken up again. One row, null where none.
CREATE FUNCTION protection_first_at(p uuid, referral uuid)
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT min(d.decided_at)
  FROM decision AS d
  WHERE d.partnership_id = p AND d.referral_id = referral AND d.undiscussed_reason = 'protection_first'
    AND NOT EXISTS (SELECT FROM contact_attempt AS t
                    WHERE t.partnership_id = p AND t.referral_id = referral AND t.counts_as_discussion
                      AND t.held_at >= d.decided_at)
    AND NOT EXISTS (SELECT FROM reopening AS o
                    WHERE o.partnership_id = p AND o.referral_id = referral AND o.version > d.version)
    AND NOT EXISTS (SELECT FROM submission AS s
                    WHERE s.partnership_id = p AND s.referral_id = referral AND s.kind = 'additional'
                      AND s.received_at > d.recorded_at)
$$;

-- As in 0010, with one more instant.
CREATE OR REPLACE FUNCTION record_instant(p uuid, c uuid, referral uuid, since text)
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE since
    WHEN 'received_at' THEN (
      SELECT r.received_at FROM referral AS r WHERE r.partnership_id = p AND r.id = referral)
    WHEN 'expected_date_of_delivery' THEN (
      SELECT min(d.expected_date_of_delivery)::timestamp AT TIME ZONE min(z.time_zone)
      FROM referral_child AS d
      JOIN calendar AS z ON z.partnership_id = p AND z.id = c
      WHERE d.partnership_id = p AND d.referral_id = referral)
    WHEN 'protection_first_at' THEN (
      SELECT f.at FROM protection_first_at(p, referral) AS f)
  END
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION record_instant(p uuid, c uuid, referral uuid, since text)
RETURNS TABLE (at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE since
    WHEN 'received_at' THEN (
      SELECT r.received_at FROM referral AS r WHERE r.partnership_id = p AND r.id = referral)
    WHEN 'expected_date_of_delivery' THEN (
      SELECT min(d.expected_date_of_delivery)::timestamp AT TIME ZONE min(z.time_zone)
      FROM referral_child AS d
      JOIN calendar AS z ON z.partnership_id = p AND z.id = c
      WHERE d.partnership_id = p AND d.referral_id = referral)
  END
$$;
DROP FUNCTION protection_first_at(uuid, uuid);
DROP TABLE discussion_confirmation, reopening, closure, withdrawal, note, feedback, decision_discussion, decision_child,
  decision;
