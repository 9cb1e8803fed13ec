-- What was said for a referral so far, the oldest first: the first document, and of what was added the latest 30.
-- $1 uuid  partnership   $2 uuid  referral
SELECT l.body
FROM (SELECT s.received_at, s.id, s.body
      FROM submission AS s
      WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
      ORDER BY s.kind = 'first' DESC, s.received_at DESC, s.id DESC
      LIMIT 31) AS l
ORDER BY l.received_at, l.id;
