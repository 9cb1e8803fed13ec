-- migrate:up

-- An Idempotency-Key is the same intention under the key that replaced the one it was first sent with: what is remembered goes
-- by the first key of that line. Two keys that were issued apart, also to one holder, never share it.
ALTER TABLE api_key ADD COLUMN first_key_id uuid;
WITH RECURSIVE line AS (
  SELECT k.partnership_id, k.id, k.id AS first_key_id
  FROM api_key AS k
  WHERE NOT EXISTS (SELECT FROM api_key AS o
                    WHERE o.partnership_id = k.partnership_id AND o.revoked_reason = 'replaced by ' || k.id::text)
  UNION ALL
  SELECT k.partnership_id, k.id, l.first_key_id
  FROM line AS l
  JOIN api_key AS o ON o.partnership_id = l.partnership_id AND o.id = l.id
  JOIN api_key AS k ON k.partnership_id = o.partnership_id AND o.revoked_reason = 'replaced by ' || k.id::text
)
UPDATE api_key AS k
SET first_key_id = l.first_key_id
FROM line AS l
WHERE k.partnership_id = l.partnership_id AND k.id = l.id;
ALTER TABLE api_key ALTER COLUMN first_key_id SET NOT NULL;
-- Where a line has used one Idempotency-Key with two of its keys, the earlier answer stays.
DELETE FROM idempotency_key AS k
USING api_key AS a, idempotency_key AS o, api_key AS b
WHERE a.partnership_id = k.partnership_id AND a.id = k.key_id
  AND b.partnership_id = k.partnership_id AND b.first_key_id = a.first_key_id AND b.id <> a.id
  AND o.partnership_id = k.partnership_id AND o.key_id = b.id AND o.operation = k.operation
  AND o.idempotency_key = k.idempotency_key AND (o.created_at, o.key_id) < (k.created_at, k.key_id);
UPDATE idempotency_key AS k
SET key_id = a.first_key_id
FROM api_key AS a
WHERE a.partnership_id = k.partnership_id AND a.id = k.key_id AND a.first_key_id <> k.key_id;
COMMENT ON COLUMN idempotency_key.key_id IS 'api_key.first_key_id';

-- An agency's reference is the same with white space around it, or more of it inside. Case tells references apart. It is kept as
-- sent; record.c folds what it is compared by in the same way.
ALTER TABLE referral ADD COLUMN agency_reference_folded text GENERATED ALWAYS AS
  (btrim(regexp_replace(agency_reference, '[ \t\n\v\f\r]+', ' ', 'g'), ' ')) STORED;
ALTER TABLE rejected_submission ADD COLUMN agency_reference_folded text GENERATED ALWAYS AS
  (btrim(regexp_replace(agency_reference, '[ \t\n\v\f\r]+', ' ', 'g'), ' ')) STORED;
-- Of those that own one reference now, the first goes on owning it.
UPDATE referral AS r
SET reference_reused = true
FROM referral AS o
WHERE o.partnership_id = r.partnership_id AND o.agency_id = r.agency_id
  AND o.agency_reference_folded = r.agency_reference_folded AND o.id < r.id
  AND NOT o.reference_reused AND NOT r.reference_reused;
DROP INDEX referral_agency_reference_key, referral_reused_reference, rejected_submission_open_reference;
CREATE UNIQUE INDEX referral_agency_reference_key ON referral (partnership_id, agency_id, agency_reference_folded)
  WHERE agency_reference_folded IS NOT NULL AND NOT reference_reused;
CREATE INDEX referral_reused_reference ON referral (partnership_id, agency_id, agency_reference_folded, id)
  WHERE reference_reused;
CREATE INDEX rejected_submission_open_reference ON rejected_submission (partnership_id, agency_id, agency_reference_folded)
  WHERE resolved_at IS NULL;

-- Whoever has an open `discuss` is not discussed yet, whatever was held before it began.
UPDATE referral AS r
SET discussed = CASE WHEN EXISTS (SELECT FROM contact_attempt AS t
                                  WHERE t.partnership_id = f.partnership_id AND t.referral_id = f.referral_id
                                    AND t.held_at >= f.started_at) THEN 'attempted' ELSE 'no' END
FROM follow_up AS f
WHERE f.kind = 'discuss' AND f.state = 'open' AND r.partnership_id = f.partnership_id AND r.id = f.referral_id;

-- migrate:down
-- What reuses a reference only by its white space stays as it is: it finds its own content again all the same.
DROP INDEX referral_agency_reference_key, referral_reused_reference, rejected_submission_open_reference;
CREATE UNIQUE INDEX referral_agency_reference_key ON referral (partnership_id, agency_id, agency_reference)
  WHERE agency_reference IS NOT NULL AND NOT reference_reused;
CREATE INDEX referral_reused_reference ON referral (partnership_id, agency_id, agency_reference, id) WHERE reference_reused;
CREATE INDEX rejected_submission_open_reference ON rejected_submission (partnership_id, agency_id, agency_reference)
  WHERE resolved_at IS NULL;
ALTER TABLE rejected_submission DROP COLUMN agency_reference_folded;
ALTER TABLE referral DROP COLUMN agency_reference_folded;
COMMENT ON COLUMN idempotency_key.key_id IS NULL;
ALTER TABLE api_key DROP COLUMN first_key_id;
