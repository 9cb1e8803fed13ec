-- What an answer to a withdrawal looks at; no row where there is no such withdrawal.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  withdrawal   $4 uuid  the referral that says the same, or null
SELECT w.answer IS NOT NULL AS answered, coalesce($4::uuid = $2::uuid, false) AS of_itself, o.id IS NOT NULL AS other_found,
       coalesce(o.state = 'closed'
                AND (SELECT c.reason FROM closure AS c
                     WHERE c.partnership_id = $1::uuid AND c.referral_id = o.id
                     ORDER BY c.version DESC LIMIT 1) = 'duplicate', false) AS other_is_closed_as_this
FROM withdrawal AS w
LEFT JOIN referral AS o ON o.partnership_id = $1::uuid AND o.id = $4::uuid
WHERE w.partnership_id = $1::uuid AND w.referral_id = $2::uuid AND w.id = $3::uuid;
