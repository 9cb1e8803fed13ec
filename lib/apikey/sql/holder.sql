-- Whether this holder can get such a key; no row where there is no such holder. An agency has the role agency and no
-- other, a member of staff their own, a system all but agency.
-- $1 uuid  partnership
-- $2 uuid  agency   $3 uuid  person: both null for a system
-- $4 jsonb roles asked for, a list   $5 timestamptz  when the key is to expire, may be null
SELECT h.disabled,
       coalesce($5::timestamptz <= mashd_now(), false) AS expired,
       (SELECT r.ordinality - 1
        FROM jsonb_array_elements_text($4::jsonb) WITH ORDINALITY AS r (role, ordinality)
        WHERE r.role <> ALL (h.roles)
        ORDER BY r.ordinality LIMIT 1) AS refused_role
FROM (SELECT a.disabled_at IS NOT NULL AS disabled, ARRAY['agency'] AS roles
      FROM agency AS a WHERE a.partnership_id = $1::uuid AND a.id = $2::uuid
      UNION ALL
      SELECT s.disabled_at IS NOT NULL, s.roles
      FROM staff AS s WHERE s.partnership_id = $1::uuid AND s.id = $3::uuid
      UNION ALL
      SELECT false, ARRAY['practitioner', 'manager', 'analyst', 'admin']
      WHERE $2::uuid IS NULL AND $3::uuid IS NULL) AS h;
