-- The documents that confirmed a phone referral.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT w.id, w.referral_id, w.version, w.received_at, w.channel, w.document_reference, w.note, w.recorded_by, w.recorded_at
FROM written_confirmation AS w
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid
ORDER BY w.received_at, w.id;
