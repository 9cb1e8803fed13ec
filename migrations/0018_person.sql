-- migrate:up

-- Fuzzy comparison of names (trigrams, edit distance), and indexes for it that lead with the partnership. All three are trusted:
-- the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- A name as it is compared: lower case without diacritics and punctuation, Mac and Mc alike and joined to what follows, O' too;
-- NULL for what stands on forms where there is no name. The same key means the same name. Never shown.
CREATE FUNCTION mashd_name_key(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  key text := lower(name);
BEGIN
  IF key !~ '^(?!mac)[a-z]+$' THEN
    key := regexp_replace(lower(normalize(left(name, 200), NFKD)), '[\u0300-\u036f''’‘ʼ`´]', '', 'g');
    key := replace(replace(replace(replace(translate(key, 'øđðłħıŧ', 'oddlhit'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    key := regexp_replace(key, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g');
    key := regexp_replace(btrim(key), '\m(?:mac ?(?=[a-z]{3})|mc (?=[a-z]))', 'mc', 'g');
    key := rtrim(left(regexp_replace(key, '\mo (?=[a-z]{2})', 'o', 'g'), 100));
  END IF;
  IF key IN ('', 'unknown', 'not known', 'not stated', 'not given', 'not provided', 'no name', 'none', 'n a', 'nk', 'tbc', 'tba',
             'anonymous', 'baby', 'unborn', 'unborn baby', 'baby unborn', 'unborn child') THEN
    RETURN NULL;
  END IF;
  RETURN key;
END
$$;

-- How a key sounds (Double Metaphone, the first four sounds), so that Stephen and Steven, Shaun and Sean, Browne and Brown are the
-- same: sh and s are not told apart, nor th and t. The sounds are those of English; a key in another script, or of no sound, is its
-- own. The same key has the same sound.
CREATE FUNCTION mashd_name_sound(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT CASE WHEN key ~ '^[a-z ]+$' THEN coalesce(nullif(translate(public.dmetaphone(replace(key, ' ', '')), 'X0', 'ST'), ''), key)
              ELSE key END
$$;

-- A whole postcode in use as it is compared; NULL for any other, and for ZZ99, which stands for no fixed abode.
CREATE FUNCTION mashd_postcode_key(postcode text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT a.postcode FROM translate(lower(postcode), ' -.', '') AS a (postcode)
  WHERE a.postcode ~ '^[a-z]{1,2}[0-9][a-z0-9]?[0-9][a-z]{2}$' AND a.postcode !~ '^zz99'
$$;

-- Referrals whose people have not been compared with those of others yet, or no more since they changed. Written with the
-- receipt and with each change of the people on it: one short row, so that a post does not wait for seven indexes. The job
-- (lib/person/compare.c) takes it away.
CREATE TABLE uncompared_referral (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  version integer NOT NULL, -- of the referral, after the change
  CONSTRAINT uncompared_referral_pkey PRIMARY KEY (partnership_id, referral_id, version)
);
SELECT mashd_protect('uncompared_referral', 'SELECT, INSERT, UPDATE, DELETE');

-- A child, parent or other subject whom staff have recognised on referrals; never staff. The facts are those of the rows that
-- are linked, each from the earliest link that has it. Ended: its last link was undone, nobody is linked to it any more.
CREATE TABLE person (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  first_name text,
  family_name text,
  date_of_birth date,
  expected_date_of_delivery date,
  nhs_number text,
  upn text,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT mashd_now(),
  ended_at timestamptz,
  CONSTRAINT person_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT person_partnership_fkey FOREIGN KEY (partnership_id) REFERENCES partnership (partnership_id),
  CONSTRAINT person_created_by_fkey FOREIGN KEY (partnership_id, created_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT person_nhs_number CHECK (nhs_number ~ '^[0-9]{10}$')
);
SELECT mashd_protect('person', 'SELECT, INSERT, UPDATE');

-- What staff said about who a row of a referral is: only ever added to. `confirmed`: it is this person. `rejected`: it is not
-- that other row's person, or not this person. `undone`: an earlier confirmation (`undoes`) was wrong. What a rule proposes
-- stands in person_match, and comes and goes with the facts.
CREATE TABLE person_link (
  partnership_id uuid NOT NULL,
  id uuid NOT NULL,
  referral_id uuid NOT NULL,
  version integer NOT NULL,  -- of the referral, after it
  subject text NOT NULL,     -- in which list of the referral the row stands
  subject_id uuid NOT NULL,  -- referral_child.id or referral_household.id
  person_id uuid,
  other_referral_id uuid,    -- the row that it was compared with
  other_subject_id uuid,
  status text NOT NULL,
  undoes uuid,
  rule text,                 -- which rule had proposed it; NULL: none
  score double precision,
  reason text,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT mashd_now(),
  CONSTRAINT person_link_pkey PRIMARY KEY (partnership_id, id),
  CONSTRAINT person_link_undone_once UNIQUE (partnership_id, undoes),
  CONSTRAINT person_link_referral_fkey FOREIGN KEY (partnership_id, referral_id) REFERENCES referral (partnership_id, id),
  CONSTRAINT person_link_person_fkey FOREIGN KEY (partnership_id, person_id) REFERENCES person (partnership_id, id),
  CONSTRAINT person_link_decided_by_fkey FOREIGN KEY (partnership_id, decided_by) REFERENCES staff (partnership_id, id),
  CONSTRAINT person_link_subject CHECK (subject IN ('child', 'household')),
  CONSTRAINT person_link_status CHECK (status IN ('confirmed', 'rejected', 'undone')),
  CONSTRAINT person_link_rule CHECK (rule IN ('person', 'nhs_number', 'upn', 'name_and_birth', 'sound_and_birth', 'names_swapped', 'birth_swapped',
    'parent_name', 'name_and_address')),
  CONSTRAINT person_link_whom CHECK (person_id IS NOT NULL OR (status = 'rejected' AND other_subject_id IS NOT NULL)),
  CONSTRAINT person_link_undoes CHECK ((status = 'undone') = (undoes IS NOT NULL)),
  CONSTRAINT person_link_other CHECK ((other_referral_id IS NULL) = (other_subject_id IS NULL))
);
CREATE INDEX person_link_of_referral ON person_link (partnership_id, referral_id);
CREATE INDEX person_link_of_person ON person_link (partnership_id, person_id);
CREATE INDEX person_link_rejected ON person_link (partnership_id, subject_id) WHERE status = 'rejected';
SELECT mashd_protect('person_link', 'SELECT, INSERT');
CREATE INDEX referral_child_of_person ON referral_child (partnership_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX referral_household_of_person ON referral_household (partnership_id, person_id) WHERE person_id IS NOT NULL;

-- What the rows of referrals are compared and found by, one for each child and each member of a household: made by
-- lib/person/sql/index.sql from those tables, and again when they change. Identifiers are clean: a faulty one stands in the
-- document alone. The referral's id comes last in each index, so that the newest are found first.
CREATE TABLE known_subject (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  subject text NOT NULL,
  role text NOT NULL, -- child; in the household: parent, sibling, household (anybody else)
  person_id uuid,
  first_key text,
  family_key text,
  other_keys text[],
  postcode_key text,
  date_of_birth date,
  nhs_number text,
  upn text,
  first_sound text GENERATED ALWAYS AS (mashd_name_sound(first_key)) STORED,
  family_sound text GENERATED ALWAYS AS (mashd_name_sound(family_key)) STORED,
  CONSTRAINT known_subject_pkey PRIMARY KEY (partnership_id, referral_id, subject_id)
);
CREATE INDEX known_subject_by_nhs_number ON known_subject (partnership_id, nhs_number, referral_id) WHERE nhs_number IS NOT NULL;
CREATE INDEX known_subject_by_upn ON known_subject (partnership_id, upn, referral_id) WHERE upn IS NOT NULL;
-- By the sound: the one look-up finds the same name and those that sound like it.
CREATE INDEX known_subject_by_birth ON known_subject (partnership_id, date_of_birth, family_sound, referral_id)
  WHERE date_of_birth IS NOT NULL;
CREATE INDEX known_subject_by_address ON known_subject (partnership_id, postcode_key, family_key, referral_id)
  WHERE postcode_key IS NOT NULL;
-- For searching by names alone. Partial by a condition that only found_referrals() names, so that no plan that was made while the
-- table was small takes them for a look-up by name and birth.
CREATE INDEX known_subject_by_name ON known_subject (partnership_id, first_key, family_key, referral_id) WHERE first_key >= '';
CREATE INDEX known_subject_by_family ON known_subject (partnership_id, family_key, referral_id) WHERE family_key >= '';
CREATE INDEX known_subject_by_other_name ON known_subject USING gin (partnership_id, other_keys) WHERE other_keys IS NOT NULL;
CREATE INDEX known_subject_of_person ON known_subject (partnership_id, person_id, referral_id) WHERE person_id IS NOT NULL;
SELECT mashd_protect('known_subject', 'SELECT, INSERT, UPDATE');

-- Every key of a name that a partnership has met, once: what a misspelt name is compared with, so that the cost of a search
-- follows the number of different names and not that of referrals.
CREATE TABLE known_name (
  partnership_id uuid NOT NULL,
  name text NOT NULL,
  sound text GENERATED ALWAYS AS (mashd_name_sound(name)) STORED,
  CONSTRAINT known_name_pkey PRIMARY KEY (partnership_id, name)
);
CREATE INDEX known_name_by_sound ON known_name (partnership_id, sound, name);
CREATE INDEX known_name_alike ON known_name USING gin (partnership_id, name gin_trgm_ops);
-- A letter more, less or other leaves a short name too few trigrams: those are compared one by one.
CREATE INDEX known_name_short ON known_name (partnership_id, length(name), name) WHERE length(name) <= 6;
SELECT mashd_protect('known_name', 'SELECT, INSERT');

-- Rows of two referrals that may be about the same person, or about brothers and sisters: a signal, never a block. Derived by
-- lib/person/sql/compare.sql, once in each direction; nothing is lost when it is derived again.
CREATE TABLE person_match (
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  other_referral_id uuid NOT NULL,
  other_subject_id uuid NOT NULL,
  relation text NOT NULL, -- who the other referral is about, seen from this one
  same_person boolean NOT NULL,
  confirmed boolean NOT NULL, -- by staff, who linked both to one person
  rule text NOT NULL,
  score double precision NOT NULL,
  agrees text[] NOT NULL,  -- facts that both rows have, the same
  differs text[] NOT NULL, -- and not the same
  shown boolean NOT NULL, -- with the record: an earlier referral, and the best reason for this relation to it
  CONSTRAINT person_match_pkey PRIMARY KEY (partnership_id, referral_id, subject_id, other_subject_id),
  CONSTRAINT person_match_relation CHECK (relation IN ('same_child', 'sibling', 'parent', 'household')),
  CONSTRAINT person_match_rule CHECK (rule IN ('person', 'nhs_number', 'upn', 'name_and_birth', 'sound_and_birth', 'names_swapped', 'birth_swapped',
    'parent_name', 'name_and_address'))
);
CREATE INDEX person_match_shown ON person_match (partnership_id, referral_id) WHERE shown;
CREATE INDEX person_match_of_other ON person_match (partnership_id, other_referral_id);
SELECT mashd_protect('person_match', 'SELECT, INSERT, UPDATE, DELETE');

-- An agency's reference without saying which agency: the others are found by referral_agency_reference_key. Partial by a
-- condition that only found_referrals() names, so that no plan takes it where the agency is known.
CREATE INDEX referral_other_agency_reference ON referral (partnership_id, agency_reference_folded)
  WHERE agency_reference_folded >= '' AND (reference_reused OR agency_id IS NULL);

-- What was there before waits like what comes in.
INSERT INTO uncompared_referral (partnership_id, referral_id, version)
SELECT r.partnership_id, r.id, r.version FROM referral AS r;

-- Known names that are like one of the words asked for, the closest of each word first, and half as many again that sound like it.
-- `closeness`: 1 the same, less by the share of letters that differ, or by the share of the word's trigrams that no part of a
-- longer name has: of two that sound alike the one that is spelt more alike is closer.
CREATE FUNCTION names_alike(p uuid, words text[], most integer)
RETURNS TABLE (name text, word bigint, closeness double precision)
LANGUAGE sql STABLE
AS $$
  SELECT k.name, w.n, k.closeness
  FROM unnest(words) WITH ORDINALITY AS w (word, n)
  CROSS JOIN LATERAL (
    SELECT DISTINCT c.name, c.closeness
    FROM (SELECT a.name, l.closeness, row_number() OVER (PARTITION BY a.how ORDER BY l.closeness DESC, a.name) AS place, a.how
          FROM (SELECT 'spelling' AS how, w.word AS name
                UNION
                (SELECT 'spelling', t.name FROM known_name AS t WHERE t.partnership_id = p AND t.name %> w.word LIMIT 5000)
                UNION
                SELECT 'spelling', s.name FROM known_name AS s
                WHERE s.partnership_id = p AND length(s.name) <= 6
                  AND length(s.name) BETWEEN length(w.word) - 1 AND length(w.word) + 1
                  AND levenshtein_less_equal(s.name, w.word, 1) <= 1
                UNION
                (SELECT 'sound', h.name FROM known_name AS h
                 WHERE h.partnership_id = p AND h.sound = mashd_name_sound(w.word) LIMIT 1000)) AS a
          CROSS JOIN LATERAL (
            SELECT greatest(1 - levenshtein(a.name, w.word)::double precision / greatest(length(a.name), length(w.word)),
                            0.95 * word_similarity(w.word, a.name)) AS closeness) AS l) AS c
    WHERE c.place <= CASE WHEN c.how = 'sound' THEN most / 2 ELSE most END
  ) AS k
$$;
REVOKE ALL ON FUNCTION names_alike(uuid, text[], integer) FROM PUBLIC;

-- What a search finds: rows of referrals that are like what was asked, the best of each referral, with a score up to 1 and what
-- of the question it answers. At most `most`, best first, the newest first among equals. A function and not a statement of the
-- daemon's, because under row-level security trigram operators reach no index: this runs as the owner and looks at nothing but
-- the partnership of the setting. Each step takes a bounded number of rows: a common name costs little more than a rare one.
SELECT similarity('', ''); -- loads the module, so that its setting below is known
CREATE FUNCTION found_referrals(asked_name text, asked_birth date, asked_nhs_number text, asked_upn text, asked_reference text,
                                asked_agency_reference text, most integer)
RETURNS TABLE (referral_id uuid, subject text, subject_id uuid, score double precision, matched text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET pg_trgm.word_similarity_threshold = 0.4
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  p CONSTANT uuid := mashd_partnership();
  -- In any order, and a double-barrelled name is two.
  words CONSTANT text[] := ARRAY(SELECT w.word
                                 FROM unnest(string_to_array(mashd_name_key(asked_name), ' ')) WITH ORDINALITY AS w (word, n)
                                 GROUP BY w.word ORDER BY min(w.n) LIMIT 6);
  -- As referral.agency_reference_folded.
  agency_reference_key CONSTANT text := btrim(regexp_replace(asked_agency_reference, '[ \t\n\v\f\r]+', ' ', 'g'), ' ');
  -- The day asked for, day and month the other way round, and what a slip of the pen makes of it.
  days CONSTANT date[] := ARRAY[
    asked_birth,
    CASE WHEN extract(day FROM asked_birth) <= 12 THEN
      make_date(extract(year FROM asked_birth)::integer, extract(day FROM asked_birth)::integer,
                extract(month FROM asked_birth)::integer) END,
    asked_birth - 1, asked_birth + 1, (asked_birth - interval '1 month')::date, (asked_birth + interval '1 month')::date,
    (asked_birth - interval '1 year')::date, (asked_birth + interval '1 year')::date];
BEGIN
  RETURN QUERY
  WITH near AS MATERIALIZED (
    SELECT n.name, n.word, n.closeness FROM names_alike(p, words, 60 / greatest(cardinality(words), 1)) AS n
  ),
  pair AS MATERIALIZED (
    SELECT f.name AS first_key, g.name AS family_key, max(f.closeness + g.closeness) AS closeness
    FROM near AS f JOIN near AS g ON g.word <> f.word
    GROUP BY f.name, g.name ORDER BY closeness DESC LIMIT 1000
  ),
  alone AS MATERIALIZED (
    SELECT n.name, max(n.closeness) AS closeness
    FROM near AS n
    WHERE n.closeness >= 0.95 OR cardinality(words) = 1 -- the word, or a part of a double-barrelled name
    GROUP BY n.name ORDER BY closeness DESC LIMIT 20
  ),
  found AS (
    (SELECT k.* FROM known_subject AS k
     WHERE k.partnership_id = p AND k.nhs_number = asked_nhs_number ORDER BY k.referral_id DESC LIMIT 200)
    UNION ALL
    (SELECT k.* FROM known_subject AS k
     WHERE k.partnership_id = p AND k.upn = asked_upn ORDER BY k.referral_id DESC LIMIT 200)
    UNION ALL
    (SELECT k.*
     FROM (SELECT * FROM pair ORDER BY closeness DESC) AS pair
     CROSS JOIN LATERAL (
       SELECT x.* FROM known_subject AS x
       WHERE x.partnership_id = p AND x.first_key = pair.first_key AND x.family_key = pair.family_key AND x.first_key >= ''
       ORDER BY x.referral_id DESC LIMIT 50) AS k
     LIMIT 1000)
    UNION ALL
    (SELECT k.*
     FROM (SELECT * FROM alone ORDER BY closeness DESC) AS a
     CROSS JOIN LATERAL (
       SELECT x.* FROM known_subject AS x
       WHERE x.partnership_id = p AND x.family_key = a.name AND x.family_key >= '' ORDER BY x.referral_id DESC LIMIT 200) AS k
     LIMIT 600)
    UNION ALL
    (SELECT k.*
     FROM (SELECT * FROM alone ORDER BY closeness DESC) AS a
     CROSS JOIN LATERAL (
       SELECT x.* FROM known_subject AS x
       WHERE x.partnership_id = p AND x.first_key = a.name AND x.first_key >= '' LIMIT 100) AS k
     LIMIT 300)
    UNION ALL
    (SELECT k.* FROM known_subject AS k
     WHERE k.partnership_id = p AND k.other_keys && (SELECT array_agg(n.name) FROM near AS n) LIMIT 300)
    UNION ALL
    (SELECT k.*
     FROM unnest(days) WITH ORDINALITY AS d (day, n)
     CROSS JOIN LATERAL (
       SELECT x.* FROM known_subject AS x
       WHERE x.partnership_id = p AND x.date_of_birth = d.day LIMIT CASE WHEN d.n <= 2 THEN 500 ELSE 100 END) AS k)
    UNION ALL
    -- what came in just now and has no keys yet
    (SELECT p, w.referral_id, c.id, 'child', 'child', NULL, mashd_name_key(c.document ->> 'first_name'),
            mashd_name_key(c.document ->> 'family_name'), NULL, NULL, c.date_of_birth, c.nhs_number, c.upn, NULL, NULL
     FROM (SELECT DISTINCT u.referral_id FROM uncompared_referral AS u
           WHERE u.partnership_id = p ORDER BY u.referral_id DESC LIMIT 200) AS w
     JOIN referral_child AS c ON c.partnership_id = p AND c.referral_id = w.referral_id LIMIT 1000)
  ),
  compared AS (
    SELECT DISTINCT ON (f.subject_id) f.subject, f.referral_id, f.subject_id,
           coalesce(f.nhs_number = asked_nhs_number, false) AS same_nhs_number, coalesce(f.upn = asked_upn, false) AS same_upn,
           CASE WHEN f.date_of_birth IS NULL THEN 0.3 WHEN f.date_of_birth = days[1] THEN 1.0
                WHEN f.date_of_birth = days[2] THEN 0.9 WHEN f.date_of_birth = ANY (days) THEN 0.7 ELSE 0 END AS birth,
           string_to_array(concat_ws(' ', f.first_key, f.family_key, array_to_string(f.other_keys, ' '),
                                     CASE WHEN f.first_key LIKE '% %' THEN replace(f.first_key, ' ', '') END,
                                     CASE WHEN f.family_key LIKE '% %' THEN replace(f.family_key, ' ', '') END), ' ') AS parts
    FROM found AS f
  ),
  scored AS (
    SELECT c.*, n.closeness,
           CASE WHEN c.same_nhs_number OR c.same_upn THEN 1
                WHEN asked_birth IS NULL THEN n.closeness
                WHEN n.closeness IS NULL THEN c.birth
                ELSE 0.65 * n.closeness + 0.35 * c.birth END AS score
    FROM compared AS c
    CROSS JOIN LATERAL (
      -- each word by the part of the name that is most like it; parts that nobody asked for count a little against
      SELECT sum(length(w.word) * CASE WHEN b.closeness >= 0.45 THEN b.closeness ELSE 0 END) / sum(length(w.word))
             - 0.01 * greatest(cardinality(c.parts) - cardinality(words), 0) AS closeness
      FROM unnest(words) AS w (word)
      CROSS JOIN LATERAL (
        SELECT max(CASE WHEN u.part = w.word THEN 1
                        ELSE greatest(1 - levenshtein(u.part, w.word)::double precision / greatest(length(u.part), length(w.word)),
                                      0.9 * word_similarity(w.word, u.part)) END) AS closeness
        FROM unnest(c.parts) AS u (part)
      ) AS b
    ) AS n
  ),
  named AS (
    SELECT n.id, array_agg(n.code ORDER BY n.code DESC) AS codes
    FROM ((SELECT r.id, 'reference' AS code FROM referral AS r
           WHERE r.partnership_id = p AND r.reference = asked_reference)
          UNION ALL
          (SELECT r.id, 'agency_reference'
           FROM agency AS a
           JOIN referral AS r ON r.partnership_id = p AND r.agency_id = a.id AND r.agency_reference_folded = agency_reference_key
                                 AND NOT r.reference_reused
           WHERE a.partnership_id = p AND asked_agency_reference IS NOT NULL LIMIT 200)
          UNION ALL
          (SELECT r.id, 'agency_reference' FROM referral AS r
           WHERE r.partnership_id = p AND r.agency_reference_folded = agency_reference_key AND r.agency_reference_folded >= ''
             AND (r.reference_reused OR r.agency_id IS NULL) LIMIT 200)) AS n
    GROUP BY n.id
  ),
  best AS (
    SELECT DISTINCT ON (b.referral_id) b.* FROM scored AS b WHERE b.score >= 0.45
    ORDER BY b.referral_id, b.score DESC, b.subject, b.subject_id
  )
  SELECT coalesce(n.id, b.referral_id), b.subject, b.subject_id, CASE WHEN n.id IS NULL THEN b.score ELSE 1 END AS score,
         array_remove(coalesce(n.codes, '{}') || ARRAY[
           CASE WHEN b.same_nhs_number THEN 'nhs_number' END, CASE WHEN b.same_upn THEN 'upn' END,
           CASE WHEN b.closeness >= 0.95 THEN 'name' WHEN b.closeness >= 0.45 THEN 'name_alike' END,
           CASE WHEN asked_birth IS NULL THEN NULL WHEN b.birth = 1.0 THEN 'date_of_birth'
                WHEN b.birth = 0.9 THEN 'date_of_birth_swapped' WHEN b.birth = 0.7 THEN 'date_of_birth_near' END], NULL)
  FROM best AS b FULL JOIN named AS n ON n.id = b.referral_id
  ORDER BY score DESC, coalesce(n.id, b.referral_id) DESC
  LIMIT most;
END
$$;
REVOKE ALL ON FUNCTION found_referrals(text, date, text, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION found_referrals(text, date, text, text, text, text, integer) TO mashd_app;

-- migrate:down
DROP FUNCTION found_referrals(text, date, text, text, text, text, integer), names_alike(uuid, text[], integer);
DROP INDEX referral_other_agency_reference, referral_child_of_person, referral_household_of_person;
DROP TABLE person_match, known_name, known_subject, person_link, person, uncompared_referral;
DROP FUNCTION mashd_name_key(text), mashd_name_sound(text), mashd_postcode_key(text);
DROP EXTENSION fuzzystrmatch;
DROP EXTENSION btree_gin;
DROP EXTENSION pg_trgm;
