-- Forgets idempotency keys after their seven days, some at a time.
-- $1 uuid     partnership
-- $2 integer  how many at the most
DELETE FROM idempotency_key AS k
USING (SELECT o.key_id, o.operation, o.idempotency_key
       FROM idempotency_key AS o
       WHERE o.partnership_id = $1::uuid AND o.reply_status IS NOT NULL AND o.created_at < mashd_now() - interval '7 days'
       ORDER BY o.created_at LIMIT $2::integer
       FOR UPDATE SKIP LOCKED) AS old
WHERE k.partnership_id = $1::uuid AND k.key_id = old.key_id AND k.operation = old.operation
  AND k.idempotency_key = old.idempotency_key;
