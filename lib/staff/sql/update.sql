-- Changes what is given: null leaves a value as it is. An e-mail address that is taken is a violation of staff_email_key.
-- $1 uuid   partnership      $2 uuid     person
-- $3 text   name             $4 text     e-mail address
-- $5 jsonb  roles, a list    $6 boolean  social-work-qualified?
-- $7 boolean  disabled?
-- result: json
UPDATE staff AS s
SET version = s.version + 1,
    name = coalesce($3::text, s.name),
    email = coalesce($4::text, s.email),
    roles = CASE WHEN $5::jsonb IS NULL THEN s.roles ELSE ARRAY(SELECT jsonb_array_elements_text($5::jsonb)) END,
    social_work_qualified = coalesce($6::boolean, s.social_work_qualified),
    disabled_at = CASE WHEN $7::boolean THEN coalesce(s.disabled_at, mashd_now())
                       WHEN NOT $7::boolean THEN NULL
                       ELSE s.disabled_at END
WHERE s.partnership_id = $1::uuid AND s.id = $2::uuid
RETURNING s.id, s.version, s.name, s.email, s.roles, s.social_work_qualified, s.created_at, s.disabled_at;
