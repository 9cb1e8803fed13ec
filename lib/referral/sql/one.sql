-- The whole record of a referral, for the hub: its facts, then the rest of what was sent. Members that the contract does not
-- know stand under `further`.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.channel, r.record_kind, r.source, r.received_at, r.recorded_at,
       r.state, r.rating, r.rating_source, r.immediate_protection_needed, r.discussed, r.clarification, r.next_due_at,
       CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('id', a.id, 'name', a.name) END AS agency,
       r.incident_reference, r.document -> 'referrer' AS referrer, r.document -> 'knows_child_best' AS knows_child_best,
       r.document -> 'earlier_consultation' AS earlier_consultation, coalesce(r.document -> 'concerns', '[]') AS concerns,
       r.document -> 'parental_factors' AS parental_factors, r.document -> 'information_sharing' AS information_sharing,
       r.document -> 'history' AS history, r.document -> 'place' AS place, r.document -> 'why_now' AS why_now,
       r.document -> 'level_of_need' AS level_of_need, r.document -> 'hoped_for_outcome' AS hoped_for_outcome,
       r.document - ARRAY['agency_reference', 'incident_reference', 'channel', 'record_kind', 'source', 'received_at',
                          'immediate_protection_needed', 'referrer', 'knows_child_best', 'earlier_consultation', 'concerns',
                          'parental_factors', 'information_sharing', 'history', 'place', 'why_now', 'level_of_need',
                          'hoped_for_outcome'] AS further,
       r.quality_issues
FROM referral AS r
LEFT JOIN agency AS a ON a.partnership_id = r.partnership_id AND a.id = r.agency_id
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
