-- Changes what is given. A name that is taken is a violation of agency_name_key.
-- $1 uuid     partnership        $2 uuid  agency
-- $3 text     name               $4 text  kind     $5 text  default source: null leaves it
-- $6 boolean  set the address?   $7 text  secure e-mail address or null
-- $8 boolean  disabled? null leaves it
-- result: json
UPDATE agency AS a
SET version = a.version + 1,
    name = coalesce($3::text, a.name),
    kind = coalesce($4::text, a.kind),
    default_source = coalesce($5::text, a.default_source),
    secure_email = CASE WHEN $6::boolean THEN $7::text ELSE a.secure_email END,
    disabled_at = CASE WHEN $8::boolean THEN coalesce(a.disabled_at, mashd_now())
                       WHEN NOT $8::boolean THEN NULL
                       ELSE a.disabled_at END
WHERE a.partnership_id = $1::uuid AND a.id = $2::uuid
RETURNING a.id, a.version, a.name, a.kind, a.default_source, a.secure_email, a.created_at, a.disabled_at;
