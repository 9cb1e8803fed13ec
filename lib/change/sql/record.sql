-- A referral as it can be changed. One row; the caller has locked it.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  who is to have it, or null
SELECT r.document, mashd_instant_text(r.received_at) AS received_at, r.source, r.incident_reference, r.immediate_protection_needed, r.record_kind, r.assigned_to,
       to_jsonb(r.topics_offered) AS topics_offered, r.quality_issues,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $3::uuid AND s.disabled_at IS NULL
                 AND s.roles && ARRAY['practitioner', 'manager', 'duty', 'allocated_worker']) AS assignee_fits
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
