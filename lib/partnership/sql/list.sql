-- All partnerships by name.
SELECT p.partnership_id AS id, p.name, p.created_at
FROM partnership AS p
ORDER BY p.name;
