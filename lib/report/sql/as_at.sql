-- The moment of the snapshot.
-- result: json
SELECT mashd_now() AS as_at;
