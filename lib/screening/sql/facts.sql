-- What the rules of a screening look at. One row.
-- $1 uuid         partnership   $2 uuid  referral, locked by the caller
-- $3 uuid         who screens   $4 uuid  second person or null
-- $5 timestamptz  when it was screened, null: now
-- $6 text[]       codes of the material topics
SELECT coalesce($5::timestamptz > mashd_now(), false) AS in_future,
       coalesce($5::timestamptz < r.received_at, false) AS before_receipt,
       EXISTS (SELECT FROM unnest($6::text[]) AS m (code)
               LEFT JOIN clarification_topic AS t
                 ON t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.code = m.code
               WHERE (m.code = ANY (r.topics_offered) OR t.code IS NOT NULL)
                 AND t.settled_by IS DISTINCT FROM 'discussion') AS has_material_topic,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $4::uuid AND s.id <> $3::uuid AND s.disabled_at IS NULL
                 AND s.roles && ARRAY['practitioner', 'manager']) AS second_person_fits
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
