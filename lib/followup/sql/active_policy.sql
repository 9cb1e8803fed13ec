-- The policy that governs a partnership; no row: the shipped one.
-- $1 uuid  partnership
SELECT p.id
FROM policy AS p
WHERE p.partnership_id = $1::uuid AND p.state = 'active';
