-- The children of a referral: as sent, with what the hub knows besides.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT c.document - ARRAY['id', 'origin', 'person_id'] AS "*", c.id, c.origin, c.person_id
FROM referral_child AS c
WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
ORDER BY c.ordinal;
