-- Adds an agency; no row where the name is taken.
-- $1 uuid  partnership   $2 uuid  id
-- $3 text  name          $4 text  kind
-- $5 text  source that its referrals get by default
-- $6 text  secure e-mail address, may be null
-- result: json
INSERT INTO agency (partnership_id, id, name, kind, default_source, secure_email)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text)
ON CONFLICT ON CONSTRAINT agency_name_key DO NOTHING
RETURNING id, version, name, kind, default_source, secure_email, created_at, disabled_at;
