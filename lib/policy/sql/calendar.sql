-- The calendar that a partnership's clocks go by, locked: one activation in a partnership at a time.
-- $1 uuid  partnership
SELECT c.id FROM calendar AS c WHERE c.partnership_id = $1::uuid AND c.is_default FOR NO KEY UPDATE;
