-- A refused post as list.sql has it.
-- $1 uuid  partnership   $2 uuid  refused post
-- result: json
SELECT j.id, j.agency_id, j.agency_reference, j.received_at, j.last_received_at, j.attempts, j.problem_type, j.request_id,
       j.size, CASE WHEN f.id IS NOT NULL
                    THEN jsonb_build_object('id', f.id, 'state', f.state, 'due_at', mashd_instant_text(f.due_at)) END AS follow_up,
       j.resolved_at, j.no_referral_reason
FROM rejected_submission AS j
LEFT JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.rejected_submission_id = j.id
WHERE j.partnership_id = $1::uuid AND j.id = $2::uuid;
