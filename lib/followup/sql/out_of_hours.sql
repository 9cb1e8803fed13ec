-- Does duty have to take a referral over (DOMAIN section 3: out_of_hours_handover)? Asked after each change of what is open;
-- the caller has locked the referral. One row:
--   needed_from  an unfinished red falls due while the calendar is closed: from that closing on; or the calendar is closed now,
--                whenever it was due: from now. What became red so late that it was overdue at once has no due time ahead: it
--                takes as long from now as it was given, and that decides. Null: no; or duty has it for that closing; or somebody
--                has dealt with the handover for it.
--   is_moot      a handover that is open has no object any more: nothing of the referral is unfinished; it is not red; the
--                calendar is open, and nothing falls due after its closing; it waits for a closing that is another one now. A
--                claim that protection is needed, which nobody has judged since, keeps it alive while the calendar is closed,
--                whatever the rating.
-- $1 uuid    partnership   $2 uuid  referral   $3 uuid  calendar
-- $4 text[]  kinds of follow-up whose time follows the rating: what is to be finished
WITH unfinished AS MATERIALIZED (
  SELECT c.closed_at
  FROM follow_up AS f
  CROSS JOIN LATERAL (SELECT d.due_at FROM due_instant($1::uuid, $3::uuid, mashd_now(), f.unit, f.amount) AS d OFFSET 0) AS a
  CROSS JOIN LATERAL closed_since($1::uuid, $3::uuid, CASE WHEN f.due_at > mashd_now() THEN f.due_at
                                                           WHEN a.due_at > mashd_now() THEN a.due_at END) AS c
  WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.state = 'open' AND f.kind = ANY ($4::text[])
),
falls AS MATERIALIZED (
  -- A closing that lasts now comes before all others.
  SELECT CASE WHEN k.closed AND EXISTS (SELECT FROM unfinished) THEN coalesce(n.closed_at, mashd_now())
              ELSE (SELECT min(u.closed_at) FROM unfinished AS u) END AS closed_at
  FROM calendar_closed($1::uuid, $3::uuid, mashd_now()) AS k
  CROSS JOIN closed_since($1::uuid, $3::uuid, mashd_now()) AS n
),
handed AS MATERIALIZED (
  SELECT f.state, f.started_at,
         f.state = 'open' AND f.started_at > mashd_now() AND coalesce(f.started_at <> l.closed_at, false) AS is_misplaced
  FROM follow_up AS f
  CROSS JOIN falls AS l
  WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'out_of_hours_handover'
)
SELECT CASE WHEN r.rating = 'red' AND falls.closed_at IS NOT NULL
                 AND NOT EXISTS (SELECT FROM handed AS h
                                 WHERE (h.state = 'open' AND NOT h.is_misplaced)
                                    OR (h.state IN ('met', 'waived') AND h.started_at >= falls.closed_at))
                 AND NOT EXISTS (SELECT FROM handover AS o
                                 CROSS JOIN LATERAL hub_opens_after($1::uuid, $3::uuid, o.accepted_at) AS n
                                 WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
                                   AND o.accepted_at IS NOT NULL AND o.returned_at IS NULL AND o.passed_on_at IS NULL
                                   AND coalesce(n.opens_at > falls.closed_at, true))
            THEN greatest(mashd_now(), falls.closed_at) END AS needed_from,
       EXISTS (SELECT FROM handed AS h
               WHERE h.state = 'open'
                 AND NOT (EXISTS (SELECT FROM unfinished) AND NOT h.is_misplaced
                          AND ((r.rating = 'red' AND falls.closed_at IS NOT NULL)
                               OR (r.immediate_protection_needed AND k.closed
                                   AND NOT EXISTS (SELECT FROM screening AS s
                                                   WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
                                                     AND s.recorded_at >= h.started_at))))) AS is_moot
FROM referral AS r
CROSS JOIN falls
CROSS JOIN LATERAL calendar_closed($1::uuid, $3::uuid, mashd_now()) AS k
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
