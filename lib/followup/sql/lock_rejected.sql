-- Locks the open follow-up of a rejected submission (see lock_kind); no row where none is open.
-- $1 uuid  partnership   $2 uuid  rejected submission
SELECT f.id
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.rejected_submission_id = $2::uuid AND f.state = 'open'
FOR NO KEY UPDATE;
