-- What was refused is made good where its policy asked for no `resubmission`: nothing that is owed ends with it (followup/end).
-- $1 uuid  partnership   $2 uuid  refused post, locked
UPDATE rejected_submission AS j
SET resolved_at = mashd_now()
WHERE j.partnership_id = $1::uuid AND j.id = $2::uuid AND j.resolved_at IS NULL
  AND NOT EXISTS (SELECT FROM follow_up AS f
                  WHERE f.partnership_id = $1::uuid AND f.rejected_submission_id = j.id AND f.state = 'open');
