-- A child of a referral that is to be born. No row where the referral has no such child.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  child   $4 uuid  calendar   $5 date  of birth
-- $6 integer  days before the expected date, $7 days before receipt: a birth before that is another child's
SELECT c.date_of_birth IS NULL
         AND (c.expected_date_of_delivery IS NOT NULL OR coalesce(c.document ->> 'sex' = 'U', false)) AS is_unborn,
       coalesce($5::date > (mashd_now() AT TIME ZONE z.time_zone)::date, false) AS in_future,
       coalesce($5::date < c.expected_date_of_delivery - $6::integer, false) AS before_expected,
       coalesce($5::date < (r.received_at AT TIME ZONE z.time_zone)::date - $7::integer, false) AS before_receipt
FROM referral_child AS c
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = $2::uuid
JOIN calendar AS z ON z.partnership_id = $1::uuid AND z.id = $4::uuid
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = $3::uuid;
