-- Compares the people of some referrals with all others: who may be the same person, who may be brothers and sisters. Look-ups
-- by equality only, each for the newest fifty. An NHS number decides alone, in both directions; so does a UPN that is the
-- same (it changes with a new school); family name and date of birth need first names that go together, or else speak of
-- twins; family name and postcode speak of brothers and sisters. Weaker, and with a lower score than any of them that says who it
-- is: with the same birth a family name that only sounds alike, or first and family name the other way round; with the same names
-- day and month the other way round; a parent of the same names whose birth is not known, at one postcode or with a child in
-- common. What staff have said comes first: rows that are linked to one person are its rows, linked to two they are two people's,
-- and what was rejected is not proposed again. Beside each stands what both rows say and agree on, and what they say differently:
-- whoever confirms it has to see that.
-- $1 uuid    partnership
-- $2 uuid[]  referrals
-- (One look-up for each referral: a plan for `= ANY` that was made while the table was small reads the whole partnership.)
WITH mine AS MATERIALIZED (
  SELECT k.*,
         CASE WHEN extract(day FROM k.date_of_birth) <= 12 AND extract(day FROM k.date_of_birth) <> extract(month FROM k.date_of_birth)
              THEN make_date(extract(year FROM k.date_of_birth)::integer, extract(day FROM k.date_of_birth)::integer,
                             extract(month FROM k.date_of_birth)::integer) END AS swapped_birth
  FROM unnest($2::uuid[]) AS u (referral_id)
  CROSS JOIN LATERAL (SELECT x.* FROM known_subject AS x
                      WHERE x.partnership_id = $1::uuid AND x.referral_id = u.referral_id OFFSET 0) AS k
),
looked_up AS MATERIALIZED (
  SELECT m.subject_id AS mine, m.referral_id AS my_referral,
         m.subject = 'child' AND o.subject = 'child'
         AND (m.person_id = o.person_id OR m.nhs_number = o.nhs_number OR m.upn = o.upn
              OR (m.date_of_birth = o.date_of_birth AND m.family_key = o.family_key AND m.first_key = o.first_key))
         AND (m.person_id <> o.person_id OR m.nhs_number <> o.nhs_number) IS NOT TRUE AS is_same_child,
         o.*
  FROM mine AS m
  CROSS JOIN LATERAL (
    (SELECT x.* FROM known_subject AS x WHERE x.partnership_id = $1::uuid AND x.person_id = m.person_id
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x WHERE x.partnership_id = $1::uuid AND x.nhs_number = m.nhs_number
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x WHERE x.partnership_id = $1::uuid AND x.upn = m.upn
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x -- the same family name, or one that sounds like it
     WHERE x.partnership_id = $1::uuid AND x.date_of_birth = m.date_of_birth AND x.family_sound = m.family_sound
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x
     WHERE x.partnership_id = $1::uuid AND x.date_of_birth = m.date_of_birth AND x.family_sound = m.first_sound
       AND x.family_key = m.first_key AND x.first_key = m.family_key
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x
     WHERE x.partnership_id = $1::uuid AND x.date_of_birth = m.swapped_birth AND x.family_sound = m.family_sound
       AND x.family_key = m.family_key AND x.first_key = m.first_key
     ORDER BY x.referral_id DESC LIMIT 50)
    UNION ALL
    (SELECT x.* FROM known_subject AS x
     WHERE x.partnership_id = $1::uuid AND x.postcode_key = m.postcode_key AND x.family_key = m.family_key
     ORDER BY x.referral_id DESC LIMIT 50)
  ) AS o
  WHERE o.referral_id <> m.referral_id
),
candidate AS (
  SELECT l.*, false AS of_child FROM looked_up AS l
  UNION ALL
  SELECT m.subject_id, c.my_referral, false, o.*, true -- the parents of a child in common
  FROM (SELECT DISTINCT l.my_referral, l.referral_id FROM looked_up AS l WHERE l.is_same_child) AS c
  CROSS JOIN LATERAL (
    SELECT x.* FROM known_subject AS x
    WHERE x.partnership_id = $1::uuid AND x.referral_id = c.my_referral AND x.role = 'parent' OFFSET 0) AS m
  CROSS JOIN LATERAL (
    SELECT x.* FROM known_subject AS x
    WHERE x.partnership_id = $1::uuid AND x.referral_id = c.referral_id AND x.role = 'parent'
      AND x.first_key = m.first_key AND x.family_key = m.family_key
    OFFSET 0) AS o
),
pair AS (
  SELECT m.referral_id, m.subject_id, m.subject, m.role, o.referral_id AS other_referral_id, o.subject_id AS other_subject_id,
         o.subject AS other_subject, o.role AS other_role,
         coalesce(m.person_id = o.person_id, false) AS confirmed,
         coalesce(m.person_id <> o.person_id, false) AS two_people,
         coalesce(m.nhs_number = o.nhs_number, false) AS same_nhs_number,
         coalesce(m.nhs_number <> o.nhs_number, false) AS two_nhs_numbers,
         coalesce(m.upn = o.upn, false) AS same_upn,
         coalesce(m.date_of_birth = o.date_of_birth AND m.family_key = o.family_key, false) AS born_alike,
         coalesce(m.postcode_key = o.postcode_key AND m.family_key = o.family_key, false) AS same_address,
         coalesce(m.date_of_birth = o.date_of_birth AND m.family_sound = o.family_sound, false) AS born_sounding_alike,
         coalesce(m.date_of_birth = o.date_of_birth AND m.first_key = o.family_key AND m.family_key = o.first_key, false) AS names_swapped,
         coalesce(m.swapped_birth = o.date_of_birth AND m.first_key = o.first_key AND m.family_key = o.family_key, false) AS birth_swapped,
         coalesce(m.role = 'parent' AND o.role = 'parent' AND (m.date_of_birth IS NULL OR o.date_of_birth IS NULL)
                  AND m.first_key = o.first_key AND m.family_key = o.family_key AND (m.postcode_key = o.postcode_key OR o.of_child),
                  false) AS same_parent,
         array_remove(ARRAY[CASE WHEN m.family_key = o.family_key THEN 'family_name' END,
                            CASE WHEN m.date_of_birth = o.date_of_birth THEN 'date_of_birth' END,
                            CASE WHEN m.nhs_number = o.nhs_number THEN 'nhs_number' END, CASE WHEN m.upn = o.upn THEN 'upn' END,
                            CASE WHEN m.postcode_key = o.postcode_key THEN 'postcode' END], NULL) AS agrees,
         array_remove(ARRAY[CASE WHEN m.family_key <> o.family_key THEN 'family_name' END,
                            CASE WHEN m.date_of_birth <> o.date_of_birth THEN 'date_of_birth' END,
                            CASE WHEN m.nhs_number <> o.nhs_number THEN 'nhs_number' END, CASE WHEN m.upn <> o.upn THEN 'upn' END,
                            CASE WHEN m.postcode_key <> o.postcode_key THEN 'postcode' END], NULL) AS differs,
         CASE WHEN m.first_key = o.first_key THEN 0.9
              WHEN m.first_key IS NULL OR o.first_key IS NULL THEN 0.6
              WHEN starts_with(m.first_key, o.first_key) OR starts_with(o.first_key, m.first_key) THEN 0.8
              WHEN levenshtein_less_equal(m.first_key, o.first_key, 1) <= 1 OR similarity(m.first_key, o.first_key) >= 0.4
                   OR (m.first_sound = o.first_sound
                       AND levenshtein(m.first_key, o.first_key) <= 0.5 * greatest(length(m.first_key), length(o.first_key))) THEN 0.7
              ELSE 0 END AS first_names,
         (SELECT true FROM person_link AS l
          WHERE l.partnership_id = $1::uuid AND l.subject_id = m.subject_id AND l.status = 'rejected'
            AND (l.other_subject_id = o.subject_id OR l.person_id = o.person_id) LIMIT 1) IS NOT NULL
         OR (SELECT true FROM person_link AS l
             WHERE l.partnership_id = $1::uuid AND l.subject_id = o.subject_id AND l.status = 'rejected'
               AND (l.other_subject_id = m.subject_id OR l.person_id = m.person_id) LIMIT 1) IS NOT NULL AS rejected
  FROM candidate AS o
  JOIN mine AS m ON m.subject_id = o.mine
),
judged AS (
  SELECT DISTINCT ON (p.subject_id, p.other_subject_id)
         p.referral_id, p.subject_id, p.subject, p.role, p.other_referral_id, p.other_subject_id, p.other_subject, p.other_role,
         p.confirmed, j.same_person, r.rule,
         -- names that go together agree, a name that one of them lacks says nothing
         CASE WHEN p.first_names >= 0.7 THEN array_prepend('first_name', p.agrees) ELSE p.agrees END AS agrees,
         CASE WHEN p.first_names = 0 THEN array_prepend('first_name', p.differs) ELSE p.differs END AS differs,
         CASE r.rule WHEN 'person' THEN 1 WHEN 'nhs_number' THEN 0.99 WHEN 'upn' THEN 0.97
              WHEN 'name_and_birth' THEN CASE WHEN j.same_person THEN p.first_names ELSE 0.5 END
              WHEN 'birth_swapped' THEN 0.58 WHEN 'names_swapped' THEN 0.56 WHEN 'sound_and_birth' THEN 0.6 * p.first_names
              WHEN 'parent_name' THEN 0.42 ELSE 0.4 END AS score
  FROM pair AS p
  CROSS JOIN LATERAL (
    SELECT CASE WHEN p.names_swapped THEN 'names_swapped' WHEN p.birth_swapped THEN 'birth_swapped'
                WHEN p.born_sounding_alike AND p.first_names >= 0.7 THEN 'sound_and_birth'
                WHEN p.same_parent THEN 'parent_name' END AS rule
    OFFSET 0
  ) AS weak
  CROSS JOIN LATERAL (
    SELECT p.confirmed OR (NOT p.rejected AND NOT p.two_people AND NOT p.two_nhs_numbers
                           AND (p.same_nhs_number OR p.same_upn OR (p.born_alike AND p.first_names > 0)
                                OR weak.rule IS NOT NULL)) AS same_person
    OFFSET 0
  ) AS j
  CROSS JOIN LATERAL (
    SELECT CASE WHEN p.confirmed THEN 'person' WHEN j.same_person AND p.same_nhs_number THEN 'nhs_number'
                WHEN j.same_person AND p.same_upn THEN 'upn' WHEN p.born_alike AND NOT p.rejected THEN 'name_and_birth'
                WHEN j.same_person THEN weak.rule ELSE 'name_and_address' END AS rule
    OFFSET 0
  ) AS r
  WHERE j.same_person
     OR (p.subject = 'child' AND p.other_subject = 'child' AND ((p.born_alike AND NOT p.rejected) OR p.same_address))
  ORDER BY p.subject_id, p.other_subject_id, score DESC
),
both_ways AS (
  SELECT j.referral_id, j.subject_id, j.subject, j.role, j.other_referral_id, j.other_subject_id, j.other_subject, j.other_role,
         j.same_person, j.confirmed, j.rule, j.score, j.agrees, j.differs
  FROM judged AS j
  UNION ALL
  SELECT j.other_referral_id, j.other_subject_id, j.other_subject, j.other_role, j.referral_id, j.subject_id, j.subject, j.role,
         j.same_person, j.confirmed, j.rule, j.score, j.agrees, j.differs
  FROM judged AS j
),
related AS (
  SELECT DISTINCT ON (b.referral_id, b.subject_id, b.other_subject_id)
         b.referral_id, b.subject_id, b.other_referral_id, b.other_subject_id, b.same_person, b.confirmed, b.rule, b.score,
         b.agrees, b.differs,
         CASE WHEN b.subject = 'child' AND b.other_subject = 'child'
              THEN CASE WHEN b.same_person THEN 'same_child' ELSE 'sibling' END
              WHEN b.subject = 'child' THEN CASE WHEN b.other_role = 'parent' THEN 'same_child' ELSE 'sibling' END
              ELSE b.role END AS relation
  FROM both_ways AS b
  ORDER BY b.referral_id, b.subject_id, b.other_subject_id
)
INSERT INTO person_match
  (partnership_id, referral_id, subject_id, other_referral_id, other_subject_id, relation, same_person, confirmed, rule, score,
   agrees, differs, shown)
SELECT $1::uuid, x.referral_id, x.subject_id, x.other_referral_id, x.other_subject_id, x.relation, x.same_person, x.confirmed,
       x.rule, x.score, x.agrees, x.differs,
       -- the twelve months before, by the best reason for each relation
       o.received_at <= r.received_at AND o.received_at >= r.received_at - interval '12 months'
       AND row_number() OVER (PARTITION BY x.referral_id, x.other_referral_id, x.relation
                              ORDER BY x.score DESC, x.subject_id, x.other_subject_id) = 1
FROM related AS x
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = x.referral_id
JOIN referral AS o ON o.partnership_id = $1::uuid AND o.id = x.other_referral_id
ORDER BY x.referral_id, x.subject_id, x.other_subject_id -- everybody in the same order
ON CONFLICT ON CONSTRAINT person_match_pkey DO UPDATE
  SET relation = excluded.relation, same_person = excluded.same_person, confirmed = excluded.confirmed, rule = excluded.rule,
      score = excluded.score, agrees = excluded.agrees, differs = excluded.differs, shown = excluded.shown;
