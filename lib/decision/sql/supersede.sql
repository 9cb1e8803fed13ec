-- What governed these children until now is superseded by a decision that is recorded already.
-- $1 uuid  partnership   $2 uuid  referral   $3 uuid  decision   $4 uuid[]  children, null: all
UPDATE decision_child AS k
SET superseded_by = $3::uuid, superseded_at = mashd_now()
WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.superseded_by IS NULL
  AND ($4::uuid[] IS NULL OR k.child_id = ANY ($4::uuid[]));
