-- The facts of a stored referral that a policy's rules look at. One row. A claim that protection is needed counts until a screening
-- has judged it: nothing that is sent later revives it but another claim.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  calendar
SELECT r.rating,
       r.immediate_protection_needed
         AND NOT EXISTS (SELECT FROM screening AS s
                         WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
                           AND s.version > r.protection_claimed_in) AS immediate_protection_needed,
       r.channel, r.record_kind, r.source,
       coalesce((SELECT jsonb_agg(DISTINCT c.concern -> 'category')
                 FROM jsonb_array_elements(r.document -> 'concerns') AS c (concern)
                 WHERE jsonb_typeof(c.concern -> 'category') = 'string'), '[]') AS concern_categories,
       EXISTS (SELECT FROM referral_child AS d
               WHERE d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.date_of_birth IS NULL
                 AND (d.expected_date_of_delivery IS NOT NULL OR d.document ->> 'sex' = 'U')) AS any_child_unborn,
       EXISTS (SELECT FROM open_case AS o
               WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid) AS open_case,
       coalesce(r.document -> 'referrer' ->> 'kind' = 'professional',
                r.agency_id IS NOT NULL OR r.source NOT IN ('1A', '1B', '1C', '1D', '9', '10')) AS professional,
       p.at IS NOT NULL AS protection_first, k.closed AS out_of_hours
FROM referral AS r
CROSS JOIN LATERAL calendar_closed($1::uuid, $3::uuid, mashd_now()) AS k
CROSS JOIN LATERAL protection_first_at($1::uuid, $2::uuid) AS p
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
