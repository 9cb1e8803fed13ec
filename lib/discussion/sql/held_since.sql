-- The earliest discussion held since the open `discuss` of a referral began; no row where none is open, or none was held since.
-- One held before it began leaves it open: the need is new.
-- $1 uuid  partnership   $2 uuid  referral, locked by the caller
SELECT t.held_at
FROM follow_up AS f
JOIN contact_attempt AS t ON t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'discuss' AND f.state = 'open'
  AND t.counts_as_discussion AND t.held_at >= f.started_at
ORDER BY t.held_at
LIMIT 1;
