-- The passings of a referral to allocated workers, oldest first. One is superseded once all of its children were passed again.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT o.id, o.referral_id, o.version, o.children, o.worker_name, o.worker_team, o.worker_id, o.case_reference, o.note, o.passed_by,
       o.passed_at, s.superseded_at, o.accepted_by, o.accepted_as, o.accepted_at, o.accepted_recorded_at, o.accepted_note
FROM open_case AS o
CROSS JOIN LATERAL open_case_superseded($1::uuid, $2::uuid, o.id, o.children, o.passed_at) AS s
WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
ORDER BY o.passed_at, o.id;
