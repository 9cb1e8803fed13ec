-- The receipt that an agency gets for a referral that is there already. Its rating is the provisional one, by rule from what the
-- agency had said when it sent this content for the first time: what the hub thinks by now is not for the agency, and a repeat
-- is told what the first was told.
-- $1 uuid  partnership   $2 uuid  referral   $3 text  digest of the body, which is one of its submissions
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.channel, r.record_kind, r.source, r.received_at, r.recorded_at,
       r.state, CASE WHEN c.claimed THEN 'red' ELSE 'amber' END AS provisional_rating,
       c.claimed AS immediate_protection_needed,
       CASE WHEN r.discussed = 'not_needed' THEN 'no' ELSE r.discussed END AS discussed, r.topics_offered AS _topics
FROM referral AS r
CROSS JOIN LATERAL (
  SELECT t.received_at, t.id
  FROM submission AS t
  WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.body_digest = $3::text
  ORDER BY t.received_at, t.id
  LIMIT 1) AS t
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(s.body::jsonb -> 'immediate_protection_needed' = 'true'), false) AS claimed
  FROM submission AS s
  WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND (s.received_at, s.id) <= (t.received_at, t.id)) AS c
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
