-- An attempt that an agency may see of its own referral (see of_referral_for_agency), and whether the hub says that it was
-- discussed. The caller has checked whose it is.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  contact attempt
SELECT t.result = 'discussed' AS discussed
FROM contact_attempt AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.id = $3::uuid
  AND t.counterpart IN ('referrer', 'agency_deputy');
