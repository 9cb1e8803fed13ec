-- A new draft; no row where there is this version of that name already.
-- $1 uuid  partnership   $2 uuid  policy   $3 text  name   $4 text  version   $5 jsonb  document
-- $6 uuid  author, null: the operator
-- result: json
INSERT INTO policy (partnership_id, id, name, version, document, author)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::jsonb, $6::uuid)
ON CONFLICT ON CONSTRAINT policy_version_key DO NOTHING
RETURNING id, name, version, state, created_at, author, active_from, active_until, activated_by, activation_reason,
          retime_open, retimed_at, document;
