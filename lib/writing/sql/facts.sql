-- What the rule of a written confirmation looks at. One row; the caller has locked the referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 timestamptz  when it arrived, null: now
SELECT r.channel = 'phone' AS came_by_phone,
       EXISTS (SELECT FROM written_confirmation AS w
               WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid) AS is_confirmed,
       coalesce($3::timestamptz > mashd_now(), false) AS in_future,
       coalesce($3::timestamptz < r.received_at, false) AS before_receipt
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
