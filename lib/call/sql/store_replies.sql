-- The batch writer's form: claims the keys of a batch and stores their replies at once. A key that somebody else took
-- meanwhile is a unique violation, and its request goes the ordinary way.
-- $1 uuid   partnership
-- $2 jsonb  records: call_stored_reply() writes them
INSERT INTO idempotency_key
  (partnership_id, key_id, operation, idempotency_key, body_digest, reply_status, reply_fields, reply_body)
SELECT $1::uuid, r.key_id, r.operation, r.idempotency_key, r.body_digest, r.reply_status, r.reply_fields, r.reply_body
FROM jsonb_to_recordset($2::jsonb) AS r (key_id uuid, operation text, idempotency_key text, body_digest text,
                                         reply_status smallint, reply_fields text, reply_body text);
