-- Whether there is a time zone of this name, spelt so. One row.
-- $1 text  name
SELECT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = $1::text) AS known;
