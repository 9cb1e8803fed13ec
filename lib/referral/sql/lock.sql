-- Locks a referral for a change. An agency reaches only its own.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  agency, null for the hub
SELECT r.id, r.version, r.state, r.rating, r.rating_source, r.received_at, r.immediate_protection_needed, r.clarification,
       r.clarification_ever_needed, r.discussed, r.topics_offered, r.agency_id, r.channel
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND ($3::uuid IS NULL OR r.agency_id = $3::uuid)
FOR NO KEY UPDATE;
