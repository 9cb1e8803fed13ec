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

-- migrate:down
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
