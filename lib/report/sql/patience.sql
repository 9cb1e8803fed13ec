-- Lets the rest of this transaction take twice as long as other statements may: the year of a large authority is a lot to count.
-- (After that, and two seconds, lib/db holds the server for dead.)
SELECT set_config('statement_timeout', (2 * s.setting::bigint)::text, true)
FROM pg_catalog.pg_settings AS s
WHERE s.name = 'statement_timeout';
