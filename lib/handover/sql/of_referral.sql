-- The handovers of a referral to duty, oldest first.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT h.id, h.referral_id, h.version, h.offered_by, h.offered_at, h.offered_to, h.summary, h.accepted_by, h.accepted_at,
       h.accepted_recorded_at, h.accepted_note, h.returned_to, h.returned_at, h.returned_recorded_at, h.returned_note,
       h.passed_on_to, h.passed_on_at
FROM handover AS h
WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid
ORDER BY coalesce(h.offered_at, h.accepted_at), h.id;
