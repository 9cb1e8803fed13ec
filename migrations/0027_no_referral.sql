-- migrate:up

-- What an agency says of a post of its own that was refused: that it was no referral.
ALTER TABLE rejected_submission
  ADD COLUMN no_referral_reason text,
  ADD COLUMN no_referral_by uuid, -- API key
  ADD CONSTRAINT rejected_submission_no_referral CHECK (num_nonnulls(no_referral_reason, no_referral_by) IN (0, 2));

-- migrate:down
ALTER TABLE rejected_submission DROP COLUMN no_referral_reason, DROP COLUMN no_referral_by;
