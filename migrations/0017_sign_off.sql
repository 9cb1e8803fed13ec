-- migrate:up

-- A second person's word. Whoever names somebody as agreeing or authorising only asks them: what takes two people takes effect
-- when they have said so themselves, by their own key (DOMAIN sections 4, 5 and 7). The subject is a row of screening, decision
-- or flag.
CREATE TABLE sign_off (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  referral_id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after the latest of its steps
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  part text NOT NULL,
  asked_of uuid, -- null: any manager
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT mashd_now(),
  state text NOT NULL DEFAULT 'open',
  answered_by uuid,
  answered_at timestamptz,
  stand_in_reason text, -- why a manager answered in place of the one who was asked
  note text,
  lapsed_at timestamptz,
  lapsed_reason text,
  CONSTRAINT sign_off_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT sign_off_referral_fkey FOREIGN KEY (partnership_id, referral_id) REFERENCES referral (partnership_id, id),
  CONSTRAINT sign_off_asked_of_fkey FOREIGN KEY (partnership_id, asked_of) REFERENCES staff (partnership_id, id),
  CONSTRAINT sign_off_asked_by_fkey FOREIGN KEY (partnership_id, asked_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT sign_off_answered_by_fkey FOREIGN KEY (partnership_id, answered_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT sign_off_subject_kind CHECK (subject_kind IN ('screening', 'decision', 'flag')),
  CONSTRAINT sign_off_part CHECK (part IN ('agrees', 'authorises', 'signs_off')),
  CONSTRAINT sign_off_state CHECK (state IN ('open', 'agreed', 'refused', 'lapsed')),
  CONSTRAINT sign_off_lapsed_reason CHECK (lapsed_reason IN ('screened_again', 'discussed_since', 'decided_again',
                                                             'refused_by_another', 'withdrawn')),
  CONSTRAINT sign_off_flags_by_managers CHECK ((subject_kind = 'flag') = (part = 'signs_off')),
  CONSTRAINT sign_off_answered CHECK ((state IN ('agreed', 'refused')) = (answered_at IS NOT NULL)
                                      AND num_nonnulls(answered_at, answered_by) IN (0, 2)
                                      AND (answered_at IS NOT NULL OR num_nonnulls(note, stand_in_reason) = 0)
                                      AND (state <> 'refused' OR note IS NOT NULL)),
  CONSTRAINT sign_off_lapsed CHECK ((state = 'lapsed') = (lapsed_at IS NOT NULL)
                                    AND num_nonnulls(lapsed_at, lapsed_reason) IN (0, 2)),
  -- The second wall behind the rule: two people are two people.
  CONSTRAINT sign_off_two_people CHECK (asked_of <> asked_by AND answered_by <> asked_by),
  CONSTRAINT sign_off_in_place_of CHECK (stand_in_reason IS NULL OR answered_by <> asked_of)
);
CREATE INDEX sign_off_of_referral ON sign_off (partnership_id, referral_id, subject_id);
CREATE INDEX sign_off_by_asked ON sign_off (partnership_id, asked_at, id);
CREATE INDEX sign_off_open_by_asked ON sign_off (partnership_id, asked_at, id) WHERE state = 'open';
CREATE INDEX sign_off_open_of ON sign_off (partnership_id, asked_of, asked_at, id) WHERE state = 'open';
CREATE UNIQUE INDEX sign_off_one_open ON sign_off (partnership_id, subject_id, part) WHERE state = 'open';
SELECT mashd_protect('sign_off',
  'SELECT, INSERT, UPDATE (version, state, answered_by, answered_at, stand_in_reason, note, lapsed_at, lapsed_reason)');

-- Whether what waits for somebody's word is in effect. What asked nobody is. One row.
CREATE FUNCTION sign_off_standing(p uuid, referral uuid, subject uuid)
RETURNS TABLE (standing text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN bool_or(s.state = 'refused') THEN 'refused' WHEN bool_or(s.state = 'lapsed') THEN 'lapsed'
              WHEN bool_or(s.state = 'open') THEN 'awaiting_sign_off' ELSE 'in_effect' END
  FROM sign_off AS s
  WHERE s.partnership_id = p AND s.referral_id = referral AND s.subject_id = subject
$$;

-- The children that a decision is about, from when it is recorded: decision_child says whom it governs, once it is in effect.
-- Null in rows from before, which were in effect at once.
ALTER TABLE decision ADD COLUMN children uuid[];

-- Flags that a person raises: `breached_at` is then the date that they set, until when something must be done.
ALTER TABLE flag ALTER COLUMN follow_up_id DROP NOT NULL;
ALTER TABLE flag ADD COLUMN reason text, ADD COLUMN raised_by uuid, ADD COLUMN overdue_at timestamptz,
  ADD COLUMN done text, ADD COLUMN cleared_by_staff uuid;
ALTER TABLE flag ADD CONSTRAINT flag_raised_by_fkey FOREIGN KEY (partnership_id, raised_by)
  REFERENCES staff (partnership_id, id);
ALTER TABLE flag ADD CONSTRAINT flag_cleared_by_staff_fkey FOREIGN KEY (partnership_id, cleared_by_staff)
  REFERENCES staff (partnership_id, id);
ALTER TABLE flag ADD CONSTRAINT flag_manual CHECK ((kind = 'manual') = (follow_up_id IS NULL)
  AND num_nonnulls(reason, raised_by) = CASE kind WHEN 'manual' THEN 2 ELSE 0 END
  AND (kind = 'manual' OR overdue_at IS NULL) AND (kind <> 'manual' OR referral_id IS NOT NULL));
ALTER TABLE flag DROP CONSTRAINT flag_cleared;
ALTER TABLE flag ADD CONSTRAINT flag_cleared CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)
  AND cleared_by IN ('met', 'met_in_time_logged_late', 'retimed', 'waived', 'cancelled', 'by_hand'));
ALTER TABLE flag ADD CONSTRAINT flag_cleared_by_hand CHECK (num_nonnulls(done, cleared_by_staff)
  = CASE WHEN cleared_by = 'by_hand' THEN 2 ELSE 0 END AND (cleared_by <> 'by_hand' OR kind = 'manual'));
-- Those whose date may have passed without anybody writing it down.
CREATE INDEX flag_manual_to_sweep ON flag (partnership_id, breached_at, id)
  WHERE kind = 'manual' AND cleared_at IS NULL AND overdue_at IS NULL;

-- The how-manieth breach of its referral a flag is; null for rungs of the ladder, what a person raised, and a refused post. A
-- function of a table: only such a one with a query inside becomes part of the query that names it, instead of one run a row.
CREATE FUNCTION breach_of(p uuid, referral uuid, kind text, level integer, breached_at timestamptz, flag uuid)
RETURNS TABLE (number integer)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN referral IS NOT NULL AND kind <> 'manual' AND level = 1 THEN
    (SELECT count(*)::integer
     FROM flag AS g
     WHERE g.partnership_id = p AND g.referral_id = referral AND g.kind <> 'manual' AND g.level = 1
       AND (g.breached_at, g.id) <= (breach_of.breached_at, flag)) END
$$;

-- Who has what: a person's caseload. Nobody has a new referral, so that intake pays nothing for it.
CREATE INDEX referral_open_assigned ON referral (partnership_id, assigned_to, id)
  WHERE assigned_to IS NOT NULL AND state <> 'closed';

-- Words that a column may hold. A constraint of a table is read out of the catalogue and made ready by every single statement
-- that writes to the table, longer than the row takes where it lists dozens of words; that of a domain once a connection.
-- A word more: ALTER DOMAIN, which needs no look at the rows where a longer list takes the place of a shorter one.
-- Those of handovers that are passed on (0015), of the weekly sample (0019) and of decisions in question (0022) are among them.
CREATE DOMAIN event_type AS text CONSTRAINT event_type CHECK (VALUE IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'follow_up_paused',
  'follow_up_resumed', 'follow_up_warned', 'flag_raised', 'flag_escalated', 'flag_acknowledged', 'flag_signed_off',
  'flag_overdue', 'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'discussion_confirmed',
  'discussion_disputed', 'acknowledged', 'state_changed', 'assigned', 'corrected', 'promoted', 'decided', 'sign_off_asked',
  'sign_off_agreed', 'sign_off_refused', 'sign_off_lapsed', 'feedback_recorded', 'note_added', 'withdrawal_requested',
  'withdrawal_answered', 'closed', 'reopened', 'linked', 'unlinked', 'person_linked', 'person_unlinked',
  'passed_to_allocated_worker', 'accepted_by_allocated_worker', 'handover_offered', 'handover_accepted',
  'handover_returned', 'birth_recorded', 'transfer_decided', 'transfer_accepted', 'consultation_linked',
  'strategy_discussion_recorded', 'document_received', 'sample_drawn', 'sample_reviewed', 'decision_questioned',
  'handover_passed_on'));
ALTER TABLE event DROP CONSTRAINT event_type, ALTER COLUMN type TYPE event_type;

-- migrate:down
DELETE FROM event WHERE type IN ('flag_overdue', 'sign_off_asked', 'sign_off_agreed', 'sign_off_refused', 'sign_off_lapsed',
  'handover_passed_on');
ALTER TABLE event ALTER COLUMN type TYPE text;
DROP DOMAIN event_type;
ALTER TABLE event ADD CONSTRAINT event_type CHECK (type IN ('received', 'additional_information_received',
  'follow_up_opened', 'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'follow_up_paused',
  'follow_up_resumed', 'follow_up_warned', 'flag_raised', 'flag_escalated', 'flag_acknowledged', 'flag_signed_off',
  'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed', 'discussion_confirmed',
  'discussion_disputed', 'acknowledged', 'state_changed', 'assigned', 'corrected', 'promoted', 'decided',
  'feedback_recorded', 'note_added', 'withdrawal_requested', 'withdrawal_answered', 'closed', 'reopened', 'linked',
  'unlinked', 'person_linked', 'person_unlinked', 'passed_to_allocated_worker', 'accepted_by_allocated_worker',
  'handover_offered', 'handover_accepted', 'handover_returned', 'birth_recorded', 'transfer_decided', 'transfer_accepted',
  'consultation_linked', 'strategy_discussion_recorded', 'document_received'));
DROP INDEX referral_open_assigned;
DROP FUNCTION breach_of(uuid, uuid, text, integer, timestamptz, uuid);
DROP INDEX flag_manual_to_sweep;
DELETE FROM flag WHERE kind = 'manual';
ALTER TABLE flag DROP CONSTRAINT flag_cleared_by_hand, DROP CONSTRAINT flag_cleared, DROP CONSTRAINT flag_manual;
ALTER TABLE flag ADD CONSTRAINT flag_cleared CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)
  AND cleared_by IN ('met', 'met_in_time_logged_late', 'retimed', 'waived', 'cancelled'));
ALTER TABLE flag DROP COLUMN reason, DROP COLUMN raised_by, DROP COLUMN overdue_at, DROP COLUMN done,
  DROP COLUMN cleared_by_staff;
ALTER TABLE flag ALTER COLUMN follow_up_id SET NOT NULL;
ALTER TABLE decision DROP COLUMN children;
DROP FUNCTION sign_off_standing(uuid, uuid, uuid);
DROP TABLE sign_off;
