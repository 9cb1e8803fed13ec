-- Lets the rest of the transaction see the partnership of a key; no row where there is no such key.
-- $1 uuid  key
-- $2 text  the transaction's clock in test builds, else null
SELECT set_config('mashd.partnership', l.partnership_id::text, true), set_config('mashd.now', coalesce($2::text, ''), true)
FROM api_key_locator AS l
WHERE l.key_id = $1::uuid;
