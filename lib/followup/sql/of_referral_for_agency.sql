-- What the hub owes the agency that referred: as an agency sees it. Of the agency's own referral: the caller has checked it.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT f.id, f.kind, f.state, f.started_at, f.due_at, f.met_at
FROM follow_up AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind IN ('acknowledge', 'discuss', 'feedback')
ORDER BY f.recorded_at, f.kind, f.id;
