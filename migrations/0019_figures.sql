-- migrate:up

-- The figures of DOMAIN section 7 as at any past instant: judged by what was recorded up to then, never by columns that have
-- changed since. What was overwritten without a trace until now gets one here.

-- When a child came onto a referral: with the receipt, with additional information, or added by the hub.
ALTER TABLE referral_child ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT mashd_now();
UPDATE referral_child AS k
SET recorded_at = r.recorded_at
FROM referral AS r
WHERE r.partnership_id = k.partnership_id AND r.id = k.referral_id;

-- Since when a decision governs a child: what waits for the word of somebody whom it names does so only once that has been said.
ALTER TABLE decision_child ADD COLUMN in_effect_at timestamptz NOT NULL DEFAULT mashd_now();
UPDATE decision_child AS k
SET in_effect_at = d.recorded_at
FROM decision AS d
WHERE d.partnership_id = k.partnership_id AND d.referral_id = k.referral_id AND d.id = k.decision_id;

-- What working time says of a try and of a decision is judged once, by the calendar that was in force when they were written down:
-- a closure that is entered later makes nobody late, or prompt, in hindsight. Null where the calendar does not reach.
ALTER TABLE contact_attempt
  ADD COLUMN next_working_day_at timestamptz,  -- one working day after it was held
  ADD COLUMN working_minutes double precision; -- from receipt until it was held, 0 where it was held before
ALTER TABLE decision ADD COLUMN next_working_day_at timestamptz; -- one working day after it was made
UPDATE contact_attempt AS t
SET next_working_day_at = (SELECT w.due_at FROM due_instant(t.partnership_id, k.id, t.held_at, 'working_days', 1) AS w),
    working_minutes = (SELECT w.working_minutes
                       FROM working_minutes_between(t.partnership_id, k.id, r.received_at, greatest(t.held_at, r.received_at)) AS w)
FROM calendar AS k, referral AS r
WHERE k.partnership_id = t.partnership_id AND k.is_default AND r.partnership_id = t.partnership_id AND r.id = t.referral_id;
UPDATE decision AS d
SET next_working_day_at = (SELECT w.due_at FROM due_instant(d.partnership_id, k.id, d.decided_at, 'working_days', 1) AS w)
FROM calendar AS k
WHERE k.partnership_id = d.partnership_id AND k.is_default;

-- A child's NHS number before a correction changed it, null: it had none.
CREATE TABLE former_nhs_number (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  child_id uuid NOT NULL,
  nhs_number text,
  until_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT former_nhs_number_pkey PRIMARY KEY (partnership_id, referral_id, child_id, until_at)
);
CREATE INDEX former_nhs_number_by_number ON former_nhs_number (partnership_id, nhs_number) WHERE nhs_number IS NOT NULL;
SELECT mashd_protect('former_nhs_number', 'SELECT, INSERT');
CREATE INDEX referral_child_by_nhs_number ON referral_child (partnership_id, nhs_number) WHERE nhs_number IS NOT NULL;

-- The weekly sample of "clarification not needed" that is read again (DOMAIN section 7: against gaming): each week is drawn
-- once, when it is over.
CREATE TABLE sample_week (
  partnership_id uuid NOT NULL,
  week date NOT NULL, -- its Monday, local
  candidates integer NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT sample_week_pkey PRIMARY KEY (partnership_id, week)
);
SELECT mashd_protect('sample_week', 'SELECT, INSERT');
CREATE TABLE sampled_referral (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  week date NOT NULL,
  screening_id uuid NOT NULL, -- what is to be read again
  drawn_at timestamptz NOT NULL DEFAULT mashd_now(),
  opened_at timestamptz,      -- when its follow-up was opened
  CONSTRAINT sampled_referral_pkey PRIMARY KEY (partnership_id, referral_id, week),
  CONSTRAINT sampled_referral_screening_fkey FOREIGN KEY (partnership_id, referral_id, screening_id)
    REFERENCES screening (partnership_id, referral_id, id)
);
CREATE INDEX sampled_referral_waiting ON sampled_referral (partnership_id, week, referral_id) WHERE opened_at IS NULL;
SELECT mashd_protect('sampled_referral', 'SELECT, INSERT, UPDATE (opened_at)');

-- What a manager found who read it again.
CREATE TABLE sample_review (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral after it
  screening_id uuid NOT NULL,
  finding text NOT NULL,
  reason text NOT NULL,
  reviewed_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT sample_review_pkey PRIMARY KEY (partnership_id, referral_id, id),
  CONSTRAINT sample_review_once UNIQUE (partnership_id, referral_id, screening_id),
  CONSTRAINT sample_review_screening_fkey FOREIGN KEY (partnership_id, referral_id, screening_id)
    REFERENCES screening (partnership_id, referral_id, id),
  CONSTRAINT sample_review_reviewed_by_fkey FOREIGN KEY (partnership_id, reviewed_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT sample_review_finding CHECK (finding IN ('not_needed', 'was_needed'))
);
SELECT mashd_protect('sample_review', 'SELECT, INSERT');
CREATE INDEX screening_not_needed ON screening (partnership_id, recorded_at) WHERE NOT clarification_needed;

CREATE DOMAIN follow_up_kind AS text CONSTRAINT follow_up_kind CHECK (VALUE IN ('acknowledge', 'triage',
  'decide_next_steps', 'discuss', 'decide_outcome', 'feedback', 'resubmission', 'written_confirmation',
  'pass_to_allocated_worker', 'out_of_hours_handover', 'out_of_hours_return', 'strategy_discussion', 'transfer_acceptance',
  'sample_review'));
ALTER TABLE follow_up DROP CONSTRAINT follow_up_kind, ALTER COLUMN kind TYPE follow_up_kind;

-- ---- a referral as at an instant

-- A year of a large hub is 50,000 referrals. What each of them needs is therefore worked out for all of them together, not by
-- thirty look-ups apiece: functions take the ids (`referrals`), and read each table once, by its index. What they found is put
-- together by FULL JOIN although a LEFT JOIN would say it: the planner cannot know how many these are and expects a handful,
-- and of a full join it cannot make a loop within a loop. (A condition that says so would make a left join of it again: hence
-- num_nonnulls() and coalesce() below such joins.)

-- The referrer is nobody who could be asked or told: no professional, whatever the source code says (professionals cannot be
-- anonymous), and by wish, or without a name and by source code or as a member of the public. One row.
CREATE FUNCTION referrer_anonymous(source text, referrer jsonb)
RETURNS TABLE (anonymous boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT referrer ->> 'kind' IS DISTINCT FROM 'professional'
         AND (coalesce(referrer ->> 'identity_wish' = 'anonymous', false)
              OR btrim(coalesce(referrer ->> 'name', '')) = ''
                 AND (source = '9' OR coalesce(referrer ->> 'kind' = 'public', source IN ('1A', '1B', '1C', '1D', '10'))))
$$;

-- What a corrected member of the record said at an instant: the value before the first correction after it. No row where none
-- came since. `pointer` as in the events 'corrected' and 'birth_recorded'.
CREATE FUNCTION value_before_correction(p uuid, referral uuid, at timestamptz, pointer text)
RETURNS TABLE (value jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT x.change -> 'before'
  FROM event AS e
  CROSS JOIN LATERAL jsonb_array_elements(e.data -> 'changes') AS x (change)
  WHERE at < mashd_now() -- where nothing can have come since, nothing is looked up
    AND e.partnership_id = p AND e.referral_id = referral AND e.recorded_at > at
    AND e.type IN ('corrected', 'birth_recorded') AND x.change ->> 'pointer' = pointer
  ORDER BY e.version, e.recorded_at, e.id
  LIMIT 1
$$;

-- Rating, source and anonymity of a referral at an instant; the last three arguments are what its row says now. One row.
CREATE FUNCTION referral_as_at(p uuid, referral uuid, at timestamptz, rating text, source text, referrer jsonb)
RETURNS TABLE (rating text, source text, anonymous boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT v.rating, v.source, a.anonymous
  FROM (
    SELECT coalesce((SELECT e.data ->> 'from'
                     FROM event AS e
                     WHERE at < mashd_now() AND e.partnership_id = p AND e.referral_id = referral AND e.recorded_at > at
                       AND e.type = 'rating_changed'
                     ORDER BY e.version, e.recorded_at, e.id
                     LIMIT 1), $4) AS rating,
           coalesce((SELECT b.value #>> '{}' FROM value_before_correction(p, referral, at, '/source') AS b), $5) AS source,
           -- Member by member, or the whole of it where it came or went as a whole.
           CASE WHEN at >= mashd_now() THEN $6 ELSE (
             SELECT jsonb_object_agg(m.name, coalesce(
                      (SELECT coalesce(b.value, 'null') FROM value_before_correction(p, referral, at, '/referrer/' || m.name) AS b),
                      (SELECT coalesce(w.value -> m.name, 'null') FROM value_before_correction(p, referral, at, '/referrer') AS w),
                      $6 -> m.name))
             FROM (VALUES ('kind'), ('name'), ('identity_wish')) AS m (name)) END AS referrer
    OFFSET 0) AS v
  CROSS JOIN LATERAL referrer_anonymous(v.source, v.referrer) AS a
$$;

-- The follow-ups of referrals as they stood at an instant. `nth` counts those of a kind: one that opened again after a
-- reopening is not the first. A re-timing, a pause and its end say in the ledger what the due instant was before.
CREATE FUNCTION follow_ups_as_at(p uuid, referrals uuid[], at timestamptz)
RETURNS TABLE (referral_id uuid, id uuid, kind text, nth bigint, state text, due_at timestamptz, met_at timestamptz, ended_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT f.referral_id, f.id, f.kind,
         row_number() OVER (PARTITION BY f.referral_id, f.kind ORDER BY f.started_at, f.recorded_at, f.id),
         CASE WHEN f.ended_at <= at THEN f.state ELSE 'open' END,
         CASE WHEN b.found THEN b.due_at ELSE f.due_at END,
         CASE WHEN f.ended_at <= at THEN f.met_at END,
         CASE WHEN f.ended_at <= at THEN f.ended_at END
  FROM (SELECT f.* FROM follow_up AS f WHERE f.partnership_id = p AND f.referral_id = ANY (referrals)) AS f
  FULL JOIN (
    SELECT DISTINCT ON (e.follow_up_id) e.follow_up_id, true AS found, (e.data ->> 'due_at_before')::timestamptz AS due_at
    FROM event AS e
    WHERE at < mashd_now() AND e.partnership_id = p AND e.referral_id = ANY (referrals) AND e.recorded_at > at
      AND e.data ? 'due_at_before'
    ORDER BY e.follow_up_id, e.version, e.recorded_at, e.id) AS b ON b.follow_up_id = f.id
  WHERE coalesce(f.recorded_at <= at, false)
$$;

-- Those of some referrals that a manager has confirmed to be a duplicate or sent in error, and that were not taken up since:
-- reopened, or more sent about them.
CREATE FUNCTION left_out_as_at(p uuid, referrals uuid[], at timestamptz)
RETURNS TABLE (referral_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT DISTINCT m.referral_id
  FROM (SELECT c.referral_id, c.closed_at AS confirmed_at
        FROM closure AS c
        WHERE c.partnership_id = p AND c.referral_id = ANY (referrals) AND c.reason IN ('sent_in_error', 'duplicate')
        UNION ALL
        SELECT l.referral_id, l.confirmed_at
        FROM referral_link AS l
        WHERE l.partnership_id = p AND l.referral_id = ANY (referrals) AND l.kind = 'duplicate'
          AND (l.ended_at IS NULL OR l.ended_at > at)) AS m
  WHERE m.confirmed_at <= at
    AND NOT EXISTS (SELECT FROM reopening AS o
                    WHERE o.partnership_id = p AND o.referral_id = m.referral_id AND o.reopened_at > m.confirmed_at
                      AND o.reopened_at <= at)
    AND NOT EXISTS (SELECT FROM submission AS s
                    WHERE s.partnership_id = p AND s.referral_id = m.referral_id AND s.kind = 'additional'
                      AND s.received_at > m.confirmed_at AND s.received_at <= at)
$$;

-- A child's NHS number at an instant; the last argument is what its row says now. One row.
CREATE FUNCTION nhs_number_as_at(p uuid, referral uuid, child uuid, at timestamptz, nhs_number text)
RETURNS TABLE (nhs_number text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN b.found THEN b.nhs_number ELSE n.nhs_number END
  FROM (SELECT $5 AS nhs_number OFFSET 0) AS n
  LEFT JOIN LATERAL (
    SELECT true AS found, f.nhs_number
    FROM former_nhs_number AS f
    WHERE at < mashd_now() AND f.partnership_id = p AND f.referral_id = referral AND f.child_id = child AND f.until_at > at
    ORDER BY f.until_at
    LIMIT 1) AS b ON true
$$;

-- The person that a child of a referral was at an instant, as staff had said: confirmed by then, and not undone by then. No row
-- where nobody had said so.
CREATE FUNCTION person_as_at(p uuid, referral uuid, child uuid, at timestamptz)
RETURNS TABLE (person_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT l.person_id
  FROM person_link AS l
  WHERE l.partnership_id = p AND l.referral_id = referral AND l.subject_id = child AND l.status = 'confirmed' AND l.decided_at <= at
    AND NOT EXISTS (SELECT FROM person_link AS u WHERE u.partnership_id = p AND u.undoes = l.id AND u.decided_at <= at)
$$;

-- Whether staff had said by an instant that two children are not the same, whatever their NHS numbers say: they are two persons,
-- or one was said not to be the other, or not to be the other's person. One row.
CREATE FUNCTION told_apart_as_at(p uuid, referral uuid, child uuid, other_referral uuid, other_child uuid, at timestamptz)
RETURNS TABLE (apart boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT EXISTS (SELECT
                 FROM person_as_at(p, referral, child, at) AS m
                 JOIN person_as_at(p, other_referral, other_child, at) AS o ON o.person_id <> m.person_id)
         OR EXISTS (SELECT
                    FROM (VALUES (child, other_referral, other_child), (other_child, referral, child)) AS w (child, other_referral, other_child)
                    JOIN person_link AS l ON l.partnership_id = p AND l.subject_id = w.child AND l.status = 'rejected'
                    WHERE l.decided_at <= at
                      AND (l.other_subject_id = w.other_child
                           OR l.person_id IN (SELECT o.person_id FROM person_as_at(p, w.other_referral, w.other_child, at) AS o)))
$$;

-- The same child on other referrals, as it was known at an instant: whom staff have confirmed to be the same person; who has the
-- same NHS number, unless staff have told the two apart; and because staff linked the referrals as of the same child (then
-- child_id is null: any child of it). Each pair by itself: who is the same as a third by one of these and that one as a fourth
-- by another is not followed up.
CREATE FUNCTION same_child_as_at(p uuid, referral uuid, child uuid, at timestamptz)
RETURNS TABLE (referral_id uuid, child_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT k.referral_id, k.child_id
  FROM (SELECT n.nhs_number
        FROM referral_child AS c
        CROSS JOIN LATERAL nhs_number_as_at(p, c.referral_id, c.id, at, c.nhs_number) AS n
        WHERE c.partnership_id = p AND c.referral_id = referral AND c.id = child
        OFFSET 0) AS n
  CROSS JOIN LATERAL (
    -- children that have the number now, and those that had it and have it no more
    SELECT k.referral_id, k.id AS child_id, k.recorded_at, k.nhs_number
    FROM referral_child AS k
    WHERE k.partnership_id = p AND k.nhs_number = n.nhs_number
    UNION ALL
    SELECT k.referral_id, k.id, k.recorded_at, k.nhs_number
    FROM former_nhs_number AS f
    JOIN referral_child AS k ON k.partnership_id = p AND k.referral_id = f.referral_id AND k.id = f.child_id
    WHERE at < mashd_now() AND f.partnership_id = p AND f.nhs_number = n.nhs_number AND f.until_at > at
      AND k.nhs_number IS DISTINCT FROM n.nhs_number) AS k
  CROSS JOIN LATERAL nhs_number_as_at(p, k.referral_id, k.child_id, at, k.nhs_number) AS a
  WHERE k.referral_id <> referral AND k.recorded_at <= at AND a.nhs_number = n.nhs_number
    AND NOT (SELECT t.apart FROM told_apart_as_at(p, referral, child, k.referral_id, k.child_id, at) AS t)
  UNION ALL
  SELECT o.referral_id, o.subject_id
  FROM person_as_at(p, referral, child, at) AS m
  JOIN person_link AS o ON o.partnership_id = p AND o.person_id = m.person_id AND o.subject = 'child' AND o.status = 'confirmed'
  WHERE o.referral_id <> referral AND o.decided_at <= at
    AND NOT EXISTS (SELECT FROM person_link AS u WHERE u.partnership_id = p AND u.undoes = o.id AND u.decided_at <= at)
  UNION ALL
  SELECT CASE WHEN l.referral_id = referral THEN l.other_referral_id ELSE l.referral_id END, NULL
  FROM referral_link AS l
  WHERE l.partnership_id = p AND (l.referral_id = referral OR l.other_referral_id = referral) AND l.kind = 'same_child'
    AND l.linked_at <= at AND (l.ended_at IS NULL OR l.ended_at > at)
$$;

-- The first final decision about each child of referrals, as at an instant; nulls where it had none. `cites`: a discussion that
-- counts, about this child, held before and recorded within one working day.
CREATE FUNCTION first_decisions_as_at(p uuid, referrals uuid[], at timestamptz)
RETURNS TABLE (referral_id uuid, child_id uuid, decision_version integer, outcome text, decided_at timestamptz,
               logged_late boolean, cites boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT k.referral_id, k.id, d.version, d.outcome, d.decided_at,
         d.id IS NOT NULL AND d.recorded_at > greatest(d.decided_at, d.next_working_day_at),
         d.id IS NOT NULL
         AND EXISTS (SELECT
                     FROM decision_discussion AS x
                     JOIN contact_attempt AS t
                       ON t.partnership_id = p AND t.referral_id = k.referral_id AND t.id = x.contact_attempt_id
                     WHERE x.partnership_id = p AND x.referral_id = k.referral_id AND x.decision_id = d.id
                       AND t.counts_as_discussion AND t.held_at <= d.decided_at
                       AND t.recorded_at <= greatest(t.held_at, t.next_working_day_at) AND k.id = ANY (t.children))
  FROM (SELECT k.* FROM referral_child AS k WHERE k.partnership_id = p AND k.referral_id = ANY (referrals)) AS k
  FULL JOIN (
    SELECT h.referral_id, h.child_id, q.id, q.version, q.outcome, q.decided_at, q.recorded_at, q.next_working_day_at
    FROM decision_child AS h
    JOIN decision AS q ON q.partnership_id = p AND q.referral_id = h.referral_id AND q.id = h.decision_id
    WHERE h.partnership_id = p AND h.referral_id = ANY (referrals) AND h.first_final AND h.in_effect_at <= at) AS d
    ON d.referral_id = k.referral_id AND d.child_id = k.id
  WHERE coalesce(k.recorded_at <= at, false)
  OFFSET 0 -- the full join stays one, whatever is asked of these
$$;

-- Whether a child had gone over to the worker of its open case by an instant `until`, as known at `at`: whoever it was passed to
-- last by then had accepted by then. One row.
CREATE FUNCTION passed_on_as_at(p uuid, referral uuid, child uuid, until timestamptz, at timestamptz)
RETURNS TABLE (passed_on boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT coalesce((SELECT o.accepted_at <= until AND o.accepted_recorded_at <= at
                   FROM open_case AS o
                   WHERE o.partnership_id = p AND o.referral_id = referral AND child = ANY (o.children)
                     AND o.passed_at <= least(until, at)
                   ORDER BY o.passed_at DESC, o.id DESC
                   LIMIT 1), false)
$$;

-- Whether a screening was a judgement that counts: it asked nobody, or whom it asked had agreed. One row.
CREATE FUNCTION agreed_as_at(p uuid, referral uuid, screening uuid, at timestamptz)
RETURNS TABLE (agreed boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT NOT EXISTS (SELECT FROM sign_off AS o
                     WHERE o.partnership_id = p AND o.referral_id = referral AND o.subject_id = screening
                       AND (o.state <> 'agreed' OR o.answered_at > at))
$$;

-- The topics that the rules offered of a referral before they offered others: what came in since answers some and raises some.
CREATE TABLE former_topics (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  topics_offered text[] NOT NULL,
  until_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT former_topics_pkey PRIMARY KEY (partnership_id, referral_id, until_at)
);
SELECT mashd_protect('former_topics', 'SELECT, INSERT');

-- Those that demand a judgement (DOMAIN section 4), as in lib/referral/topics.c.
CREATE FUNCTION material_topics()
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT ARRAY['nature_of_concern', 'cause_of_concern', 'significant_harm', 'urgent_action', 'direct_or_third_party',
               'who_has_been_told', 'whereabouts_of_child', 'how_to_reach_referrer', 'level_of_need_differs',
               'neglect_without_description', 'unborn_without_date', 'no_further_action_proposed']
$$;

-- The material topics of a referral at an instant: those that a person has named, ever, and those that the rules offered then.
CREATE FUNCTION material_topics_as_at(p uuid, referral uuid, at timestamptz)
RETURNS TABLE (code text, offered boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT m.code, m.code = ANY (o.topics)
  FROM (SELECT coalesce((SELECT f.topics_offered
                         FROM former_topics AS f
                         WHERE f.partnership_id = p AND f.referral_id = referral AND f.until_at > at
                         ORDER BY f.until_at
                         LIMIT 1), r.topics_offered) AS topics
        FROM referral AS r
        WHERE r.partnership_id = p AND r.id = referral) AS o
  CROSS JOIN unnest(material_topics()) AS m (code)
  WHERE m.code = ANY (o.topics)
     OR EXISTS (SELECT FROM clarification_topic AS k
                WHERE k.partnership_id = p AND k.referral_id = referral AND k.code = m.code)
$$;

-- Whether every material topic of a referral was settled when the last child had its first final decision (version and instant;
-- null: none had): what the latest screening before that asks, what the rules offered by then, and what discussions say of it. A
-- discussion says that a topic is resolved, or open with a reason, or that none is open; its latest word counts. Of a topic that
-- the screening asks, the words since count: one held after the moment of the screening counts even where it was written down
-- before. What the rules offer alone is set aside by a "not needed" that two people carry, never by one who asks for something
-- else. A written reply settles nothing material. One row.
CREATE FUNCTION topics_settled_as_at(p uuid, referral uuid, at timestamptz, decision_version integer, decided_at timestamptz)
RETURNS TABLE (settled boolean)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT bool_and(coalesce(w.settled, NOT a.asked AND (NOT k.offered OR coalesce(s.set_aside, false))))
  FROM (SELECT decision_version AS version, decided_at AS decided_at OFFSET 0) AS d
  LEFT JOIN LATERAL (
    SELECT s.version, s.screened_at, s.topics,
           NOT s.clarification_needed
             AND EXISTS (SELECT FROM sign_off AS o
                         WHERE o.partnership_id = p AND o.referral_id = referral AND o.subject_id = s.id) AS set_aside
    FROM screening AS s
    WHERE s.partnership_id = p AND s.referral_id = referral AND s.recorded_at <= at
      AND (s.clarification_needed OR (SELECT g.agreed FROM agreed_as_at(p, referral, s.id, at) AS g))
      AND coalesce(s.version < d.version OR s.screened_at <= d.decided_at, true)
    ORDER BY s.ordinal DESC
    LIMIT 1) AS s ON true
  CROSS JOIN LATERAL material_topics_as_at(p, referral, least(at, d.decided_at)) AS k
  CROSS JOIN LATERAL (SELECT coalesce(k.code = ANY (s.topics), false) AS asked) AS a
  LEFT JOIN LATERAL (
    SELECT CASE WHEN x.topic IS NULL THEN true
                ELSE x.topic ->> 'outcome' = 'resolved' OR coalesce(x.topic ->> 'reason', '') ~ '\S' END AS settled
    FROM contact_attempt AS t
    LEFT JOIN LATERAL (SELECT e.topic
                       FROM jsonb_array_elements(t.topics) AS e (topic)
                       WHERE e.topic ->> 'code' = k.code
                       LIMIT 1) AS x ON true
    WHERE t.partnership_id = p AND t.referral_id = referral AND t.recorded_at <= at AND t.counts_as_discussion
      AND coalesce(t.held_at <= d.decided_at, true)
      AND (k.offered AND NOT a.asked OR coalesce(t.version > s.version OR t.held_at >= s.screened_at, true))
      AND (x.topic IS NOT NULL OR t.confirmed_no_topic_open)
    ORDER BY t.version DESC
    LIMIT 1) AS w ON true
$$;

-- ---- the base of all figures

-- One row for each referral of the cohort: electronic requests for service (promoted ones among them) received in a period, as
-- at an instant. DOMAIN section 7 stands here and nowhere else. `place` is where the headline has it: one of those beside
-- (not_yet_due, duplicate_or_error, anonymous, protection_first, passed_on, not_needed) or counted; `talked` is what was
-- discussed with the referrer before the decision: fully, incomplete, after, written_or_deputy, declined, attempted, none.
CREATE FUNCTION figure_referrals(p uuid, from_at timestamptz, to_at timestamptz, at timestamptz)
RETURNS TABLE (
  referral_id uuid, received_at timestamptz, agency_id uuid, source text, rating text, place text, talked text,
  ever_needed boolean, needed_before boolean, attempted_at timestamptz, attempted_minutes double precision,
  discussed_at timestamptz, discussed_minutes double precision, logged_late boolean,
  decision_logged_late boolean, decided boolean, first_decided_at timestamptz, nothing_followed boolean, first_nothing_at timestamptz,
  protected_discussed boolean, agency_confirmed boolean, agency_disputed boolean, changed boolean,
  acknowledge_counts boolean, acknowledged_in_time boolean, next_steps_counts boolean, next_steps_in_time boolean,
  outcome_counts boolean, outcome_in_time boolean, feedback_counts boolean, feedback_in_time boolean,
  feedback_given boolean, feedback_withheld boolean, sampled boolean, sample_finding text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  WITH cohort AS MATERIALIZED (
    SELECT q.id, q.received_at, q.agency_id, v.rating, v.source, v.anonymous
    FROM (
      SELECT q.id, q.received_at, q.agency_id, q.rating, q.source, q.document -> 'referrer' AS referrer,
             at < mashd_now()
             AND EXISTS (SELECT FROM event AS e
                         WHERE e.partnership_id = p AND e.referral_id = q.id AND e.recorded_at > at
                           AND e.type IN ('rating_changed', 'corrected', 'birth_recorded')) AS changed_since
      FROM referral AS q
      WHERE q.partnership_id = p AND q.received_at >= from_at AND q.received_at < to_at AND q.received_at <= at
        AND q.recorded_at <= at AND q.electronic AND q.record_kind = 'request_for_service'
        AND (q.promoted_at IS NULL OR q.promoted_at <= at)
      OFFSET 0) AS q
    CROSS JOIN LATERAL (
      SELECT v.* FROM referral_as_at(p, q.id, CASE WHEN q.changed_since THEN at ELSE 'infinity' END, q.rating, q.source, q.referrer) AS v
      OFFSET 0) AS v
  ),
  every AS MATERIALIZED (
    SELECT coalesce(array_agg(q.id), '{}') AS referrals FROM cohort AS q
  ),
  -- what was decided; one row for each of the cohort
  decided AS MATERIALIZED (
    SELECT r.referral_id, count(k.child_id) AS children, count(k.decided_at) AS decided, min(k.decided_at) AS first_at,
           max(k.decided_at) AS last_at, min(k.decision_version) AS first_version, max(k.decision_version) AS last_version,
           coalesce(bool_and(k.cites), false) AS all_cite,
           coalesce(bool_or(k.logged_late) FILTER (WHERE k.decided_at IS NOT NULL), false) AS logged_late,
           min(k.decided_at) FILTER (WHERE k.outcome = 'no_further_action') AS nothing_at,
           -- every child, by its decision; where there is none yet, or it is to pass the child on, at any time
           coalesce(bool_and((SELECT w.passed_on
                              FROM passed_on_as_at(p, k.referral_id, k.child_id, CASE WHEN k.outcome <> 'passed_to_allocated_worker'
                                                                                      THEN k.decided_at ELSE 'infinity' END, at) AS w)),
                    false) AS passed_on
    FROM (SELECT unnest(e.referrals) AS referral_id FROM every AS e) AS r
    FULL JOIN (SELECT k.* FROM every AS e CROSS JOIN LATERAL first_decisions_as_at(p, e.referrals, at) AS k) AS k
      ON k.referral_id = r.referral_id
    GROUP BY r.referral_id
  ),
  -- what was judged: need is sticky, whatever a later screening says
  judged AS (
    SELECT s.referral_id, bool_or(s.clarification_needed) AS ever_needed,
           bool_or(s.clarification_needed AND s.before) AS needed_before, bool_or(s.before) AS judged_before
    FROM (SELECT s.referral_id, s.clarification_needed,
                 coalesce(s.version < d.first_version OR s.screened_at <= d.first_at, true) AS before
          FROM decided AS d
          JOIN screening AS s ON s.partnership_id = p AND s.referral_id = d.referral_id
          WHERE s.recorded_at <= at
            AND (s.clarification_needed OR (SELECT g.agreed FROM agreed_as_at(p, s.referral_id, s.id, at) AS g))) AS s
    GROUP BY s.referral_id
  ),
  -- whom the hub reached; recorded within one working day is prompt
  tried AS (
    SELECT t.referral_id, min(t.held_at) AS attempted_at, min(t.held_at) FILTER (WHERE t.counts) AS discussed_at,
           (array_agg(t.working_minutes ORDER BY t.held_at))[1] AS attempted_minutes,
           (array_agg(t.working_minutes ORDER BY t.held_at) FILTER (WHERE t.counts))[1] AS discussed_minutes,
           min(t.held_at) FILTER (WHERE t.counts AND t.prompt) AS prompt_at,
           bool_or(NOT t.counts AND t.result IN ('discussed', 'written_reply')) AS written_or_deputy,
           bool_or(t.result = 'declined') AS declined, bool_or(t.counts AND t.effect_on_rating <> 'none') AS changed,
           bool_or(t.counts AND NOT t.prompt AND coalesce(t.held_at <= t.first_at, true)) AS logged_late
    FROM (SELECT t.referral_id, t.held_at, t.result, t.effect_on_rating, t.counts_as_discussion AS counts, d.first_at,
                 t.recorded_at <= greatest(t.held_at, t.next_working_day_at) AS prompt, t.working_minutes
          FROM decided AS d
          JOIN contact_attempt AS t ON t.partnership_id = p AND t.referral_id = d.referral_id
          WHERE t.recorded_at <= at) AS t
    GROUP BY t.referral_id
  ),
  -- the topics, of those alone whose headline hangs on them
  settled AS (
    SELECT d.referral_id, u.settled
    FROM decided AS d
    CROSS JOIN LATERAL topics_settled_as_at(p, d.referral_id, at, d.last_version, d.last_at) AS u
    WHERE d.decided = d.children AND d.all_cite
  ),
  protected AS (
    SELECT q.referral_id, min(q.decided_at) AS protected_at, min(q.next_working_day_at) AS due_at
    FROM decided AS d
    JOIN decision AS q ON q.partnership_id = p AND q.referral_id = d.referral_id
    WHERE q.undiscussed_reason = 'protection_first' AND coalesce(q.version <= d.last_version, true)
      AND EXISTS (SELECT FROM decision_child AS h
                  WHERE h.partnership_id = p AND h.referral_id = q.referral_id AND h.decision_id = q.id
                    AND h.in_effect_at <= at)
    GROUP BY q.referral_id
  ),
  changed AS (
    SELECT DISTINCT x.referral_id
    FROM every AS e
    JOIN decision_discussion AS x ON x.partnership_id = p AND x.referral_id = ANY (e.referrals)
    JOIN decision_child AS q ON q.partnership_id = p AND q.referral_id = x.referral_id AND q.decision_id = x.decision_id
    WHERE x.effect IN ('changed_rating', 'changed_outcome') AND q.in_effect_at <= at
  ),
  answered AS (
    SELECT a.referral_id, bool_or(a.answer = 'confirmed') AS confirmed, bool_or(a.answer = 'disputed') AS disputed
    FROM (SELECT DISTINCT ON (n.referral_id, n.contact_attempt_id) n.referral_id, n.answer
          FROM every AS e
          JOIN discussion_confirmation AS n ON n.partnership_id = p AND n.referral_id = ANY (e.referrals)
          JOIN contact_attempt AS t ON t.partnership_id = p AND t.referral_id = n.referral_id AND t.id = n.contact_attempt_id
          WHERE n.recorded_at <= at AND t.counts_as_discussion
          ORDER BY n.referral_id, n.contact_attempt_id, n.ordinal DESC) AS a
    GROUP BY a.referral_id
  ),
  followed AS (
    SELECT f.referral_id,
           bool_or(f.kind = 'acknowledge' AND f.counts) AS acknowledge_counts,
           bool_or(f.kind = 'acknowledge' AND f.in_time) AS acknowledged_in_time,
           bool_or(f.kind = 'decide_next_steps' AND f.counts) AS next_steps_counts,
           bool_or(f.kind = 'decide_next_steps' AND f.in_time) AS next_steps_in_time,
           bool_or(f.kind = 'decide_outcome' AND f.counts) AS outcome_counts,
           bool_or(f.kind = 'decide_outcome' AND f.in_time) AS outcome_in_time,
           bool_or(f.kind = 'feedback' AND f.counts) AS feedback_counts,
           bool_or(f.kind = 'feedback' AND f.in_time) AS feedback_in_time,
           coalesce(bool_or(f.kind = 'decide_outcome' AND f.due_at <= at), false) AS outcome_due
    FROM (SELECT f.referral_id, f.kind, f.due_at,
                 f.due_at IS NOT NULL AND (f.state IN ('met', 'waived') OR f.state = 'open' AND f.due_at <= at) AS counts,
                 coalesce(f.state = 'met' AND f.met_at <= f.due_at, false) AS in_time
          FROM every AS e
          CROSS JOIN LATERAL follow_ups_as_at(p, e.referrals, at) AS f
          WHERE f.nth = 1) AS f
    GROUP BY f.referral_id
  ),
  told AS (
    SELECT b.referral_id, bool_or(b.content IS NOT NULL) AS given, bool_or(b.not_given_reason IS NOT NULL) AS withheld
    FROM every AS e
    JOIN feedback AS b ON b.partnership_id = p AND b.referral_id = ANY (e.referrals)
    WHERE b.recorded_at <= at
    GROUP BY b.referral_id
  ),
  sampled AS (
    SELECT m.referral_id, max(n.finding) AS finding -- was_needed, where two weeks found differently
    FROM every AS e
    JOIN sampled_referral AS m ON m.partnership_id = p AND m.referral_id = ANY (e.referrals)
    LEFT JOIN sample_review AS n ON n.partnership_id = p AND n.referral_id = m.referral_id AND n.screening_id = m.screening_id
                                    AND n.recorded_at <= at
    WHERE m.drawn_at <= at
    GROUP BY m.referral_id
  ),
  left_out AS (
    SELECT l.referral_id FROM every AS e CROSS JOIN LATERAL left_out_as_at(p, e.referrals, at) AS l
  )
  SELECT r.id, r.received_at, r.agency_id, r.source, r.rating,
         CASE WHEN f.outcome_due IS NOT TRUE THEN 'not_yet_due'
              WHEN l.referral_id IS NOT NULL THEN 'duplicate_or_error'
              WHEN r.anonymous THEN 'anonymous'
              WHEN g.protected_at IS NOT NULL THEN 'protection_first'
              WHEN d.passed_on THEN 'passed_on'
              WHEN s.judged_before AND NOT s.needed_before THEN 'not_needed'
              ELSE 'counted' END,
         CASE WHEN d.decided = d.children AND d.all_cite AND t.prompt_at <= d.first_at AND coalesce(o.settled, true) THEN 'fully'
              WHEN t.discussed_at <= d.first_at OR d.first_at IS NULL AND t.discussed_at IS NOT NULL THEN 'incomplete'
              WHEN t.discussed_at IS NOT NULL THEN 'after'
              WHEN t.written_or_deputy THEN 'written_or_deputy'
              WHEN t.declined THEN 'declined'
              WHEN t.attempted_at IS NOT NULL THEN 'attempted'
              ELSE 'none' END,
         coalesce(s.ever_needed, false), coalesce(s.needed_before, false), t.attempted_at, t.attempted_minutes,
         t.discussed_at, t.discussed_minutes,
         coalesce(t.logged_late, false), d.logged_late,
         d.children > 0 AND d.decided = d.children, d.first_at, d.nothing_at IS NOT NULL, d.nothing_at,
         coalesce(t.discussed_at <= g.due_at, false), coalesce(a.confirmed, false), coalesce(a.disputed, false),
         coalesce(t.changed, false) OR x.referral_id IS NOT NULL,
         coalesce(f.acknowledge_counts, false), coalesce(f.acknowledged_in_time, false),
         coalesce(f.next_steps_counts, false), coalesce(f.next_steps_in_time, false),
         coalesce(f.outcome_counts, false), coalesce(f.outcome_in_time, false),
         coalesce(f.feedback_counts, false), coalesce(f.feedback_in_time, false),
         coalesce(b.given, false), coalesce(b.withheld AND NOT b.given, false), m.referral_id IS NOT NULL, m.finding
  FROM cohort AS r
  FULL JOIN decided AS d ON d.referral_id = r.id
  FULL JOIN judged AS s ON s.referral_id = r.id
  FULL JOIN tried AS t ON t.referral_id = r.id
  FULL JOIN settled AS o ON o.referral_id = r.id
  FULL JOIN protected AS g ON g.referral_id = r.id
  FULL JOIN changed AS x ON x.referral_id = r.id
  FULL JOIN answered AS a ON a.referral_id = r.id
  FULL JOIN followed AS f ON f.referral_id = r.id
  FULL JOIN told AS b ON b.referral_id = r.id
  FULL JOIN sampled AS m ON m.referral_id = r.id
  FULL JOIN left_out AS l ON l.referral_id = r.id
$$;

-- ---- the figures

-- Every line of the list of figures (DOMAIN section 7; 0 is the headline), in order. `denominator_of` names what is looked at:
-- a line whose numerator it is, or a name of its own.
CREATE FUNCTION figure_lines()
RETURNS TABLE (place integer, figure integer, name text, band text, unit text, denominator_of text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  VALUES
    (1, 0, 'fully_discussed', NULL, 'percent', 'clarification_due'),
    (2, 0, 'discussed_incompletely', NULL, 'count', 'clarification_due'),
    (3, 0, 'discussed_after', NULL, 'count', 'clarification_due'),
    (4, 0, 'written_or_deputy_only', NULL, 'count', 'clarification_due'),
    (5, 0, 'declined', NULL, 'count', 'clarification_due'),
    (6, 0, 'attempted', NULL, 'count', 'clarification_due'),
    (7, 0, 'not_attempted', NULL, 'count', 'clarification_due'),
    (8, 0, 'not_yet_due', NULL, 'count', 'electronic_received'),
    (9, 0, 'duplicates_and_errors', NULL, 'count', 'electronic_received'),
    (10, 0, 'anonymous_public', NULL, 'count', 'electronic_received'),
    (11, 0, 'protection_first', NULL, 'count', 'electronic_received'),
    (12, 0, 'passed_to_allocated_worker', NULL, 'count', 'electronic_received'),
    (13, 0, 'judged_not_needed', NULL, 'count', 'electronic_received'),
    (14, 0, 'protection_first_discussed', NULL, 'percent', 'protection_first'),
    (15, 0, 'passed_and_discussed', NULL, 'percent', 'passed_to_allocated_worker'),
    (16, 0, 'agency_confirmed', NULL, 'count', 'clarification_due'),
    (17, 0, 'agency_disputed', NULL, 'count', 'clarification_due'),
    (18, 0, 'discussion_logged_late', NULL, 'count', 'clarification_due'),
    (19, 0, 'decision_logged_late', NULL, 'count', 'clarification_due'),
    (20, 0, 'sample_read', NULL, 'percent', 'sample_drawn'),
    (21, 0, 'sample_was_needed', NULL, 'percent', 'sample_read'),
    (22, 1, 'electronic_received', NULL, 'count', 'electronic_received'),
    (23, 2, 'clarification_needed', NULL, 'percent', 'electronic_received'),
    (24, 3, 'needed_and_discussed', NULL, 'percent', 'clarification_needed'),
    (25, 4, 'electronic_discussed', NULL, 'percent', 'electronic_received'),
    (26, 5, 'median_to_first_attempt', NULL, 'working_minutes', 'electronic_received'),
    (27, 5, 'p90_to_first_attempt', NULL, 'working_minutes', 'electronic_received'),
    (28, 5, 'median_to_discussion', NULL, 'working_minutes', 'electronic_received'),
    (29, 5, 'p90_to_discussion', NULL, 'working_minutes', 'electronic_received'),
    (30, 6, 'discussed_before_decision', NULL, 'percent', 'decided'),
    (31, 7, 'acknowledged_in_time', NULL, 'percent', 'acknowledgement_due'),
    (32, 8, 'next_steps_in_time', NULL, 'percent', 'next_steps_due'),
    (33, 8, 'outcome_in_time', NULL, 'percent', 'outcome_due'),
    (34, 9, 'feedback_given', NULL, 'percent', 'decided'),
    (35, 9, 'feedback_withheld', NULL, 'count', 'decided'),
    (36, 9, 'feedback_in_time', NULL, 'percent', 'feedback_due'),
    (37, 10, 'overdue_now', 'under_4_hours', 'count', 'open_follow_ups'),
    (38, 10, 'overdue_now', '4_to_24_hours', 'count', 'open_follow_ups'),
    (39, 10, 'overdue_now', '1_to_3_days', 'count', 'open_follow_ups'),
    (40, 10, 'overdue_now', 'over_3_days', 'count', 'open_follow_ups'),
    (41, 11, 'ever_overdue', NULL, 'percent', 'follow_ups'),
    (42, 11, 'met_in_time_logged_late', NULL, 'percent', 'follow_ups'),
    (43, 12, 'discussion_changed_something', NULL, 'percent', 'electronic_discussed'),
    (44, 13, 'referred_again', NULL, 'percent', 'no_further_action'),
    (45, 14, 'repeated_no_further_action', NULL, 'percent', 'no_further_action_children'),
    (46, 15, 'no_further_action_undiscussed', NULL, 'percent', 'no_further_action')
$$;

-- Every case that a line looks at, as at an instant: a referral, one of its follow-ups, or one of its children. A line's
-- denominator counts its cases, its numerator those that are `counted`; `minutes` are what a median is made of. The figures and
-- the lists of records behind them both read this, so that a list has what its number says.
-- The period is of local days of the calendar; group_by: agency, source, rating, month; null: one group, ''.
CREATE FUNCTION figure_cases(p uuid, c uuid, from_day date, to_day date, at timestamptz, group_by text)
RETURNS TABLE (name text, band text, "group" text, referral_id uuid, received_at timestamptz, follow_up_id uuid, child_id uuid,
               rating text, source text, agency_id uuid, counted boolean, minutes double precision)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  WITH period AS MATERIALIZED (
    SELECT from_day::timestamp AT TIME ZONE z.time_zone AS from_at, to_day::timestamp AT TIME ZONE z.time_zone AS to_at,
           z.time_zone
    FROM calendar AS z
    WHERE z.partnership_id = p AND z.id = c
  ),
  cohort AS MATERIALIZED (
    SELECT r.*,
           CASE group_by WHEN 'agency' THEN coalesce(a.name, 'no agency') WHEN 'source' THEN r.source WHEN 'rating' THEN r.rating
                         WHEN 'month' THEN to_char(r.received_at AT TIME ZONE d.time_zone, 'YYYY-MM') ELSE '' END AS "group"
    FROM period AS d
    CROSS JOIN LATERAL figure_referrals(p, d.from_at, d.to_at, at) AS r
    LEFT JOIN agency AS a ON a.partnership_id = p AND a.id = r.agency_id
  ),
  every AS MATERIALIZED (
    SELECT array_agg(r.referral_id) AS referrals FROM cohort AS r
  ),
  -- children that nothing followed for
  nothing_followed AS MATERIALIZED (
    SELECT k.referral_id, k.child_id, k.decided_at
    FROM (SELECT array_agg(r.referral_id) AS referrals FROM cohort AS r WHERE r.nothing_followed) AS e
    CROSS JOIN LATERAL first_decisions_as_at(p, e.referrals, at) AS k
    WHERE k.outcome = 'no_further_action'
  ),
  same_child AS MATERIALIZED (
    SELECT n.referral_id, n.child_id, n.decided_at, o.referral_id AS other_id, o.child_id AS other_child_id
    FROM nothing_followed AS n
    CROSS JOIN LATERAL same_child_as_at(p, n.referral_id, n.child_id, at) AS o
  ),
  -- what came before
  repeated AS (
    SELECT DISTINCT o.referral_id, o.child_id
    FROM same_child AS o
    JOIN decision_child AS h ON h.partnership_id = p AND h.referral_id = o.other_id AND h.first_final
                                AND (o.other_child_id IS NULL OR h.child_id = o.other_child_id)
    JOIN decision AS q ON q.partnership_id = p AND q.referral_id = h.referral_id AND q.id = h.decision_id
    WHERE h.in_effect_at <= at AND q.outcome = 'no_further_action' AND q.decided_at < o.decided_at
      AND q.decided_at >= o.decided_at - interval '12 months'
  ),
  -- what came after
  came_after AS MATERIALIZED (
    SELECT o.referral_id, o.other_id
    FROM same_child AS o
    JOIN referral AS q ON q.partnership_id = p AND q.id = o.other_id
    WHERE q.recorded_at <= at AND q.record_kind = 'request_for_service' AND (q.promoted_at IS NULL OR q.promoted_at <= at)
      AND q.received_at > o.decided_at AND q.received_at <= o.decided_at + interval '12 months'
  ),
  referred_again AS (
    SELECT DISTINCT o.referral_id
    FROM came_after AS o
    FULL JOIN (SELECT l.referral_id
               FROM (SELECT array_agg(DISTINCT o.other_id) AS referrals FROM came_after AS o) AS e
               CROSS JOIN LATERAL left_out_as_at(p, e.referrals, at) AS l) AS l ON l.referral_id = o.other_id
    WHERE num_nulls(l.referral_id) = 1
  )
  SELECT v.name, NULL::text, r."group", r.referral_id, r.received_at, NULL::uuid, NULL::uuid, r.rating, r.source, r.agency_id,
         v.counted, v.minutes
  FROM cohort AS r
  -- UNION ALL: of VALUES each expression would be made ready anew for each referral.
  CROSS JOIN LATERAL (
    SELECT 'fully_discussed', r.place = 'counted', r.talked = 'fully', NULL::double precision
    UNION ALL SELECT 'discussed_incompletely', r.place = 'counted', r.talked = 'incomplete', NULL
    UNION ALL SELECT 'discussed_after', r.place = 'counted', r.talked = 'after', NULL
    UNION ALL SELECT 'written_or_deputy_only', r.place = 'counted', r.talked = 'written_or_deputy', NULL
    UNION ALL SELECT 'declined', r.place = 'counted', r.talked = 'declined', NULL
    UNION ALL SELECT 'attempted', r.place = 'counted', r.talked = 'attempted', NULL
    UNION ALL SELECT 'not_attempted', r.place = 'counted', r.talked = 'none', NULL
    UNION ALL SELECT 'not_yet_due', true, r.place = 'not_yet_due', NULL
    UNION ALL SELECT 'duplicates_and_errors', true, r.place = 'duplicate_or_error', NULL
    UNION ALL SELECT 'anonymous_public', true, r.place = 'anonymous', NULL
    UNION ALL SELECT 'protection_first', true, r.place = 'protection_first', NULL
    UNION ALL SELECT 'passed_to_allocated_worker', true, r.place = 'passed_on', NULL
    UNION ALL SELECT 'judged_not_needed', true, r.place = 'not_needed', NULL
    UNION ALL SELECT 'protection_first_discussed', r.place = 'protection_first', r.protected_discussed, NULL
    UNION ALL SELECT 'passed_and_discussed', r.place = 'passed_on', r.discussed_at IS NOT NULL, NULL
    UNION ALL SELECT 'agency_confirmed', r.place = 'counted', r.agency_confirmed, NULL
    UNION ALL SELECT 'agency_disputed', r.place = 'counted', r.agency_disputed, NULL
    UNION ALL SELECT 'discussion_logged_late', r.place = 'counted', r.logged_late, NULL
    UNION ALL SELECT 'decision_logged_late', r.place = 'counted', r.decision_logged_late, NULL
    UNION ALL SELECT 'sample_read', r.sampled, r.sample_finding IS NOT NULL, NULL
    UNION ALL SELECT 'sample_was_needed', r.sampled AND r.sample_finding IS NOT NULL, r.sample_finding = 'was_needed', NULL
    UNION ALL SELECT 'electronic_received', true, true, NULL
    UNION ALL SELECT 'clarification_needed', true, r.ever_needed, NULL
    UNION ALL SELECT 'needed_and_discussed', r.ever_needed, r.discussed_at IS NOT NULL, NULL
    UNION ALL SELECT 'electronic_discussed', true, r.discussed_at IS NOT NULL, NULL
    UNION ALL SELECT 'median_to_first_attempt', true, r.attempted_at IS NOT NULL, r.attempted_minutes
    UNION ALL SELECT 'p90_to_first_attempt', true, r.attempted_at IS NOT NULL, r.attempted_minutes
    UNION ALL SELECT 'median_to_discussion', true, r.discussed_at IS NOT NULL, r.discussed_minutes
    UNION ALL SELECT 'p90_to_discussion', true, r.discussed_at IS NOT NULL, r.discussed_minutes
    UNION ALL SELECT 'discussed_before_decision', r.decided, r.discussed_at <= r.first_decided_at, NULL
    UNION ALL SELECT 'acknowledged_in_time', r.acknowledge_counts, r.acknowledged_in_time, NULL
    UNION ALL SELECT 'next_steps_in_time', r.next_steps_counts, r.next_steps_in_time, NULL
    UNION ALL SELECT 'outcome_in_time', r.outcome_counts, r.outcome_in_time, NULL
    UNION ALL SELECT 'feedback_given', r.decided, r.feedback_given, NULL
    UNION ALL SELECT 'feedback_withheld', r.decided, r.feedback_withheld, NULL
    UNION ALL SELECT 'feedback_in_time', r.feedback_counts, r.feedback_in_time, NULL
    UNION ALL SELECT 'discussion_changed_something', r.discussed_at IS NOT NULL, r.changed, NULL
    UNION ALL SELECT 'no_further_action_undiscussed', r.nothing_followed, r.needed_before AND coalesce(r.discussed_at > r.first_nothing_at, true), NULL)
    AS v (name, looked_at, counted, minutes)
  WHERE v.looked_at
  UNION ALL
  SELECT v.name, v.band, f."group", f.referral_id, f.received_at, f.id, NULL, f.rating, f.source, f.agency_id, v.counted, NULL
  FROM (
    SELECT r."group", r.referral_id, r.received_at, r.rating, r.source, r.agency_id, f.id, f.state = 'open' AS open, CASE WHEN f.state = 'open' THEN at - f.due_at END AS late_by,
           coalesce(g.flagged, false) OR coalesce(f.due_at < coalesce(f.ended_at, at), false) AS ever_overdue,
           coalesce(g.logged_late, false) AS logged_late
    FROM cohort AS r
    FULL JOIN (
      SELECT f.* FROM every AS e CROSS JOIN LATERAL follow_ups_as_at(p, e.referrals, at) AS f) AS f ON f.referral_id = r.referral_id
    FULL JOIN (
      SELECT x.follow_up_id, true AS flagged, bool_or(x.cleared_by = 'met_in_time_logged_late' AND x.cleared_at <= at) AS logged_late
      FROM every AS e
      JOIN flag AS x ON x.partnership_id = p AND x.referral_id = ANY (e.referrals)
      WHERE x.raised_at <= at
      GROUP BY x.follow_up_id) AS g ON g.follow_up_id = f.id
    WHERE num_nonnulls(f.id) = 1) AS f
  CROSS JOIN LATERAL (
    SELECT 'overdue_now', 'under_4_hours', f.open, f.late_by > '0' AND f.late_by < '4 hours'
    UNION ALL SELECT 'overdue_now', '4_to_24_hours', f.open, f.late_by >= '4 hours' AND f.late_by < '24 hours'
    UNION ALL SELECT 'overdue_now', '1_to_3_days', f.open, f.late_by >= '24 hours' AND f.late_by < '72 hours'
    UNION ALL SELECT 'overdue_now', 'over_3_days', f.open, f.late_by >= '72 hours'
    UNION ALL SELECT 'ever_overdue', NULL, true, f.ever_overdue
    UNION ALL SELECT 'met_in_time_logged_late', NULL, true, f.logged_late)
    AS v (name, band, looked_at, counted)
  WHERE v.looked_at
  UNION ALL
  SELECT v.name, NULL, r."group", r.referral_id, r.received_at, NULL, v.child_id, r.rating, r.source, r.agency_id, v.counted, NULL
  FROM cohort AS r
  FULL JOIN (
    SELECT 'repeated_no_further_action' AS name, n.referral_id, n.child_id, num_nonnulls(o.child_id) = 1 AS counted
    FROM nothing_followed AS n
    FULL JOIN repeated AS o ON o.referral_id = n.referral_id AND o.child_id = n.child_id
    UNION ALL
    SELECT 'referred_again', n.referral_id, NULL, num_nonnulls(o.referral_id) = 1
    FROM (SELECT DISTINCT n.referral_id FROM nothing_followed AS n) AS n
    FULL JOIN referred_again AS o ON o.referral_id = n.referral_id) AS v ON v.referral_id = r.referral_id
  WHERE num_nonnulls(v.name) = 1
$$;

-- migrate:down
DROP FUNCTION figure_cases(uuid, uuid, date, date, timestamptz, text), figure_lines(),
  figure_referrals(uuid, timestamptz, timestamptz, timestamptz),
  agreed_as_at(uuid, uuid, uuid, timestamptz), topics_settled_as_at(uuid, uuid, timestamptz, integer, timestamptz),
  material_topics_as_at(uuid, uuid, timestamptz), material_topics(),
  passed_on_as_at(uuid, uuid, uuid, timestamptz, timestamptz),
  first_decisions_as_at(uuid, uuid[], timestamptz), same_child_as_at(uuid, uuid, uuid, timestamptz),
  told_apart_as_at(uuid, uuid, uuid, uuid, uuid, timestamptz), person_as_at(uuid, uuid, uuid, timestamptz),
  nhs_number_as_at(uuid, uuid, uuid, timestamptz, text), left_out_as_at(uuid, uuid[], timestamptz),
  follow_ups_as_at(uuid, uuid[], timestamptz), referral_as_at(uuid, uuid, timestamptz, text, text, jsonb),
  value_before_correction(uuid, uuid, timestamptz, text), referrer_anonymous(text, jsonb);
-- An event cannot be taken back: those of the sample go under the name of a note.
UPDATE event SET type = 'note_added' WHERE type IN ('sample_drawn', 'sample_reviewed');
DELETE FROM flag WHERE kind = 'sample_review';
DELETE FROM follow_up WHERE kind = 'sample_review';
ALTER TABLE follow_up ALTER COLUMN kind TYPE text;
DROP DOMAIN follow_up_kind;
ALTER TABLE follow_up ADD CONSTRAINT follow_up_kind CHECK (kind IN ('acknowledge', 'triage', 'decide_next_steps', 'discuss',
  'decide_outcome', 'feedback', 'resubmission', 'written_confirmation', 'pass_to_allocated_worker', 'out_of_hours_handover',
  'out_of_hours_return', 'strategy_discussion', 'transfer_acceptance'));
DROP TABLE sample_review, sampled_referral, sample_week;
DROP INDEX referral_child_by_nhs_number, screening_not_needed;
DROP TABLE former_topics;
DROP TABLE former_nhs_number;
ALTER TABLE decision_child DROP COLUMN in_effect_at;
ALTER TABLE referral_child DROP COLUMN recorded_at;
ALTER TABLE decision DROP COLUMN next_working_day_at;
ALTER TABLE contact_attempt DROP COLUMN next_working_day_at, DROP COLUMN working_minutes;
