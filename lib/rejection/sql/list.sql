-- Refused posts, the latest first.
-- $1 uuid  partnership   $2 uuid  agency, null: all
-- $3 timestamptz, $4 uuid  keys of the last row seen   $5 integer  rows
-- result: json
SELECT j.id, j.agency_id, j.agency_reference, j.received_at, j.last_received_at, j.attempts, j.problem_type, j.request_id,
       j.size, CASE WHEN f.id IS NOT NULL
                    THEN jsonb_build_object('id', f.id, 'state', f.state, 'due_at', mashd_instant_text(f.due_at)) END AS follow_up,
       j.resolved_at, j.no_referral_reason, j.received_at::text AS _key1, j.id AS _key2
FROM rejected_submission AS j
LEFT JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.rejected_submission_id = j.id
WHERE j.partnership_id = $1::uuid AND ($2::uuid IS NULL OR j.agency_id = $2::uuid)
  AND (j.received_at, j.id) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY j.received_at DESC, j.id DESC
LIMIT $5::integer;
