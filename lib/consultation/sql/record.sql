-- Records a consultation.
-- $1 uuid  partnership   $2 uuid  consultation   $3 uuid  who held it   $4 timestamptz  when, null: now   $5 text  method
-- $6 uuid  agency or null   $7 text  name of the caller   $8 text  their role   $9 text  their agency, in words
-- $10 text  about what     $11 text  advice              $12 boolean  was a referral advised?   $13 uuid  staff
-- result: json
INSERT INTO consultation AS c
  (partnership_id, id, held_by, held_at, method, agency_id, caller_name, caller_role, caller_agency, about, advice,
   referral_advised, recorded_by)
VALUES ($1::uuid, $2::uuid, $3::uuid, coalesce($4::timestamptz, mashd_now()), $5::text, $6::uuid, $7::text, $8::text,
        $9::text, $10::text, $11::text, $12::boolean, $13::uuid)
RETURNING c.id, c.held_by, c.held_at, c.method, c.agency_id, c.caller_name, c.caller_role, c.caller_agency, c.about, c.advice,
       c.referral_advised, c.recorded_by, c.recorded_at, '{}'::uuid[] AS referrals;
