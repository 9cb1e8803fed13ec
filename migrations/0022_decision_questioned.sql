-- migrate:up

-- The screening that rated the referral higher than this final decision stood on: the child is to be decided again. It governs
-- until then. Set once.
ALTER TABLE decision_child ADD COLUMN questioned_by uuid;
ALTER TABLE decision_child ADD CONSTRAINT decision_child_questioned_by_fkey
  FOREIGN KEY (partnership_id, referral_id, questioned_by) REFERENCES screening (partnership_id, referral_id, id);
ALTER TABLE decision_child ADD CONSTRAINT decision_child_questioned CHECK (questioned_by IS NULL OR stage = 'final');
GRANT UPDATE (questioned_by) ON decision_child TO mashd_app;

-- migrate:down
DELETE FROM event WHERE type = 'decision_questioned';
ALTER TABLE decision_child DROP COLUMN questioned_by;
