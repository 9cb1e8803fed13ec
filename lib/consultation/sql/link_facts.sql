-- What the rules of a link look at. One row; no row where there is no such referral. The caller has locked it.
-- $1 uuid  partnership   $2 uuid  consultation   $3 uuid  referral   $4 uuid  calendar
-- $5 integer  days back that a contact attempt may be recorded
SELECT EXISTS (SELECT FROM consultation_link AS l
               WHERE l.partnership_id = $1::uuid AND l.referral_id = $3::uuid
                 AND l.consultation_id = $2::uuid) AS is_linked,
       coalesce(c.agency_id <> r.agency_id, false) AS other_agency, c.held_at >= r.received_at AS after_receipt,
       coalesce(d.due_at >= r.received_at, false) AS within_working_day,
       c.held_at < mashd_now() - $5::integer * interval '1 day' AS too_long_ago
FROM referral AS r
JOIN consultation AS c ON c.partnership_id = $1::uuid AND c.id = $2::uuid
CROSS JOIN LATERAL due_instant($1::uuid, $4::uuid, c.held_at, 'working_days', 1) AS d
WHERE r.partnership_id = $1::uuid AND r.id = $3::uuid;
