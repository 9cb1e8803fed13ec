-- A usable key and whose it is: not revoked, not expired, its holder not disabled. A member of staff's key has the roles
-- that the key and the person both have.
-- $1 uuid  key
SELECT k.partnership_id, k.id, k.first_key_id, k.agency_id, k.staff_id, k.secret_hash,
       CASE WHEN k.staff_id IS NULL THEN k.roles
            ELSE ARRAY(SELECT r FROM unnest(k.roles) AS r WHERE r = ANY (s.roles)) END AS roles,
       a.default_source, c.id AS calendar_id, p.id AS policy_id
FROM api_key AS k
LEFT JOIN agency AS a ON a.partnership_id = k.partnership_id AND a.id = k.agency_id
LEFT JOIN staff AS s ON s.partnership_id = k.partnership_id AND s.id = k.staff_id
LEFT JOIN calendar AS c ON c.partnership_id = k.partnership_id AND c.is_default
LEFT JOIN policy AS p ON p.partnership_id = k.partnership_id AND p.state = 'active'
WHERE k.partnership_id = mashd_partnership() AND k.id = $1::uuid
  AND (k.revoked_at IS NULL OR k.revoked_at > mashd_now())
  AND (k.expires_at IS NULL OR k.expires_at > mashd_now())
  AND a.disabled_at IS NULL AND s.disabled_at IS NULL;
