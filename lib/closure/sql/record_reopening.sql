-- Writes down why a closed referral, which this transaction has locked and changed, was taken up again.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  reopening   $4 integer  its version after the change
-- $5 text  reason        $6 text  note, null: none                $7 uuid  staff   $8 uuid  event   $9 uuid  request
WITH recorded AS (
  INSERT INTO reopening (partnership_id, referral_id, id, version, reason, note, reopened_by)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4::integer, $5::text, $6::text, $7::uuid)
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
VALUES ($1::uuid, $2::uuid, $8::uuid, $4::integer, 'reopened', mashd_now(), 'staff', $7::uuid, $9::uuid, 'hub',
        jsonb_build_object('reopening_id', $3::uuid, 'reason', $5::text));
