-- migrate:up

-- The same identifiers as before, each by one expression: PostgreSQL makes that a part of the statement that names it, where a
-- query inside would be run apart for every row. What a sweep or a re-timing writes has two of them a row.
CREATE OR REPLACE FUNCTION mashd_uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(gen_random_uuid()::text, 16))::uuid
$$;

CREATE OR REPLACE FUNCTION mashd_uuid_after(base uuid, ordinal integer) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (substr(base::text, 1, 19) || 'b' || lpad(to_hex(ordinal), 6, '0') || substr(gen_random_uuid()::text, 28))::uuid
$$;

-- Words that a column may hold. A constraint of a table is read out of the catalogue and made ready by every single statement
-- that writes to the table, longer than the row takes where it lists dozens of words; that of a domain once a connection.
-- A word more: ALTER DOMAIN, which needs no look at the rows where a longer list takes the place of a shorter one.
CREATE DOMAIN event_type AS text CONSTRAINT event_type CHECK (VALUE IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'follow_up_paused',
  'follow_up_resumed', 'follow_up_warned', 'flag_raised', 'flag_escalated', 'flag_acknowledged', 'flag_signed_off',
  'flag_overdue', 'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'discussion_confirmed',
  'discussion_disputed', 'acknowledged', 'state_changed', 'assigned', 'corrected', 'promoted', 'decided', 'sign_off_asked',
  'sign_off_agreed', 'sign_off_refused', 'sign_off_lapsed', 'feedback_recorded', 'note_added', 'withdrawal_requested',
  'withdrawal_answered', 'closed', 'reopened', 'linked', 'unlinked', 'person_linked', 'person_unlinked',
  'passed_to_allocated_worker', 'accepted_by_allocated_worker', 'handover_offered', 'handover_accepted',
  'handover_returned', 'birth_recorded', 'transfer_decided', 'transfer_accepted', 'consultation_linked',
  'strategy_discussion_recorded', 'document_received', 'sample_drawn', 'sample_reviewed'));
CREATE DOMAIN follow_up_kind AS text CONSTRAINT follow_up_kind CHECK (VALUE IN ('acknowledge', 'triage',
  'decide_next_steps', 'discuss', 'decide_outcome', 'feedback', 'resubmission', 'written_confirmation',
  'pass_to_allocated_worker', 'out_of_hours_handover', 'out_of_hours_return', 'strategy_discussion', 'transfer_acceptance',
  'sample_review'));
CREATE DOMAIN follow_up_state AS text CONSTRAINT follow_up_state CHECK (VALUE IN ('open', 'met', 'waived', 'cancelled'));
CREATE DOMAIN clock_unit AS text CONSTRAINT clock_unit CHECK (VALUE IN ('elapsed_minutes', 'working_minutes',
  'working_days', 'working_day_ends', 'calendar_months'));
CREATE DOMAIN responsible_role AS text CONSTRAINT responsible_role CHECK (VALUE IN ('practitioner', 'manager', 'duty',
  'allocated_worker', 'support', 'analyst', 'auditor', 'admin', 'scrutineer'));
CREATE DOMAIN record_kind AS text CONSTRAINT record_kind CHECK (VALUE IN ('request_for_service', 'notification',
  'consultation', 'information_only'));
CREATE DOMAIN referral_state AS text CONSTRAINT referral_state CHECK (VALUE IN ('received', 'in_progress', 'decided',
  'closed'));
CREATE DOMAIN discussed_state AS text CONSTRAINT discussed_state CHECK (VALUE IN ('yes', 'attempted', 'not_needed', 'no'));

ALTER TABLE event DROP CONSTRAINT event_type, ALTER COLUMN type TYPE event_type;

ALTER TABLE follow_up
  DROP CONSTRAINT follow_up_kind, DROP CONSTRAINT follow_up_state, DROP CONSTRAINT follow_up_unit,
  DROP CONSTRAINT follow_up_responsible,
  ALTER COLUMN kind TYPE follow_up_kind,
  ALTER COLUMN state TYPE follow_up_state,
  ALTER COLUMN unit TYPE clock_unit,
  ALTER COLUMN responsible TYPE responsible_role;

ALTER TABLE referral
  DROP CONSTRAINT referral_record_kind, DROP CONSTRAINT referral_state, DROP CONSTRAINT referral_discussed,
  ALTER COLUMN record_kind TYPE record_kind,
  ALTER COLUMN state TYPE referral_state,
  ALTER COLUMN discussed TYPE discussed_state;

-- migrate:down
ALTER TABLE event ALTER COLUMN type TYPE text;
ALTER TABLE event ADD CONSTRAINT event_type CHECK (type IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'follow_up_paused',
  'follow_up_resumed', 'follow_up_warned', 'flag_raised', 'flag_escalated', 'flag_acknowledged', 'flag_signed_off',
  'flag_overdue', 'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'discussion_confirmed',
  'discussion_disputed', 'acknowledged', 'state_changed', 'assigned', 'corrected', 'promoted', 'decided', 'sign_off_asked',
  'sign_off_agreed', 'sign_off_refused', 'sign_off_lapsed', 'feedback_recorded', 'note_added', 'withdrawal_requested',
  'withdrawal_answered', 'closed', 'reopened', 'linked', 'unlinked', 'person_linked', 'person_unlinked',
  'passed_to_allocated_worker', 'accepted_by_allocated_worker', 'handover_offered', 'handover_accepted',
  'handover_returned', 'birth_recorded', 'transfer_decided', 'transfer_accepted', 'consultation_linked',
  'strategy_discussion_recorded', 'document_received', 'sample_drawn', 'sample_reviewed'));
ALTER TABLE follow_up
  ALTER COLUMN kind TYPE text,
  ALTER COLUMN state TYPE text,
  ALTER COLUMN unit TYPE text,
  ALTER COLUMN responsible TYPE text;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_kind CHECK (kind IN ('acknowledge', 'triage', 'decide_next_steps', 'discuss',
  'decide_outcome', 'feedback', 'resubmission', 'written_confirmation', 'pass_to_allocated_worker', 'out_of_hours_handover',
  'out_of_hours_return', 'strategy_discussion', 'transfer_acceptance', 'sample_review'));
ALTER TABLE follow_up ADD CONSTRAINT follow_up_state CHECK (state IN ('open', 'met', 'waived', 'cancelled'));
ALTER TABLE follow_up ADD CONSTRAINT follow_up_unit CHECK (unit IN ('elapsed_minutes', 'working_minutes', 'working_days',
  'working_day_ends', 'calendar_months'));
ALTER TABLE follow_up ADD CONSTRAINT follow_up_responsible CHECK (responsible IN ('practitioner', 'manager', 'duty',
  'allocated_worker', 'support', 'analyst', 'auditor', 'admin', 'scrutineer'));
ALTER TABLE referral
  ALTER COLUMN record_kind TYPE text,
  ALTER COLUMN state TYPE text,
  ALTER COLUMN discussed TYPE text;
ALTER TABLE referral ADD CONSTRAINT referral_record_kind CHECK (record_kind IN ('request_for_service', 'notification',
  'consultation', 'information_only'));
ALTER TABLE referral ADD CONSTRAINT referral_state CHECK (state IN ('received', 'in_progress', 'decided', 'closed'));
ALTER TABLE referral ADD CONSTRAINT referral_discussed CHECK (discussed IN ('yes', 'attempted', 'not_needed', 'no'));
DROP DOMAIN event_type, follow_up_kind, follow_up_state, clock_unit, responsible_role, record_kind, referral_state,
  discussed_state;

CREATE OR REPLACE FUNCTION mashd_uuid_after(base uuid, ordinal integer) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (substr(base::text, 1, 19) || 'b' || substr(o.digits, 1, 3) || '-' || substr(o.digits, 4, 3)
          || substr(replace(gen_random_uuid()::text, '-', ''), 1, 9))::uuid
  FROM (SELECT lpad(to_hex(ordinal), 6, '0') AS digits) AS o
$$;

CREATE OR REPLACE FUNCTION mashd_uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(r, 14, 3) || substr(r, 17, 16))::uuid
  FROM (SELECT replace(gen_random_uuid()::text, '-', '') AS r) AS random
$$;
