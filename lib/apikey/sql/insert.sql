-- Adds a key, and where it is found before anybody is known.
-- $1 uuid  partnership   $2 uuid  key
-- $3 uuid  agency        $4 uuid  person        $5 text  system: one of the three
-- $6 jsonb roles, a list $7 text  label         $8 timestamptz  when it expires   $9 text  hash of the secret
-- result: json
WITH located AS (
  INSERT INTO api_key_locator (key_id, partnership_id) VALUES ($2::uuid, $1::uuid)
)
INSERT INTO api_key AS k
  (partnership_id, id, first_key_id, agency_id, staff_id, system_name, roles, label, expires_at, secret_hash)
VALUES ($1::uuid, $2::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, ARRAY(SELECT jsonb_array_elements_text($6::jsonb)), $7::text,
        $8::timestamptz, $9::text)
RETURNING k.id, k.agency_id, k.staff_id, k.system_name, k.roles, k.label, k.created_at, k.expires_at, k.revoked_at;
