-- The transfers of a referral, oldest first; the last one counts. One that nobody accepted is superseded by the next.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT t.id, t.referral_id, t.version, t.to_authority, t.contact_name, t.contact, t.reason, t.decided_by, t.decided_at,
       t.recorded_at, CASE WHEN t.accepted_at IS NULL THEN lead(t.recorded_at) OVER (ORDER BY t.recorded_at, t.id) END AS superseded_at,
       t.accepted_name, t.accepted_role, t.accepted_reference, t.accepted_at, t.accepted_recorded_by,
       t.accepted_recorded_at, t.accepted_note, t.accepted_children
FROM transfer AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
ORDER BY t.recorded_at, t.id;
