-- The feedback on a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT f.id, f.referral_id, f.version, f.content, f.content_reason, f.not_given_reason, f.method, f.told, f.text, f.given_by,
       f.given_at, f.recorded_by, f.recorded_at
FROM feedback AS f
WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid
ORDER BY f.version;
