-- The referrals under an agency's reference: was this content sent for them before, and about whom are they? The one that
-- owns the reference comes first, then those that reuse it for other children, the oldest first. Whoever takes in a post
-- under a used reference locks the owner first (lock_owner), so that what another has just stored is seen here. Of the
-- reusing ones the latest 200: an agency that writes one reference on everything must not make each post dearer than the last.
-- (Scalar look-ups, not EXISTS: that would be hashed, and read all submissions with this content.)
-- $1 uuid  partnership   $2 uuid  agency   $3 text  agency's reference, folded   $4 text  digest of the body
SELECT r.id, r.reference_reused,
       (SELECT true FROM submission AS s
        WHERE s.partnership_id = $1::uuid AND s.referral_id = r.id AND s.body_digest = $4::text LIMIT 1) AS same_content,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'nhs_number', c.document -> 'nhs_number', 'upn', c.document -> 'upn',
                 'date_of_birth', c.document -> 'date_of_birth',
                 'expected_date_of_delivery', c.document -> 'expected_date_of_delivery',
                 'first_name', c.document -> 'first_name', 'family_name', c.document -> 'family_name') ORDER BY c.ordinal), '[]')
        FROM referral_child AS c
        WHERE c.partnership_id = $1::uuid AND c.referral_id = r.id) AS children
FROM (
  SELECT o.id, o.reference_reused
  FROM referral AS o
  WHERE o.partnership_id = $1::uuid AND o.agency_id = $2::uuid AND o.agency_reference_folded = $3::text AND NOT o.reference_reused
  UNION ALL
  (SELECT u.id, u.reference_reused
   FROM referral AS u
   WHERE u.partnership_id = $1::uuid AND u.agency_id = $2::uuid AND u.agency_reference_folded = $3::text AND u.reference_reused
   ORDER BY u.id DESC
   LIMIT 200)
) AS r
ORDER BY r.reference_reused, r.id;
