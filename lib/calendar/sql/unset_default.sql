-- The default calendar gives way to another one, which takes over what is left to be re-timed.
-- $1 uuid  partnership
UPDATE calendar AS c
SET is_default = false, version = c.version + 1, retime_from = 'infinity'
WHERE c.partnership_id = $1::uuid AND c.is_default;
