-- A pass over the open follow-ups goes on later, behind this referral. A change of the calendar since then starts it anew.
-- $1 uuid  partnership   $2 uuid  calendar   $3 integer  version that was looked at   $4 timestamptz  when the pass began
-- $5 uuid  the last referral that was looked at
UPDATE calendar AS c
SET retime_started_at = $4::timestamptz, retime_after = $5::uuid
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid AND c.version = $3::integer;
