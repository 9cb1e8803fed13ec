-- Asks somebody for their word, on a referral that this transaction has locked and whose version it has raised.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version after the change   $4 uuid  sign-off
-- $5 text  subject's kind   $6 uuid  subject   $7 text  part   $8 uuid  asked of, null: any manager   $9 uuid  asked by
-- $10 uuid event         $11 uuid  request
WITH asked AS (
  INSERT INTO sign_off (partnership_id, id, referral_id, version, subject_kind, subject_id, part, asked_of, asked_by)
  VALUES ($1::uuid, $4::uuid, $2::uuid, $3::integer, $5::text, $6::uuid, $7::text, $8::uuid, $9::uuid)
  RETURNING asked_at
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
SELECT $1::uuid, $2::uuid, $10::uuid, $3::integer, 'sign_off_asked', a.asked_at, 'staff', $9::uuid, $11::uuid, 'hub',
       jsonb_strip_nulls(jsonb_build_object('sign_off_id', $4::uuid, 'subject_kind', $5::text, 'subject_id', $6::uuid,
                                            'part', $7::text, 'asked_of', $8::uuid))
FROM asked AS a;
