-- Claims an idempotency key for this transaction; waits (up to lock_timeout) for another that holds it; no row where it is
-- taken.
-- $1 uuid  partnership   $2 uuid  first API key of the line   $3 text  operation   $4 text  idempotency key   $5 text  digest
INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::text)
ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING
RETURNING true AS claimed;
