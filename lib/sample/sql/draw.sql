-- Draws a tenth (at least one) of the electronic requests whose latest screening of a week said that no clarification was
-- needed, and was agreed to where it named
-- somebody:
-- of the earliest week that is over and was not drawn; of the last one where none ever was. No row where there is none, or
-- another daemon was first.
-- $1 uuid  partnership
WITH week AS MATERIALIZED (
  SELECT w.week, w.week::timestamp AT TIME ZONE z.time_zone AS from_at, (w.week + 7)::timestamp AT TIME ZONE z.time_zone AS to_at
  FROM calendar AS z
  CROSS JOIN LATERAL (SELECT date_trunc('week', mashd_now() AT TIME ZONE z.time_zone)::date AS this_week) AS t
  CROSS JOIN LATERAL (SELECT coalesce((SELECT max(d.week) + 7 FROM sample_week AS d WHERE d.partnership_id = $1::uuid),
                                      t.this_week - 7) AS week) AS w
  WHERE z.partnership_id = $1::uuid AND z.is_default AND w.week < t.this_week
),
candidate AS MATERIALIZED (
  SELECT r.id, s.id AS screening_id, row_number() OVER (ORDER BY md5(r.id::text || w.week::text), r.id) AS place,
         count(*) OVER () AS candidates
  FROM week AS w
  JOIN screening AS s ON s.partnership_id = $1::uuid AND s.recorded_at >= w.from_at AND s.recorded_at < w.to_at
                         AND NOT s.clarification_needed
  JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = s.referral_id
  WHERE r.electronic AND r.record_kind = 'request_for_service'
    AND (SELECT o.standing FROM sign_off_standing($1::uuid, s.referral_id, s.id) AS o) = 'in_effect'
    AND NOT EXISTS (SELECT FROM screening AS n
                    WHERE n.partnership_id = $1::uuid AND n.referral_id = s.referral_id AND n.ordinal > s.ordinal
                      AND n.recorded_at < w.to_at)
),
drawn AS (
  INSERT INTO sample_week (partnership_id, week, candidates)
  SELECT $1::uuid, w.week, (SELECT count(*) FROM candidate)
  FROM week AS w
  ON CONFLICT ON CONSTRAINT sample_week_pkey DO NOTHING
  RETURNING week
),
chosen AS (
  INSERT INTO sampled_referral (partnership_id, referral_id, week, screening_id)
  SELECT $1::uuid, c.id, d.week, c.screening_id
  FROM drawn AS d
  CROSS JOIN candidate AS c
  WHERE c.place <= ceil(c.candidates / 10.0)
)
SELECT d.week FROM drawn AS d;
