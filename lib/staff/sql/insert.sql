-- Adds a person; no row where the e-mail address is taken.
-- $1 uuid   partnership      $2 uuid     id
-- $3 text   name             $4 text     e-mail address, may be null
-- $5 jsonb  roles, a list    $6 boolean  social-work-qualified?
-- result: json
INSERT INTO staff (partnership_id, id, name, email, roles, social_work_qualified)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, ARRAY(SELECT jsonb_array_elements_text($5::jsonb)), $6::boolean)
ON CONFLICT ON CONSTRAINT staff_email_key DO NOTHING
RETURNING id, version, name, email, roles, social_work_qualified, created_at, disabled_at;
