-- A partnership was swept to the end.
-- $1 uuid  partnership
INSERT INTO sweep AS s (partnership_id, completed_at)
VALUES ($1::uuid, mashd_now())
ON CONFLICT ON CONSTRAINT sweep_pkey DO UPDATE SET completed_at = greatest(s.completed_at, excluded.completed_at);
