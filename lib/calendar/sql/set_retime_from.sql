-- Open follow-ups due after this instant have to be looked at (retime.c).
-- $1 uuid  partnership   $2 uuid  calendar   $3 timestamptz  from when; infinity: nothing has to be
UPDATE calendar AS c
SET retime_from = $3::timestamptz, retimed_at = NULL, retime_started_at = NULL, retime_after = NULL
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid AND $3::timestamptz < 'infinity';
