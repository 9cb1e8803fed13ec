-- The facts of a person, each as the newest linked referral says it. Ended where nobody is linked any more.
-- $1 uuid  partnership   $2 uuid  person
WITH row AS (
  SELECT c.referral_id, c.document, c.date_of_birth, c.expected_date_of_delivery, c.nhs_number, c.upn
  FROM referral_child AS c
  WHERE c.partnership_id = $1::uuid AND c.person_id = $2::uuid
  UNION ALL
  SELECT h.referral_id, h.document, h.date_of_birth, NULL, NULL, NULL
  FROM referral_household AS h
  WHERE h.partnership_id = $1::uuid AND h.person_id = $2::uuid
),
said AS (
  SELECT count(*) AS rows,
         (array_agg(r.document ->> 'first_name' ORDER BY t.received_at DESC, r.referral_id DESC)
            FILTER (WHERE r.document ->> 'first_name' <> ''))[1] AS first_name,
         (array_agg(r.document ->> 'family_name' ORDER BY t.received_at DESC, r.referral_id DESC)
            FILTER (WHERE r.document ->> 'family_name' <> ''))[1] AS family_name,
         (array_agg(r.date_of_birth ORDER BY t.received_at DESC, r.referral_id DESC)
            FILTER (WHERE r.date_of_birth IS NOT NULL))[1] AS date_of_birth,
         (array_agg(r.expected_date_of_delivery ORDER BY t.received_at DESC, r.referral_id DESC)
            FILTER (WHERE r.expected_date_of_delivery IS NOT NULL))[1] AS expected_date_of_delivery,
         (array_agg(r.nhs_number ORDER BY t.received_at DESC, r.referral_id DESC)
            FILTER (WHERE r.nhs_number IS NOT NULL))[1] AS nhs_number,
         (array_agg(r.upn ORDER BY t.received_at DESC, r.referral_id DESC) FILTER (WHERE r.upn IS NOT NULL))[1] AS upn
  FROM row AS r
  JOIN referral AS t ON t.partnership_id = $1::uuid AND t.id = r.referral_id
)
UPDATE person AS p
SET version = p.version + 1, first_name = CASE WHEN s.rows = 0 THEN p.first_name ELSE s.first_name END,
    family_name = CASE WHEN s.rows = 0 THEN p.family_name ELSE s.family_name END,
    date_of_birth = CASE WHEN s.rows = 0 THEN p.date_of_birth ELSE s.date_of_birth END,
    expected_date_of_delivery = CASE WHEN s.rows = 0 THEN p.expected_date_of_delivery ELSE s.expected_date_of_delivery END,
    nhs_number = CASE WHEN s.rows = 0 THEN p.nhs_number ELSE s.nhs_number END,
    upn = CASE WHEN s.rows = 0 THEN p.upn ELSE s.upn END,
    ended_at = CASE WHEN s.rows = 0 THEN mashd_now() END
FROM said AS s
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
