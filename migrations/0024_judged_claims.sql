-- migrate:up

-- In which version of the referral it was last claimed that protection is needed now: a screening of a later version has judged
-- that. A receipt is version 1.
ALTER TABLE referral ADD COLUMN protection_claimed_in integer NOT NULL DEFAULT 1;
-- What waits to be screened now keeps the time that it was given.
UPDATE referral AS r
SET protection_claimed_in = r.version
WHERE r.immediate_protection_needed AND r.state <> 'closed'
  AND EXISTS (SELECT FROM follow_up AS f
              WHERE f.partnership_id = r.partnership_id AND f.referral_id = r.id AND f.kind = 'triage' AND f.state = 'open');

-- migrate:down
ALTER TABLE referral DROP COLUMN protection_claimed_in;
