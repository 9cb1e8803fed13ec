-- The notes of a referral, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT n.id, n.referral_id, n.version, n.text, n.written_by, n.recorded_at
FROM note AS n
WHERE n.partnership_id = $1::uuid AND n.referral_id = $2::uuid
ORDER BY n.version;
