-- The people on a referral are not those any more that were compared: it waits to be compared again. The caller has locked it.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  version of it after the change
INSERT INTO uncompared_referral (partnership_id, referral_id, version)
VALUES ($1::uuid, $2::uuid, $3::integer)
ON CONFLICT ON CONSTRAINT uncompared_referral_pkey DO NOTHING;
