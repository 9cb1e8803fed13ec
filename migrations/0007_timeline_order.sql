-- migrate:up

-- A timeline is read by the referral's versions. recorded_at, the start of the transaction, is no order: one that waited for
-- the referral's lock began before the one that it waited for had ended.
ALTER TABLE event
  DROP CONSTRAINT event_pkey,
  ADD CONSTRAINT event_pkey PRIMARY KEY (partnership_id, referral_id, version, recorded_at, id);

-- migrate:down
ALTER TABLE event
  DROP CONSTRAINT event_pkey,
  ADD CONSTRAINT event_pkey PRIMARY KEY (partnership_id, referral_id, recorded_at, id);
