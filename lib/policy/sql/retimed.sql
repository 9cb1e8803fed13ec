-- Nothing is left to be put under the governing version.
-- $1 uuid  partnership   $2 uuid  policy
UPDATE policy AS p
SET retimed_at = mashd_now()
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
