-- The cases behind one number of the figures, in order of receipt: as many as it says.
-- $1 uuid  partnership   $2 uuid  calendar   $3 date  first day   $4 date  first day after
-- $5 text  group by, null: one group         $6 timestamptz  as at, null: now
-- $7 text  name of the figure   $8 text  its band, null: it has none   $9 text  numerator, denominator
-- $10 text group, null: the only one
-- $11, $12, $13  keys of the last row seen    $14 integer  rows
-- result: json
SELECT c.referral_id, r.reference, c.received_at, c.rating, c.source, a.name AS agency_name, c.follow_up_id, f.kind, c.child_id,
       c.received_at::text AS _key1, c.referral_id AS _key2, c.item AS _key3
FROM (
  SELECT x.*, coalesce(x.follow_up_id, x.child_id, x.referral_id) AS item
  FROM (SELECT coalesce($6::timestamptz, mashd_now()) AS as_at OFFSET 0) AS m
  CROSS JOIN LATERAL figure_cases($1::uuid, $2::uuid, $3::date, $4::date, m.as_at, $5::text) AS x
  WHERE x.name = $7::text AND x.band IS NOT DISTINCT FROM $8::text AND (x.counted OR $9::text = 'denominator')
    AND x."group" = coalesce($10::text, '')
) AS c
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = c.referral_id
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = c.agency_id
LEFT JOIN follow_up AS f ON f.partnership_id = $1::uuid AND f.id = c.follow_up_id
WHERE $11::text IS NULL OR (c.received_at, c.referral_id, c.item) > ($11::timestamptz, $12::uuid, $13::uuid)
ORDER BY c.received_at, c.referral_id, c.item
LIMIT $14::integer;
