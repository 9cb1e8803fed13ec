-- What the rules of a strategy discussion look at. One row; the caller has locked the referral.
-- $1 uuid         partnership   $2 uuid  referral   $3 uuid  who chaired it   $4 uuid[]  children named, null: all
-- $5 timestamptz  when it was held
SELECT EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $3::uuid
                 AND s.roles && ARRAY['practitioner', 'manager', 'duty']) AS chair_found,
       $4::uuid[] IS NULL OR (SELECT count(*) FROM referral_child AS c
                              WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid AND c.id = ANY ($4::uuid[]))
                             = cardinality($4::uuid[]) AS children_found,
       $5::timestamptz > mashd_now() AS in_future, $5::timestamptz < r.received_at AS before_receipt
FROM referral AS r
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
