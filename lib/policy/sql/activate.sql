-- A draft, which the caller has locked, governs from now on.
-- $1 uuid  partnership   $2 uuid  policy   $3 uuid  by whom, null: the operator   $4 text  why
-- $5 boolean  whether what is open is put under it
UPDATE policy AS p
SET state = 'active', active_from = mashd_now(), activated_by = $3::uuid, activation_reason = $4::text,
    retime_open = $5::boolean
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
