-- A version of a policy with its document.
-- $1 uuid  partnership   $2 uuid  policy
-- result: json
SELECT p.id, p.name, p.version, p.state, p.created_at, p.author, p.active_from, p.active_until, p.activated_by,
       p.activation_reason, p.retime_open, p.retimed_at, p.document
FROM policy AS p
WHERE p.partnership_id = $1::uuid AND p.id = $2::uuid;
