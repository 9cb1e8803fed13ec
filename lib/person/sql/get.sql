-- A person.
-- $1 uuid  partnership   $2 uuid  person
-- result: json
SELECT p.id, p.version, p.first_name, p.family_name, p.date_of_birth, p.expected_date_of_delivery, p.nhs_number, p.upn,
       p.created_by, p.created_at, p.ended_at
FROM person AS p
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
