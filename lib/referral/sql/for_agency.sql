-- The agency's view of its own referral.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  agency
-- result: json
SELECT r.id, r.reference, r.version, r.agency_reference, r.received_at, r.state, r.quality_issues,
       (SELECT CASE WHEN NOT EXISTS (SELECT FROM referral_child AS c
                                      WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
                                        AND c.id <> ALL (t.accepted_children)) AND t.accepted_at IS NOT NULL
                    THEN jsonb_build_object('to_authority', t.to_authority, 'accepted_at', mashd_instant_text(t.accepted_at)) END
        FROM transfer AS t
        WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
        ORDER BY t.recorded_at DESC, t.id DESC LIMIT 1) AS transfer
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND r.agency_id = $3::uuid;
