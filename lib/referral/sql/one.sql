-- The whole record of a referral, for the hub: its facts, then the rest of what was sent. Members that the contract does not
-- know stand under `further`.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.channel, r.record_kind, r.source, r.received_at, r.recorded_at,
       r.state, r.rating, r.rating_source, r.immediate_protection_needed, r.discussed, r.clarification, r.next_due_at,
       r.assigned_to, r.promoted_at,
       CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('id', a.id, 'name', a.name) END AS agency,
       r.incident_reference, d.document -> 'referrer' AS referrer, d.document -> 'knows_child_best' AS knows_child_best,
       d.document -> 'earlier_consultation' AS earlier_consultation, coalesce(d.document -> 'concerns', '[]') AS concerns,
       d.document -> 'parental_factors' AS parental_factors, d.document -> 'information_sharing' AS information_sharing,
       d.document -> 'history' AS history, d.document -> 'place' AS place, d.document -> 'why_now' AS why_now,
       d.document -> 'level_of_need' AS level_of_need, d.document -> 'hoped_for_outcome' AS hoped_for_outcome,
       d.document - ARRAY['agency_reference', 'incident_reference', 'channel', 'record_kind', 'source', 'received_at',
                          'immediate_protection_needed', 'referrer', 'knows_child_best', 'earlier_consultation', 'concerns',
                          'parental_factors', 'information_sharing', 'history', 'place', 'why_now', 'level_of_need',
                          'hoped_for_outcome'] AS further,
       r.quality_issues, r.topics_offered AS _topics_offered
FROM referral AS r
CROSS JOIN LATERAL (SELECT r.document || '{}'::jsonb AS document OFFSET 0) AS d -- unpacked once, not once a member
LEFT JOIN agency AS a ON a.partnership_id = r.partnership_id AND a.id = r.agency_id
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
