-- What the rules of a consultation look at. One row.
-- $1 uuid  partnership   $2 uuid  who held it   $3 uuid  agency or null   $4 timestamptz  when, null: now
-- $5 integer  days back that may be recorded
SELECT EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid
                 AND s.roles && ARRAY['practitioner', 'manager', 'duty']) AS holder_found,
       $3::uuid IS NULL
         OR EXISTS (SELECT FROM agency AS a WHERE a.partnership_id = $1::uuid AND a.id = $3::uuid) AS agency_found,
       coalesce($4::timestamptz > mashd_now(), false) AS in_future,
       coalesce($4::timestamptz < mashd_now() - $5::integer * interval '1 day', false) AS too_long_ago;
