-- The committed reply of an idempotency key.
-- $1 uuid  partnership   $2 uuid  first API key of the line   $3 text  operation   $4 text  idempotency key
SELECT k.body_digest, k.reply_status, k.reply_fields, k.reply_body
FROM idempotency_key AS k
WHERE k.partnership_id = $1::uuid AND k.key_id = $2::uuid AND k.operation = $3::text AND k.idempotency_key = $4::text
  AND k.reply_status IS NOT NULL;
