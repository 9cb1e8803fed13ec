-- All keys for the operator's list, the latest first: whose, what for, and whether each still works.
-- $1 uuid  partnership
SELECT k.id, k.created_at, array_to_string(k.roles, ' ') AS roles, k.label,
       CASE WHEN k.agency_id IS NOT NULL THEN 'agency' WHEN k.staff_id IS NOT NULL THEN 'staff' ELSE 'system' END
         AS holder_kind,
       coalesce(a.name, s.name, k.system_name) AS holder_name,
       CASE WHEN k.revoked_at <= mashd_now() THEN 'revoked' WHEN k.expires_at <= mashd_now() THEN 'expired'
            WHEN coalesce(a.disabled_at, s.disabled_at) IS NOT NULL THEN 'disabled'
            WHEN k.revoked_at IS NOT NULL THEN 'replaced' ELSE 'works' END AS state
FROM api_key AS k
LEFT JOIN agency AS a ON a.partnership_id = k.partnership_id AND a.id = k.agency_id
LEFT JOIN staff AS s ON s.partnership_id = k.partnership_id AND s.id = k.staff_id
WHERE k.partnership_id = $1::uuid
ORDER BY k.created_at DESC, k.id DESC;
