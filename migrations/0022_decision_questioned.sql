-- migrate:up

-- The screening that rated the referral higher than this final decision stood on: the child is to be decided again. It governs
-- until then. Set once.
ALTER TABLE decision_child ADD COLUMN questioned_by uuid;
ALTER TABLE decision_child ADD CONSTRAINT decision_child_questioned_by_fkey
  FOREIGN KEY (partnership_id, referral_id, questioned_by) REFERENCES screening (partnership_id, referral_id, id);
ALTER TABLE decision_child ADD CONSTRAINT decision_child_questioned CHECK (questioned_by IS NULL OR stage = 'final');
GRANT UPDATE (questioned_by) ON decision_child TO mashd_app;

-- The children of a referral that still have to be decided: no final decision governs them that was made since the referral was
-- taken up last, and that no screening has put in question; and no other authority has them.
CREATE FUNCTION children_undecided(p uuid, referral uuid)
RETURNS TABLE (child_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT c.id
  FROM referral_child AS c
  CROSS JOIN LATERAL taken_up(p, referral) AS t
  WHERE c.partnership_id = p AND c.referral_id = referral
    AND NOT EXISTS (SELECT FROM decision_child AS k
                    JOIN decision AS d ON d.partnership_id = p AND d.referral_id = referral AND d.id = k.decision_id
                    WHERE k.partnership_id = p AND k.referral_id = referral AND k.child_id = c.id
                      AND k.stage = 'final' AND k.superseded_by IS NULL AND k.questioned_by IS NULL AND d.version >= t.version)
    AND c.id NOT IN (SELECT g.child_id FROM children_gone(p, referral) AS g)
$$;

-- migrate:down
DROP FUNCTION children_undecided(uuid, uuid);
DELETE FROM event WHERE type = 'decision_questioned';
ALTER TABLE decision_child DROP COLUMN questioned_by;
