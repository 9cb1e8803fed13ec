-- migrate:up

-- Who works on a referral now; the history stands in `assignment`. When a notification became a request: the figures of an
-- earlier moment must still see the notification.
ALTER TABLE referral ADD COLUMN assigned_to uuid, ADD COLUMN promoted_at timestamptz;
ALTER TABLE referral ADD CONSTRAINT referral_assigned_to_fkey FOREIGN KEY (partnership_id, assigned_to)
  REFERENCES staff (partnership_id, id);

-- Who had a referral since when: the latest row is the present. NULL: nobody.
CREATE TABLE assignment (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  assigned_to uuid,
  assigned_by uuid NOT NULL,
  assigned_at timestamptz NOT NULL DEFAULT mashd_now(),
  reason text,
  CONSTRAINT assignment_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT assignment_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT assignment_assigned_to_fkey FOREIGN KEY (partnership_id, assigned_to) REFERENCES staff (partnership_id, id),
  CONSTRAINT assignment_assigned_by_fkey FOREIGN KEY (partnership_id, assigned_by) REFERENCES staff (partnership_id, id)
);
SELECT mashd_protect('assignment', 'SELECT, INSERT');

-- Two referrals that belong together, as staff see it: never deleted, ended with a reason. A duplicate is the first one, of the
-- other; it counts as one once a manager has confirmed it.
CREATE TABLE referral_link (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  referral_id uuid NOT NULL, -- on which it was recorded
  other_referral_id uuid NOT NULL,
  kind text NOT NULL,
  reason text NOT NULL,
  linked_by uuid NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT mashd_now(),
  confirmed_by uuid,
  confirmed_at timestamptz,
  ended_by uuid,
  ended_at timestamptz,
  ended_reason text,
  CONSTRAINT referral_link_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT referral_link_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT referral_link_other_fkey FOREIGN KEY (partnership_id, other_referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT referral_link_linked_by_fkey FOREIGN KEY (partnership_id, linked_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT referral_link_confirmed_by_fkey FOREIGN KEY (partnership_id, confirmed_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT referral_link_ended_by_fkey FOREIGN KEY (partnership_id, ended_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT referral_link_kind CHECK (kind IN ('same_child', 'sibling', 'duplicate')),
  CONSTRAINT referral_link_two CHECK (referral_id <> other_referral_id),
  CONSTRAINT referral_link_confirmed CHECK (num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)
                                            AND (confirmed_at IS NULL OR kind = 'duplicate')),
  CONSTRAINT referral_link_ended CHECK (num_nonnulls(ended_by, ended_at, ended_reason) IN (0, 3))
);
CREATE INDEX referral_link_of_referral ON referral_link (partnership_id, referral_id);
CREATE INDEX referral_link_of_other ON referral_link (partnership_id, other_referral_id);
-- One standing link of a kind between two referrals, whichever of them it was recorded on.
CREATE UNIQUE INDEX referral_link_once ON referral_link
  (partnership_id, kind, least(referral_id, other_referral_id), greatest(referral_id, other_referral_id))
  WHERE ended_at IS NULL;
SELECT mashd_protect('referral_link', 'SELECT, INSERT, UPDATE');

-- The closing after which an instant lies; null while the calendar is open (to its closing instant), and before it begins. One
-- row. A table function for the reasons that stand in 0002.
CREATE FUNCTION closed_since(p uuid, c uuid, at timestamptz)
RETURNS TABLE (closed_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN n.opens_at <= b.at THEN NULL ELSE l.closes_at END
  FROM (SELECT at AS at OFFSET 0) AS b
  LEFT JOIN LATERAL (SELECT f.opens_at FROM working_interval AS f
                     WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at >= b.at
                     ORDER BY f.closes_at LIMIT 1) AS n ON true
  LEFT JOIN LATERAL (SELECT g.closes_at FROM working_interval AS g
                     WHERE g.partnership_id = p AND g.calendar_id = c AND g.closes_at < b.at
                     ORDER BY g.closes_at DESC LIMIT 1) AS l ON true
$$;

-- Whose an obligation is, where it moved from the role that its rule names: a discussion that went along to the allocated worker.
ALTER TABLE follow_up ADD COLUMN responsible text;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_responsible CHECK (responsible IN ('practitioner', 'manager', 'duty',
  'allocated_worker', 'support', 'analyst', 'auditor', 'admin', 'scrutineer'));

-- Children of a referral have an open case: whose it is, and whether its worker has accepted the referral. Of each child the
-- latest row counts.
CREATE TABLE open_case (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  children uuid[] NOT NULL,
  worker_name text NOT NULL,
  worker_team text NOT NULL,
  worker_id uuid, -- where the worker is staff here
  case_reference text,
  note text,
  passed_by uuid NOT NULL,
  passed_at timestamptz NOT NULL DEFAULT mashd_now(),
  accepted_by uuid,
  accepted_as text,
  accepted_at timestamptz,
  accepted_recorded_at timestamptz,
  accepted_note text,
  CONSTRAINT open_case_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT open_case_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT open_case_worker_fkey FOREIGN KEY (partnership_id, worker_id) REFERENCES staff (partnership_id, id),
  CONSTRAINT open_case_passed_by_fkey FOREIGN KEY (partnership_id, passed_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT open_case_accepted_by_fkey FOREIGN KEY (partnership_id, accepted_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT open_case_accepted_as CHECK (accepted_as IN ('allocated_worker', 'manager', 'duty')),
  CONSTRAINT open_case_accepted CHECK (num_nonnulls(accepted_by, accepted_as, accepted_at, accepted_recorded_at) IN (0, 4)
                                       AND accepted_at <= accepted_recorded_at)
);
SELECT mashd_protect('open_case', 'SELECT, INSERT, UPDATE');
-- Since when all children of an open case have been passed again: then it waits for nobody. One row; null: it stands.
CREATE FUNCTION open_case_superseded(p uuid, referral uuid, of_case uuid, children uuid[], passed_at timestamptz)
RETURNS TABLE (superseded_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN bool_and(n.at IS NOT NULL) THEN max(n.at) END
  FROM unnest(children) AS k (id)
  CROSS JOIN LATERAL (SELECT min(l.passed_at) AS at
                      FROM open_case AS l
                      WHERE l.partnership_id = p AND l.referral_id = referral
                        AND (l.passed_at, l.id) > (open_case_superseded.passed_at, of_case) AND k.id = ANY (l.children)) AS n
$$;

-- Out of hours: offered by the hub (or by nobody: taken at night), accepted by a named duty worker, passed on to the next one who
-- accepts the referral, or taken back by the hub.
CREATE TABLE handover (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after the latest of its steps
  offered_by uuid,
  offered_at timestamptz,
  offered_to uuid,
  summary text,
  accepted_by uuid,
  accepted_at timestamptz,
  accepted_recorded_at timestamptz,
  accepted_note text,
  returned_to uuid,
  returned_at timestamptz,
  returned_recorded_at timestamptz,
  returned_note text,
  passed_on_to uuid,
  passed_on_at timestamptz,
  CONSTRAINT handover_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT handover_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT handover_offered_by_fkey FOREIGN KEY (partnership_id, offered_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT handover_offered_to_fkey FOREIGN KEY (partnership_id, offered_to) REFERENCES staff (partnership_id, id),
  CONSTRAINT handover_accepted_by_fkey FOREIGN KEY (partnership_id, accepted_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT handover_returned_to_fkey FOREIGN KEY (partnership_id, returned_to) REFERENCES staff (partnership_id, id),
  CONSTRAINT handover_passed_on_to_fkey FOREIGN KEY (partnership_id, passed_on_to) REFERENCES staff (partnership_id, id),
  CONSTRAINT handover_offered CHECK (num_nonnulls(offered_by, offered_at, summary) IN (0, 3)
                                     AND (offered_to IS NULL OR offered_by IS NOT NULL)),
  CONSTRAINT handover_accepted CHECK (num_nonnulls(accepted_by, accepted_at, accepted_recorded_at) IN (0, 3)
                                      AND accepted_at <= accepted_recorded_at
                                      AND (accepted_at IS NOT NULL OR offered_at IS NOT NULL)),
  CONSTRAINT handover_returned CHECK (num_nonnulls(returned_to, returned_at, returned_recorded_at) IN (0, 3)
                                      AND returned_at <= returned_recorded_at AND returned_at >= accepted_at
                                      AND (returned_at IS NULL OR accepted_at IS NOT NULL)),
  CONSTRAINT handover_passed_on CHECK (num_nonnulls(passed_on_to, passed_on_at) IN (0, 2) AND passed_on_at >= accepted_at
                                       AND (passed_on_at IS NULL OR (accepted_at IS NOT NULL AND returned_at IS NULL)))
);
-- With duty it is once at a time: what a race could accept twice.
CREATE UNIQUE INDEX handover_one_running ON handover (partnership_id, referral_id)
  WHERE accepted_at IS NOT NULL AND returned_at IS NULL AND passed_on_at IS NULL;
SELECT mashd_protect('handover', 'SELECT, INSERT, UPDATE');

-- The version at which a referral was last taken up: what is older was decided, or handed on, before more was sent, before it was
-- reopened, or before it became a request for service. 0 while none of these has happened. One row.
CREATE FUNCTION taken_up(p uuid, referral uuid)
RETURNS TABLE (version integer)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT coalesce(max(e.version), 0)
  FROM event AS e
  WHERE e.partnership_id = p AND e.referral_id = referral AND e.type IN ('additional_information_received', 'reopened', 'promoted')
$$;

-- A referral that goes to another authority: ours until that has accepted. The latest row counts.
CREATE TABLE transfer (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after the latest of its steps
  to_authority text NOT NULL,
  contact_name text NOT NULL,
  contact text NOT NULL,
  reason text NOT NULL,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  accepted_name text, -- who accepted, at the other authority
  accepted_role text,
  accepted_reference text,
  accepted_at timestamptz,
  accepted_recorded_by uuid,
  accepted_recorded_at timestamptz,
  accepted_note text,
  accepted_children uuid[], -- theirs from then on
  CONSTRAINT transfer_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT transfer_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT transfer_decided_by_fkey FOREIGN KEY (partnership_id, decided_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT transfer_accepted_recorded_by_fkey FOREIGN KEY (partnership_id, accepted_recorded_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT transfer_decided_not_later CHECK (decided_at <= recorded_at),
  CONSTRAINT transfer_accepted CHECK (num_nonnulls(accepted_name, accepted_at, accepted_recorded_by, accepted_recorded_at,
                                                   accepted_children) IN (0, 5)
                                      AND accepted_at <= accepted_recorded_at AND accepted_at >= decided_at)
);
SELECT mashd_protect('transfer', 'SELECT, INSERT, UPDATE');

-- The children of a referral whom another authority has, as long as the referral was not taken up again since.
CREATE FUNCTION children_gone(p uuid, referral uuid)
RETURNS TABLE (child_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT c.id
  FROM transfer AS t
  CROSS JOIN LATERAL taken_up(p, referral) AS u
  CROSS JOIN LATERAL unnest(t.accepted_children) AS c (id)
  WHERE t.partnership_id = p AND t.referral_id = referral AND t.version > u.version
$$;

-- An unborn child of a referral was born. The expected date stands here and in the child's record.
CREATE TABLE birth (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  child_id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  expected_date_of_delivery date,
  date_of_birth date NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT birth_pkey PRIMARY KEY (partnership_id, referral_id, child_id),
  CONSTRAINT birth_child_fkey FOREIGN KEY (partnership_id, referral_id, child_id)
    REFERENCES referral_child (partnership_id, referral_id, id),
  CONSTRAINT birth_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by) REFERENCES staff (partnership_id, id)
);
SELECT mashd_protect('birth', 'SELECT, INSERT');

-- A strategy discussion that was held, and who was there. Compliant only with social care, police and health (DOMAIN 8: 1.7).
CREATE TABLE strategy_discussion (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  held_at timestamptz NOT NULL,
  chaired_by uuid NOT NULL,
  children uuid[] NOT NULL,
  present jsonb NOT NULL, -- [{agency, name, role}]
  missing text[] NOT NULL,
  compliant boolean NOT NULL GENERATED ALWAYS AS (cardinality(missing) = 0) STORED,
  summary text NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT strategy_discussion_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT strategy_discussion_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT strategy_discussion_chaired_by_fkey FOREIGN KEY (partnership_id, chaired_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT strategy_discussion_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT strategy_discussion_missing CHECK (missing <@ ARRAY['social_care', 'police', 'health']),
  CONSTRAINT strategy_discussion_held_not_later CHECK (held_at <= recorded_at)
);
SELECT mashd_protect('strategy_discussion', 'SELECT, INSERT');

-- The document that confirms a phone referral in writing.
CREATE TABLE written_confirmation (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  received_at timestamptz NOT NULL,
  channel text NOT NULL,
  document_reference text,
  note text,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT written_confirmation_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT written_confirmation_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT written_confirmation_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT written_confirmation_channel CHECK (channel IN ('web_form', 'secure_email', 'file_transfer', 'post',
                                                             'in_person')),
  CONSTRAINT written_confirmation_received_not_later CHECK (received_at <= recorded_at)
);
SELECT mashd_protect('written_confirmation', 'SELECT, INSERT');

-- A call before any referral: somebody asked the hub for advice. No child need be named.
CREATE TABLE consultation (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  held_by uuid NOT NULL,
  held_at timestamptz NOT NULL,
  method text NOT NULL,
  agency_id uuid,
  caller_name text NOT NULL,
  caller_role text,
  caller_agency text,
  about text NOT NULL,
  advice text NOT NULL,
  referral_advised boolean NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT consultation_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT consultation_held_by_fkey FOREIGN KEY (partnership_id, held_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT consultation_agency_fkey FOREIGN KEY (partnership_id, agency_id) REFERENCES agency (partnership_id, id),
  CONSTRAINT consultation_recorded_by_fkey FOREIGN KEY (partnership_id, recorded_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT consultation_method CHECK (method IN ('phone', 'video', 'in_person', 'email', 'message')),
  CONSTRAINT consultation_held_not_later CHECK (held_at <= recorded_at)
);
CREATE INDEX consultation_by_held ON consultation (partnership_id, held_at, id);
SELECT mashd_protect('consultation', 'SELECT, INSERT');

-- A consultation that a referral came of; where it counts as the discussion, the contact attempt that says so.
CREATE TABLE consultation_link (
  partnership_id uuid NOT NULL,
  consultation_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  attempt_id uuid,
  linked_by uuid NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT consultation_link_pkey PRIMARY KEY (partnership_id, referral_id, consultation_id),
  CONSTRAINT consultation_link_consultation_fkey FOREIGN KEY (partnership_id, consultation_id)
    REFERENCES consultation (partnership_id, id),
  CONSTRAINT consultation_link_referral_fkey FOREIGN KEY (partnership_id, referral_id)
    REFERENCES referral (partnership_id, id),
  CONSTRAINT consultation_link_attempt_fkey FOREIGN KEY (partnership_id, referral_id, attempt_id)
    REFERENCES contact_attempt (partnership_id, referral_id, id),
  CONSTRAINT consultation_link_linked_by_fkey FOREIGN KEY (partnership_id, linked_by) REFERENCES staff (partnership_id, id)
);
CREATE INDEX consultation_link_of_consultation ON consultation_link (partnership_id, consultation_id);
SELECT mashd_protect('consultation_link', 'SELECT, INSERT');

-- migrate:down
DROP FUNCTION children_gone(uuid, uuid), taken_up(uuid, uuid);
DROP TABLE consultation_link, consultation, written_confirmation, strategy_discussion, birth, transfer, handover, open_case;
ALTER TABLE follow_up DROP COLUMN responsible;
DROP FUNCTION open_case_superseded(uuid, uuid, uuid, uuid[], timestamptz);
DROP FUNCTION closed_since(uuid, uuid, timestamptz);
DROP TABLE referral_link, assignment;
ALTER TABLE referral DROP COLUMN assigned_to, DROP COLUMN promoted_at;
