-- A child of a referral that is to be born. No row where the referral has no such child.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  child   $4 uuid  calendar   $5 date  of birth
SELECT c.date_of_birth IS NULL
         AND (c.expected_date_of_delivery IS NOT NULL OR coalesce(c.document ->> 'sex' = 'U', false)) AS is_unborn,
       coalesce($5::date > (mashd_now() AT TIME ZONE z.time_zone)::date, false) AS in_future
FROM referral_child AS c
JOIN calendar AS z ON z.partnership_id = $1::uuid AND z.id = $4::uuid
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $3::uuid;
