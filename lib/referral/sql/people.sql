-- Who stands in the record of a referral, by what tells them apart and what topics look at, and the next ordinals. One row.
-- $1 uuid  partnership   $2 uuid  referral
SELECT c.children, c.next_child, h.household, h.next_person
FROM (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'nhs_number', c.document -> 'nhs_number', 'upn', c.document -> 'upn',
               'date_of_birth', c.document -> 'date_of_birth',
               'expected_date_of_delivery', c.document -> 'expected_date_of_delivery',
               'first_name', c.document -> 'first_name', 'family_name', c.document -> 'family_name',
               'sex', c.document -> 'sex', 'whereabouts', c.document -> 'whereabouts') ORDER BY c.ordinal), '[]') AS children,
             coalesce(max(c.ordinal) + 1, 0) AS next_child
      FROM referral_child AS c
      WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid) AS c
CROSS JOIN
     (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'first_name', h.document -> 'first_name', 'family_name', h.document -> 'family_name',
               'date_of_birth', h.document -> 'date_of_birth', 'relationship', h.document -> 'relationship')
               ORDER BY h.ordinal), '[]') AS household,
             coalesce(max(h.ordinal) + 1, 0) AS next_person
      FROM referral_household AS h
      WHERE h.partnership_id = $1::uuid AND h.referral_id = $2::uuid) AS h;
