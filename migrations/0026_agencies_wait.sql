-- migrate:up

-- What an agency waits for is managers' work: the answer to its withdrawal, and somebody who looks into what it disputes.
CREATE INDEX withdrawal_open_by_asked ON withdrawal (partnership_id, requested_at, id) WHERE answer IS NULL;

-- Of a dispute: since when nobody need look into it any more, because somebody was reached, or tried for the last time, since; the
-- agency has said something else; or the referral is gone.
ALTER TABLE discussion_confirmation ADD COLUMN settled_at timestamptz;
UPDATE discussion_confirmation AS k
SET settled_at = s.at
FROM discussion_confirmation AS d
CROSS JOIN LATERAL (
  SELECT min(w.at) AS at
  FROM (SELECT a.recorded_at AS at
        FROM contact_attempt AS a
        WHERE a.partnership_id = d.partnership_id AND a.referral_id = d.referral_id AND a.held_at > d.recorded_at
          AND a.result NOT IN ('no_answer', 'message_left', 'unavailable', 'wrong_person')
        UNION ALL
        SELECT l.recorded_at
        FROM discussion_confirmation AS l
        WHERE l.partnership_id = d.partnership_id AND l.referral_id = d.referral_id AND l.version > d.version
          AND (l.answer = 'confirmed' OR l.contact_attempt_id = d.contact_attempt_id)
        UNION ALL
        SELECT w.answered_at
        FROM withdrawal AS w
        WHERE w.partnership_id = d.partnership_id AND w.referral_id = d.referral_id AND w.answer <> 'continued'
          AND w.answered_at > d.recorded_at) AS w) AS s
WHERE d.answer = 'disputed' AND k.partnership_id = d.partnership_id AND k.referral_id = d.referral_id AND k.id = d.id;
ALTER TABLE discussion_confirmation ADD CONSTRAINT discussion_confirmation_settled
  CHECK (settled_at IS NULL OR answer = 'disputed');
CREATE INDEX discussion_disputed_by_recorded ON discussion_confirmation (partnership_id, recorded_at, id)
  WHERE answer = 'disputed' AND settled_at IS NULL;
GRANT UPDATE (settled_at) ON discussion_confirmation TO mashd_app;

-- migrate:down
REVOKE UPDATE (settled_at) ON discussion_confirmation FROM mashd_app;
DROP INDEX discussion_disputed_by_recorded;
ALTER TABLE discussion_confirmation DROP COLUMN settled_at;
DROP INDEX withdrawal_open_by_asked;
