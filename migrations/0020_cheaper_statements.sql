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

-- More words as domains: see event_type (0017).
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

ALTER TABLE follow_up
  DROP CONSTRAINT follow_up_state, DROP CONSTRAINT follow_up_unit, DROP CONSTRAINT follow_up_responsible,
  ALTER COLUMN state TYPE follow_up_state,
  ALTER COLUMN unit TYPE clock_unit,
  ALTER COLUMN responsible TYPE responsible_role;

ALTER TABLE referral
  DROP CONSTRAINT referral_record_kind, DROP CONSTRAINT referral_state, DROP CONSTRAINT referral_discussed,
  ALTER COLUMN record_kind TYPE record_kind,
  ALTER COLUMN state TYPE referral_state,
  ALTER COLUMN discussed TYPE discussed_state;

-- migrate:down
ALTER TABLE follow_up
  ALTER COLUMN state TYPE text,
  ALTER COLUMN unit TYPE text,
  ALTER COLUMN responsible TYPE text;
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
DROP DOMAIN follow_up_state, clock_unit, responsible_role, record_kind, referral_state,
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
