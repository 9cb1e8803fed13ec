-- What can still be done with a key; the key is held until the transaction ends.
-- $1 uuid  partnership   $2 uuid  key
SELECT coalesce(k.revoked_at <= mashd_now(), false) AS revoked,
       coalesce(k.revoked_at > mashd_now(), false) AS replaced,
       coalesce(k.expires_at <= mashd_now(), false) AS expired,
       EXISTS (SELECT FROM agency AS a
               WHERE a.partnership_id = k.partnership_id AND a.id = k.agency_id AND a.disabled_at IS NOT NULL)
       OR EXISTS (SELECT FROM staff AS s
                  WHERE s.partnership_id = k.partnership_id AND s.id = k.staff_id AND s.disabled_at IS NOT NULL)
         AS disabled
FROM api_key AS k
WHERE k.partnership_id = $1::uuid AND k.id = $2::uuid
FOR UPDATE OF k;
