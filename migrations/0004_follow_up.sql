-- migrate:up

-- An obligation with a clock. Of a referral, or (resubmission) of a post that was refused. Overdue is derived wherever it
-- is read: state = 'open' AND due_at < mashd_now().
CREATE TABLE follow_up (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  referral_id uuid,
  rejected_submission_id uuid,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'open',
  policy text NOT NULL,          -- name and version of the policy that it is judged by
  rule text NOT NULL,            -- which of its rules, in words: "discuss/red"
  source text NOT NULL,          -- the rule's source, or "local"
  timing integer NOT NULL DEFAULT 1, -- counts re-timings
  started_at timestamptz NOT NULL,
  unit text NOT NULL,
  amount integer NOT NULL,
  due_at timestamptz,
  due_problem text,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  met_at timestamptz,          -- when it happened
  met_recorded_at timestamptz, -- when it was written down
  ended_at timestamptz,        -- met, waived or cancelled: by recorded time
  ended_by uuid,               -- staff
  waived_reason text,
  CONSTRAINT follow_up_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT follow_up_rejected_submission_fkey FOREIGN KEY (partnership_id, rejected_submission_id)
    REFERENCES rejected_submission (partnership_id, id),
  CONSTRAINT follow_up_subject CHECK (num_nonnulls(referral_id, rejected_submission_id) = 1
                                      AND (kind = 'resubmission') = (rejected_submission_id IS NOT NULL)),
  CONSTRAINT follow_up_kind CHECK (kind IN ('acknowledge', 'triage', 'decide_next_steps', 'discuss', 'decide_outcome',
    'feedback', 'resubmission', 'written_confirmation', 'pass_to_allocated_worker', 'out_of_hours_handover',
    'out_of_hours_return', 'strategy_discussion', 'transfer_acceptance')),
  CONSTRAINT follow_up_state CHECK (state IN ('open', 'met', 'waived', 'cancelled')),
  CONSTRAINT follow_up_unit CHECK (unit IN ('elapsed_minutes', 'working_minutes', 'working_days')),
  CONSTRAINT follow_up_amount CHECK (amount >= 0),
  CONSTRAINT follow_up_due_problem CHECK ((due_at IS NULL) = (due_problem IS NOT NULL)
                                          AND due_problem IN ('calendar_ends')),
  CONSTRAINT follow_up_met CHECK ((state = 'met') = (met_at IS NOT NULL)
                                  AND (met_at IS NULL) = (met_recorded_at IS NULL)),
  CONSTRAINT follow_up_ended CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT follow_up_waived CHECK ((state = 'waived') = (waived_reason IS NOT NULL))
);
CREATE INDEX follow_up_of_referral ON follow_up (partnership_id, referral_id) WHERE referral_id IS NOT NULL;
CREATE INDEX follow_up_of_rejected ON follow_up (partnership_id, rejected_submission_id)
  WHERE rejected_submission_id IS NOT NULL;
CREATE INDEX follow_up_open_due ON follow_up (partnership_id, due_at, id) INCLUDE (kind) WHERE state = 'open';
-- One open follow-up of a kind per referral: what a race could open twice.
CREATE UNIQUE INDEX follow_up_one_open ON follow_up (partnership_id, referral_id, kind) WHERE state = 'open';
SELECT mashd_protect('follow_up', 'SELECT, INSERT, UPDATE');

-- The due instant of a follow-up that is never later than another one's, which runs from receipt (DOMAIN section 3: `discuss`
-- and `decide_outcome`). Where the need is found after that one's due instant, a time of its own counts. One row; `applies`
-- says which of the three it is: own, latest, found_after. Without a bound (latest_unit NULL) it is the own one.
CREATE FUNCTION bounded_due_instant(p uuid, c uuid, started_at timestamptz, unit text, amount integer, received_at timestamptz,
                                    latest_unit text, latest_amount integer, after_unit text, after_amount integer)
RETURNS TABLE (due_at timestamptz, applies text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN latest.due_at <= started_at THEN after.due_at ELSE least(own.due_at, latest.due_at) END,
         CASE WHEN latest.due_at <= started_at THEN 'found_after'
              WHEN latest.due_at < coalesce(own.due_at, 'infinity') THEN 'latest'
              ELSE 'own' END
  FROM due_instant(p, c, started_at, unit, amount) AS own
  CROSS JOIN due_instant(p, c, received_at, latest_unit, latest_amount) AS latest
  CROSS JOIN due_instant(p, c, started_at, after_unit, after_amount) AS after
$$;

-- The stored fact that a follow-up went past its due instant. Nobody can delete one.
CREATE TABLE flag (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  follow_up_id uuid NOT NULL,
  referral_id uuid,
  kind text NOT NULL,
  timing integer NOT NULL,
  level integer NOT NULL DEFAULT 1,
  breached_at timestamptz NOT NULL, -- the exact due instant
  raised_at timestamptz NOT NULL DEFAULT mashd_now(),
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  plan text,
  cleared_at timestamptz,
  cleared_by text,
  CONSTRAINT flag_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT flag_once UNIQUE (partnership_id, follow_up_id, timing, level),
  CONSTRAINT flag_follow_up_fkey FOREIGN KEY (partnership_id, follow_up_id) REFERENCES follow_up (partnership_id, id),
  CONSTRAINT flag_acknowledged_by_fkey FOREIGN KEY (partnership_id, acknowledged_by)
    REFERENCES staff (partnership_id, id),
  CONSTRAINT flag_acknowledged CHECK (num_nonnulls(acknowledged_at, acknowledged_by, plan) IN (0, 3)),
  CONSTRAINT flag_cleared CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)
    AND cleared_by IN ('met', 'met_in_time_logged_late', 'retimed', 'waived', 'cancelled')),
  CONSTRAINT flag_level CHECK (level >= 1)
);
CREATE INDEX flag_of_referral ON flag (partnership_id, referral_id);
CREATE INDEX flag_by_breached ON flag (partnership_id, breached_at, id);
CREATE INDEX flag_open_by_breached ON flag (partnership_id, breached_at, id) WHERE cleared_at IS NULL;
SELECT mashd_protect('flag', 'SELECT, INSERT, UPDATE');

-- Append-only: the timeline, the ledger of every clock and the outgoing feed, written in the transaction of the change.
CREATE TABLE event (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT mashd_now(),
  id uuid NOT NULL,
  version integer NOT NULL, -- of the referral, after the change
  type text NOT NULL,
  occurred_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid,
  request_id uuid,
  follow_up_id uuid,
  audience text NOT NULL DEFAULT 'hub',
  data jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT event_pkey PRIMARY KEY (partnership_id, referral_id, recorded_at, id),
  CONSTRAINT event_type CHECK (type IN ('received', 'additional_information_received', 'follow_up_opened',
    'follow_up_met', 'follow_up_retimed', 'follow_up_waived', 'follow_up_cancelled', 'flag_raised',
    'flag_acknowledged', 'flag_cleared', 'screened', 'rating_changed', 'contact_attempted', 'discussed',
    'acknowledged', 'state_changed')),
  CONSTRAINT event_actor_kind CHECK (actor_kind IN ('staff', 'agency', 'system')),
  CONSTRAINT event_audience CHECK (audience IN ('hub', 'agency'))
);
SELECT mashd_protect('event', 'SELECT, INSERT');

-- When each partnership was last swept to the end: readiness and the sweep's lag. One row per partnership.
CREATE TABLE sweep (
  partnership_id uuid NOT NULL,
  completed_at timestamptz NOT NULL,
  CONSTRAINT sweep_pkey PRIMARY KEY (partnership_id),
  CONSTRAINT sweep_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id)
);
SELECT mashd_protect('sweep', 'SELECT, INSERT, UPDATE');
GRANT SELECT ON schema_migrations TO mashd_app;

-- migrate:down
REVOKE SELECT ON schema_migrations FROM mashd_app;
DROP TABLE sweep, event, flag;
DROP FUNCTION bounded_due_instant(uuid, uuid, timestamptz, text, integer, timestamptz, text, integer, text, integer);
DROP TABLE follow_up;
