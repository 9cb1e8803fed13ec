-- What an agency sent, as it sent it. Of its own referral: the caller has checked it.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT s.id, s.kind, s.received_at, s.body::json AS body
FROM submission AS s
WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
ORDER BY s.received_at, s.id;
