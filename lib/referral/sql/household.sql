-- The household of a referral and others who matter, as sent.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT h.document - 'id' AS "*", h.id
FROM referral_household AS h
WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid
ORDER BY h.ordinal;
