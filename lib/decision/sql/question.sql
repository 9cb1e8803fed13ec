-- Puts in question the final decisions that took effect under a lower rating than that of a screening, which is on record and the
-- latest; the caller has locked the referral. Not those that protect a child: they act as the highest rating asks. A rating that
-- nobody had given counts lowest. One row: how many children, the referral's state until now, and since when another decision is
-- owed: from the judgement, but from no time before the decision.
-- $1 uuid  partnership    $2 uuid  referral   $3 integer  its version after the change   $4 uuid  screening
-- $5 uuid  what the events' identifiers follow            $6 uuid  staff                 $7 uuid  request
WITH rated AS MATERIALIZED (
  SELECT s.rating, s.screened_at AS since
  FROM screening AS s
  WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.id = $4::uuid
),
stood AS MATERIALIZED (
  -- The rating then: what the first change of it since came from.
  SELECT d.id, e.at,
         coalesce((SELECT v.data ->> 'from' FROM event AS v
                   WHERE v.partnership_id = $1::uuid AND v.referral_id = $2::uuid AND v.version > e.version
                     AND v.type = 'rating_changed'
                   ORDER BY v.version LIMIT 1), r.rating) AS rating
  FROM referral AS r
  JOIN decision AS d ON d.partnership_id = $1::uuid AND d.referral_id = $2::uuid
  CROSS JOIN LATERAL (SELECT greatest(d.version, max(w.version)) AS version, greatest(d.recorded_at, max(w.answered_at)) AS at
                      FROM sign_off AS w
                      WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.subject_id = d.id
                        AND w.state = 'agreed') AS e
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid AND d.stage = 'final'
    AND d.outcome NOT IN ('strategy_discussion', 'immediate_protection')
),
questioned AS (
  UPDATE decision_child AS k
  SET questioned_by = $4::uuid
  FROM stood AS t CROSS JOIN rated AS n
  WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.decision_id = t.id AND k.stage = 'final'
    AND k.superseded_by IS NULL AND k.questioned_by IS NULL
    AND array_position(ARRAY['green', 'amber', 'red'], n.rating)
        > coalesce(array_position(ARRAY['green', 'amber', 'red'], t.rating), 0)
  RETURNING k.decision_id, k.child_id, t.rating AS "from", n.rating AS "to", greatest(n.since, t.at) AS since
),
told AS (
  INSERT INTO event
    (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
  SELECT $1::uuid, $2::uuid, mashd_uuid_after($5::uuid, row_number() OVER (ORDER BY q.decision_id)::integer), $3::integer,
         'decision_questioned', q.since, 'staff', $6::uuid, $7::uuid, 'hub',
         jsonb_build_object('decision_id', q.decision_id, 'children', jsonb_agg(q.child_id ORDER BY q.child_id),
                            'screening_id', $4::uuid, 'from', q."from", 'to', q."to")
  FROM questioned AS q
  GROUP BY q.decision_id, q.since, q."from", q."to"
)
SELECT count(*) AS children, max(q.since) AS since,
       (SELECT r.state FROM referral AS r WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid) AS state
FROM questioned AS q;
