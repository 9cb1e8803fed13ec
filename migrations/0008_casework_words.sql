-- migrate:up

-- The words of casework: what can happen to a referral, how time is counted, and who works out of hours. One migration, so
-- that each list stands whole in one place.
ALTER TABLE event DROP CONSTRAINT event_type;
ALTER TABLE event ADD CONSTRAINT event_type CHECK (type IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'follow_up_paused',
  'follow_up_resumed', 'follow_up_warned', 'flag_raised', 'flag_escalated', 'flag_acknowledged', 'flag_signed_off',
  'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'discussion_confirmed',
  'discussion_disputed', 'acknowledged', 'state_changed', 'assigned', 'corrected', 'promoted', 'decided',
  'feedback_recorded', 'note_added', 'withdrawal_requested', 'withdrawal_answered', 'closed', 'reopened', 'linked',
  'unlinked', 'person_linked', 'person_unlinked', 'passed_to_allocated_worker', 'accepted_by_allocated_worker',
  'handover_offered', 'handover_accepted', 'handover_returned', 'birth_recorded', 'transfer_decided', 'transfer_accepted',
  'consultation_linked', 'strategy_discussion_recorded', 'document_received'));

-- The same working day, and calendar months, besides the three units that the first rules needed.
ALTER TABLE follow_up DROP CONSTRAINT follow_up_unit;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_unit CHECK (unit IN ('elapsed_minutes', 'working_minutes', 'working_days',
  'working_day_ends', 'calendar_months'));

ALTER TABLE api_key DROP CONSTRAINT api_key_roles;
ALTER TABLE api_key ADD CONSTRAINT api_key_roles CHECK (cardinality(roles) > 0
  AND roles <@ ARRAY['agency', 'practitioner', 'manager', 'duty', 'allocated_worker', 'analyst', 'admin']
  AND (agency_id IS NOT NULL) = ('agency' = ANY (roles))
  AND (agency_id IS NULL OR cardinality(roles) = 1));

-- migrate:down
ALTER TABLE api_key DROP CONSTRAINT api_key_roles;
ALTER TABLE api_key ADD CONSTRAINT api_key_roles CHECK (cardinality(roles) > 0
  AND roles <@ ARRAY['agency', 'practitioner', 'manager', 'analyst', 'admin']
  AND (agency_id IS NOT NULL) = ('agency' = ANY (roles))
  AND (agency_id IS NULL OR cardinality(roles) = 1));
ALTER TABLE follow_up DROP CONSTRAINT follow_up_unit;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_unit CHECK (unit IN ('elapsed_minutes', 'working_minutes', 'working_days'));
ALTER TABLE event DROP CONSTRAINT event_type;
ALTER TABLE event ADD CONSTRAINT event_type CHECK (type IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'flag_raised',
  'flag_acknowledged', 'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'acknowledged',
  'state_changed'));
