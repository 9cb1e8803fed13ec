-- What an agency was told of the outcome of its own referral; that nothing was told, and why, is not for it. The caller has
-- checked whose it is.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT f.id, f.content, f.method, f.text, f.given_at
FROM feedback AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.content IS NOT NULL
ORDER BY f.version;
