-- The newest migration that this database has seen.
SELECT max(m.version) AS version FROM schema_migrations AS m;
