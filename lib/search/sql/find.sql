-- What a search finds, with what the record says of it. found_referrals() looks at nothing but the partnership of the setting;
-- here row-level security holds too.
-- $1 uuid  partnership
-- $2 text  name   $3 date  of birth   $4 text  NHS number   $5 text  UPN   $6 text  reference   $7 text  agency's reference
-- $8 integer  hits at the most
-- result: json
SELECT r.id AS referral_id, r.reference, r.received_at, r.state, r.record_kind, r.rating, a.name AS agency_name,
       round(f.score::numeric, 3)::double precision AS score, f.matched,
       CASE WHEN f.subject_id IS NOT NULL
            THEN jsonb_build_object('subject', f.subject, 'subject_id', f.subject_id,
                                    'first_name', coalesce(c.document, h.document) ->> 'first_name',
                                    'family_name', coalesce(c.document, h.document) ->> 'family_name',
                                    'date_of_birth', coalesce(c.date_of_birth, h.date_of_birth),
                                    'relationship', h.document ->> 'relationship',
                                    'person_id', coalesce(c.person_id, h.person_id)) END AS found
FROM found_referrals($2::text, $3::date, $4::text, $5::text, $6::text, $7::text, $8::integer) AS f
JOIN referral AS r ON r.partnership_id = $1::uuid AND r.id = f.referral_id
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = r.agency_id
LEFT JOIN referral_child AS c ON c.partnership_id = $1::uuid AND c.referral_id = r.id AND c.id = f.subject_id
LEFT JOIN referral_household AS h ON h.partnership_id = $1::uuid AND h.referral_id = r.id AND h.id = f.subject_id
ORDER BY f.score DESC, f.referral_id DESC;
