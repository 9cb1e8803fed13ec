-- The moment that figures are of. One row.
-- $1 timestamptz  asked for, null: now
-- result: json
SELECT coalesce($1::timestamptz, mashd_now()) AS as_at, coalesce($1::timestamptz > mashd_now(), false) AS _in_future;
