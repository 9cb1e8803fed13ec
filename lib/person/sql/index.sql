-- Takes referrals that wait to be compared, the newest first, and makes of the people on them what they are compared and found
-- by. They go on waiting: compare.sql comes in a later transaction, so that of two referrals that are worked on at the same
-- moment at least one sees the other. Any number of daemons may do this: what one has in its hands is left to it.
-- $1 uuid     partnership
-- $2 integer  how many at the most
WITH taken AS MATERIALIZED (
  SELECT w.referral_id, w.version
  FROM uncompared_referral AS w
  WHERE w.partnership_id = $1::uuid
  ORDER BY w.referral_id DESC, w.version
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
),
row AS MATERIALIZED (
  SELECT c.referral_id, c.id, 'child' AS subject, 'child' AS role, c.person_id,
         mashd_name_key(c.document ->> 'first_name') AS first_key, mashd_name_key(c.document ->> 'family_name') AS family_key,
         (SELECT array_agg(DISTINCT mashd_name_key(o.name))
          FROM jsonb_array_elements_text(c.document -> 'also_known_as') AS o (name)
          WHERE mashd_name_key(o.name) IS NOT NULL) AS other_keys,
         mashd_postcode_key(c.document #>> '{addresses,0,postcode}') AS postcode_key,
         c.date_of_birth, c.nhs_number, c.upn
  FROM (SELECT DISTINCT t.referral_id FROM taken AS t) AS t
  JOIN referral_child AS c ON c.partnership_id = $1::uuid AND c.referral_id = t.referral_id
  UNION ALL
  SELECT h.referral_id, h.id, 'household', w.role, h.person_id,
         mashd_name_key(h.document ->> 'first_name'), mashd_name_key(h.document ->> 'family_name'), NULL,
         -- a parent's is the first child's, unless they live elsewhere
         CASE WHEN w.role = 'parent' AND h.document -> 'lives_with_child' IS DISTINCT FROM 'false' THEN
           (SELECT mashd_postcode_key(c.document #>> '{addresses,0,postcode}') FROM referral_child AS c
            WHERE c.partnership_id = $1::uuid AND c.referral_id = h.referral_id ORDER BY c.ordinal LIMIT 1) END,
         h.date_of_birth, NULL, NULL
  FROM (SELECT DISTINCT t.referral_id FROM taken AS t) AS t
  JOIN referral_household AS h ON h.partnership_id = $1::uuid AND h.referral_id = t.referral_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN h.document ->> 'relationship' ~* '(brother|sister|sibling|twin)' THEN 'sibling'
                WHEN h.document ->> 'relationship' ~* '(mother|father|mum|dad|parent|carer|guardian)'
                     AND h.document ->> 'relationship' !~* 'grand' THEN 'parent'
                ELSE 'household' END AS role) AS w
),
kept AS (
  INSERT INTO known_subject
    (partnership_id, referral_id, subject_id, subject, role, person_id, first_key, family_key, other_keys, postcode_key,
     date_of_birth, nhs_number, upn)
  SELECT $1::uuid, r.referral_id, r.id, r.subject, r.role, r.person_id, r.first_key, r.family_key, r.other_keys, r.postcode_key,
         r.date_of_birth, r.nhs_number, r.upn
  FROM row AS r
  ORDER BY r.referral_id, r.id
  ON CONFLICT ON CONSTRAINT known_subject_pkey DO UPDATE
    SET role = excluded.role, person_id = excluded.person_id, first_key = excluded.first_key, family_key = excluded.family_key,
        other_keys = excluded.other_keys, postcode_key = excluded.postcode_key, date_of_birth = excluded.date_of_birth,
        nhs_number = excluded.nhs_number, upn = excluded.upn
),
named AS (
  INSERT INTO known_name (partnership_id, name)
  SELECT DISTINCT $1::uuid, n.name
  FROM row AS r
  CROSS JOIN LATERAL unnest(r.other_keys || r.first_key || r.family_key) AS n (name)
  WHERE n.name IS NOT NULL
  ORDER BY n.name -- two daemons meet new names in the same order
  ON CONFLICT ON CONSTRAINT known_name_pkey DO NOTHING
)
SELECT t.referral_id, t.version FROM taken AS t;
