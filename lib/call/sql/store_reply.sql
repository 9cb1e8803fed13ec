-- Stores the reply under the key that this transaction has claimed.
-- $1 uuid  partnership   $2 uuid  first API key of the line   $3 text  operation   $4 text  idempotency key
-- $5 smallint  status    $6 text  headers, a JSON object         $7 text  body
UPDATE idempotency_key
SET reply_status = $5::smallint, reply_fields = $6::text, reply_body = $7::text
WHERE partnership_id = $1::uuid AND key_id = $2::uuid AND operation = $3::text AND idempotency_key = $4::text;
