-- What the rules of passing on look at. One row; the caller has locked the referral. `meant` is the case that is named, or the
-- only one that waits; `met_at` is the last moment of acceptance where another case was accepted later than this one, else $5.
-- $1 uuid    partnership   $2 uuid  referral   $3 uuid[]  children named, null: all
-- $4 uuid    worker or null   $5 timestamptz  when it was accepted, null: now   $6 uuid  open case named or null
-- $7 uuid    who asks
WITH passed AS (
  SELECT o.id, o.worker_id, o.passed_by, o.passed_at, o.accepted_at, s.superseded_at,
         o.accepted_at IS NULL AND s.superseded_at IS NULL AS waits
  FROM open_case AS o
  CROSS JOIN LATERAL open_case_superseded($1::uuid, $2::uuid, o.id, o.children, o.passed_at) AS s
  WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
),
counted AS (
  SELECT count(*) > 0 AS was_passed, count(*) FILTER (WHERE p.waits) AS waiting,
         max(p.accepted_at) FILTER (WHERE p.superseded_at IS NULL) AS last_accepted_at
  FROM passed AS p
)
SELECT $3::uuid[] IS NULL OR (SELECT count(*) FROM referral_child AS c
                              WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = ANY ($3::uuid[]))
                             = cardinality($3::uuid[]) AS children_found,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $4::uuid AND 'allocated_worker' = ANY (s.roles)
                 AND s.disabled_at IS NULL) AS worker_fits,
       c.was_passed, c.waiting, meant.id AS meant_id, meant.worker_id, coalesce(meant.accepted_at IS NOT NULL, false) AS is_accepted,
       meant.superseded_at IS NOT NULL AS is_superseded, coalesce(meant.passed_by = $7::uuid, false) AS passed_by_you,
       coalesce($5::timestamptz > mashd_now(), false) AS in_future,
       coalesce($5::timestamptz < meant.passed_at, false) AS before_passing,
       CASE WHEN c.last_accepted_at > coalesce($5::timestamptz, mashd_now()) THEN c.last_accepted_at ELSE $5::timestamptz END AS met_at
FROM counted AS c
LEFT JOIN passed AS meant ON CASE WHEN $6::uuid IS NULL THEN meant.waits AND c.waiting = 1 ELSE meant.id = $6::uuid END;
