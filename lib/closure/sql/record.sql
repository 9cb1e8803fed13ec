-- Writes down why a referral, which this transaction has locked and changed, was closed.
-- $1 uuid  partnership   $2 uuid  referral    $3 uuid  closure   $4 integer  its version after the change
-- $5 text  reason        $6 text  note        $7 uuid  withdrawal, null: none   $8 uuid  duplicate of, null: none
-- $9 uuid  staff         $10 uuid  event      $11 uuid  request
WITH recorded AS (
  INSERT INTO closure
    (partnership_id, referral_id, id, version, reason, note, withdrawal_id, duplicate_of, closed_by)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4::integer, $5::text, $6::text, $7::uuid, $8::uuid, $9::uuid)
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
VALUES ($1::uuid, $2::uuid, $10::uuid, $4::integer, 'closed', mashd_now(), 'staff', $9::uuid, $11::uuid, 'hub',
        jsonb_strip_nulls(jsonb_build_object('closure_id', $3::uuid, 'reason', $5::text, 'duplicate_of', $8::uuid)));
