-- migrate:up

-- The owner migrates; the application role owns nothing and sits behind row-level security. The roles themselves are made
-- by whoever makes the database (scripts/postgres, or the hub's administrator), so that no password stands here.

-- SQL's only clock. The setting is written by test builds alone; the daemon refuses to start where it is set from outside.
CREATE FUNCTION mashd_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN current_setting('mashd.now', true) <> '' THEN current_setting('mashd.now', true)::timestamptz
              ELSE now() END
$$;

-- The tenant of this transaction, NULL where none is set: then no row is visible.
CREATE FUNCTION mashd_partnership() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('mashd.partnership', true), '')::uuid $$;

-- An instant as the API writes it, for the jsonb of events: the row writer does not look into those.
CREATE FUNCTION mashd_instant_text(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- UUIDv7 (RFC 9562) for rows that only the database can number, such as the flags that a sweep raises.
CREATE FUNCTION mashd_uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(r, 14, 3) || substr(r, 17, 16))::uuid
  FROM (SELECT replace(gen_random_uuid()::text, '-', '') AS r) AS random
$$;

-- Turns row-level security on for a table and lets the application role do what `privileges` says.
CREATE FUNCTION mashd_protect(table_name regclass, privileges text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', table_name);
  EXECUTE format('CREATE POLICY partnership ON %s USING (partnership_id = mashd_partnership())', table_name);
  EXECUTE format('GRANT %s ON %s TO mashd_app', privileges, table_name);
END
$$;

-- The safeguarding partnership that runs a hub: the tenant. Outside row-level security, holds no personal data.
CREATE TABLE partnership (
  partnership_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT partnership_pkey PRIMARY KEY (partnership_id),
  CONSTRAINT partnership_name_key UNIQUE (name),
  CONSTRAINT partnership_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
GRANT SELECT, INSERT ON partnership TO mashd_app;

-- An organisation that refers or takes part.
CREATE TABLE agency (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  name text NOT NULL,
  kind text NOT NULL,
  default_source text NOT NULL,
  secure_email text,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  disabled_at timestamptz,
  CONSTRAINT agency_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT agency_name_key UNIQUE (partnership_id, name),
  CONSTRAINT agency_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id),
  CONSTRAINT agency_kind CHECK (kind IN ('police', 'health', 'school', 'early_years', 'social_care', 'housing',
                                         'voluntary', 'other')),
  CONSTRAINT agency_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
SELECT mashd_protect('agency', 'SELECT, INSERT, UPDATE');

-- People who work with the system. Never a referrer, never a person that a referral is about.
CREATE TABLE staff (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  name text NOT NULL,
  email text,
  roles text[] NOT NULL,
  social_work_qualified boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  disabled_at timestamptz,
  CONSTRAINT staff_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT staff_email_key UNIQUE (partnership_id, email),
  CONSTRAINT staff_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id),
  CONSTRAINT staff_roles CHECK (cardinality(roles) > 0
    AND roles <@ ARRAY['practitioner', 'manager', 'duty', 'allocated_worker', 'support', 'analyst', 'auditor', 'admin',
                       'scrutineer']),
  CONSTRAINT staff_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
SELECT mashd_protect('staff', 'SELECT, INSERT, UPDATE');

-- Key id -> partnership: what must be known before row-level security can be told whose data this is.
CREATE TABLE api_key_locator (
  key_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  CONSTRAINT api_key_locator_pkey PRIMARY KEY (key_id),
  CONSTRAINT api_key_locator_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id)
);
GRANT SELECT, INSERT ON api_key_locator TO mashd_app;

-- A credential of one agency, one member of staff or one system. The secret itself is kept nowhere.
CREATE TABLE api_key (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  agency_id uuid,
  staff_id uuid,
  system_name text,
  roles text[] NOT NULL,
  label text,
  secret_hash text NOT NULL, -- keyed BLAKE2b of the secret, hex
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_reason text,
  CONSTRAINT api_key_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT api_key_agency_fkey FOREIGN KEY (partnership_id, agency_id) REFERENCES agency (partnership_id, id),
  CONSTRAINT api_key_staff_fkey FOREIGN KEY (partnership_id, staff_id) REFERENCES staff (partnership_id, id),
  CONSTRAINT api_key_holder CHECK (num_nonnulls(agency_id, staff_id, system_name) = 1),
  CONSTRAINT api_key_roles CHECK (cardinality(roles) > 0
    AND roles <@ ARRAY['agency', 'practitioner', 'manager', 'analyst', 'admin']
    AND (agency_id IS NOT NULL) = ('agency' = ANY (roles))
    AND (agency_id IS NULL OR cardinality(roles) = 1))
);
SELECT mashd_protect('api_key', 'SELECT, INSERT, UPDATE');

-- Whose key, from which partnership, with which answer: kept for seven days, written in the transaction of the work.
CREATE TABLE idempotency_key (
  partnership_id uuid NOT NULL,
  key_id uuid NOT NULL,
  operation text NOT NULL,
  idempotency_key text NOT NULL,
  body_digest text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  reply_status smallint,
  reply_fields text, -- headers to repeat: a JSON object
  reply_body text,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (partnership_id, key_id, operation, idempotency_key)
);
-- Partial, so that no plan made while the table was small takes it for a look-up of one key.
CREATE INDEX idempotency_key_age ON idempotency_key (partnership_id, created_at) WHERE reply_status IS NOT NULL;
SELECT mashd_protect('idempotency_key', 'SELECT, INSERT, UPDATE, DELETE');

-- migrate:down
DROP TABLE idempotency_key, api_key, api_key_locator, staff, agency, partnership;
DROP FUNCTION mashd_protect(regclass, text), mashd_uuid_v7(), mashd_instant_text(timestamptz),
  mashd_partnership(), mashd_now();
