-- The passings of a referral to allocated workers, oldest first. One is superseded once all of its children were passed again.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT o.id, o.referral_id, o.version, o.children, o.worker_name, o.worker_team, o.worker_id, o.case_reference, o.note, o.passed_by,
       o.passed_at, s.superseded_at, o.accepted_by, o.accepted_as, o.accepted_at, o.accepted_recorded_at, o.accepted_note
FROM open_case AS o
CROSS JOIN LATERAL (
  SELECT CASE WHEN bool_and(n.at IS NOT NULL) THEN max(n.at) END AS superseded_at
  FROM unnest(o.children) AS k (id)
  CROSS JOIN LATERAL (SELECT min(l.passed_at) AS at
                      FROM open_case AS l
                      WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid
                        AND (l.passed_at, l.id) > (o.passed_at, o.id) AND k.id = ANY (l.children)) AS n) AS s
WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
ORDER BY o.passed_at, o.id;
