-- The receipt of a referral that is there already. Its rating is the provisional one, by rule: what the hub thinks by now is
-- not for the agency (DOMAIN: the agency never sees the rating of screening).
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.channel, r.record_kind, r.source, r.received_at, r.recorded_at,
       r.state, CASE WHEN r.immediate_protection_needed THEN 'red' ELSE 'amber' END AS rating,
       'provisional_rule' AS rating_source, r.immediate_protection_needed,
       CASE WHEN r.discussed = 'not_needed' THEN 'no' ELSE r.discussed END AS discussed, r.topics_offered AS _topics
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
