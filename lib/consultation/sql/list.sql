-- Consultations, the latest first, with the referrals that came of them.
-- $1 uuid  partnership   $2 boolean  only those with (true) or without (false) a referral, null: all
-- $3 timestamptz, $4 uuid  keys of the last row seen   $5 integer  rows
-- result: json
SELECT c.id, c.held_by, c.held_at, c.method, c.agency_id, c.caller_name, c.caller_role, c.caller_agency, c.about, c.advice,
       c.referral_advised, c.recorded_by, c.recorded_at,
       l.referrals, c.held_at::text AS _key1, c.id AS _key2
FROM consultation AS c
CROSS JOIN LATERAL (SELECT coalesce(array_agg(k.referral_id ORDER BY k.linked_at, k.referral_id), '{}') AS referrals
                    FROM consultation_link AS k
                    WHERE k.partnership_id = $1::uuid AND k.consultation_id = c.id) AS l
WHERE c.partnership_id = $1::uuid AND ($2::boolean IS NULL OR (l.referrals <> '{}') = $2::boolean)
  AND (c.held_at, c.id) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY c.held_at DESC, c.id DESC
LIMIT $5::integer;
