-- All open follow-ups were looked at, from an instant on. A change of the calendar since then starts it anew.
-- $1 uuid  partnership   $2 uuid  calendar   $3 integer  version that was looked at   $4 timestamptz  when that began
UPDATE calendar AS c
SET retimed_at = $4::timestamptz, retime_started_at = NULL, retime_after = NULL,
    retime_from = CASE WHEN $4::timestamptz >= c.changed_at + interval '1 minute' THEN 'infinity' ELSE c.retime_from END
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid AND c.version = $3::integer;
