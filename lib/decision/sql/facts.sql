-- What the rules of a decision look at, and what it would change. One row.
-- $1 uuid         partnership   $2 uuid  referral, locked by the caller
-- $3 uuid         who decides   $4 uuid  who authorises, or null   $5 uuid  second person, or null
-- $6 timestamptz  when, null: now; a future moment counts as now   $7 uuid[]  children, null: all   $8 text  outcome
WITH moment AS MATERIALIZED (
  SELECT least(coalesce($6::timestamptz, mashd_now()), mashd_now()) AS decided_at
),
since AS MATERIALIZED (
  -- What is older was decided of something else. A closed one is taken up by this very decision.
  SELECT CASE WHEN r.state = 'closed' THEN r.version ELSE t.version END AS version, r.state = 'closed' AS is_closed
  FROM referral AS r
  CROSS JOIN LATERAL taken_up($1::uuid, $2::uuid) AS t
  WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid
),
child AS MATERIALIZED (
  SELECT c.id, $7::uuid[] IS NULL OR c.id = ANY ($7::uuid[]) AS chosen, b.first_at, b.final_at, b.last_at, b.stands,
         b.final_outcome, b.final_governs, g.is_gone, b.transfers AND NOT g.is_gone AS goes,
         (SELECT s.is_closed FROM since AS s)
           OR c.id IN (SELECT u.child_id FROM children_undecided($1::uuid, $2::uuid) AS u) AS is_undecided
  FROM referral_child AS c
  CROSS JOIN LATERAL (SELECT c.id IN (SELECT g.child_id FROM children_gone($1::uuid, $2::uuid) AS g) AS is_gone) AS g
  CROSS JOIN LATERAL (
        SELECT min(e.at) AS first_at,
               -- Final since, put in question by no screening, and nothing at an earlier stage has taken the place of what is.
               min(e.at) FILTER (WHERE k.stage = 'final' AND k.questioned_by IS NULL AND d.version >= (SELECT s.version FROM since AS s)
                                   AND NOT EXISTS (SELECT FROM decision_child AS l
                                                   WHERE l.partnership_id = $1::uuid AND l.referral_id = $2::uuid
                                                     AND l.child_id = c.id AND l.ordinal > k.ordinal
                                                     AND l.stage = 'next_steps')) AS final_at,
               max(d.decided_at) AS last_at,
               coalesce(bool_or(k.superseded_by IS NULL AND d.outcome = $8::text
                                AND d.version >= (SELECT s.version FROM since AS s)), false) AS stands,
               coalesce(bool_or(k.superseded_by IS NULL AND d.outcome = 'transfer_to_other_authority'), false) AS transfers,
               (array_agg(d.outcome ORDER BY k.ordinal DESC) FILTER (WHERE k.stage = 'final'))[1] AS final_outcome,
               coalesce(bool_or(k.stage = 'final' AND k.superseded_by IS NULL), false) AS final_governs
        FROM decision_child AS k
        JOIN decision AS d
          ON d.partnership_id = $1::uuid AND d.referral_id = $2::uuid AND d.id = k.decision_id
        -- What waited for somebody's word is of the moment at which the last one gave it.
        CROSS JOIN LATERAL (
              SELECT greatest(d.decided_at, max(s.answered_at)
                                              FILTER (WHERE d.outcome NOT IN ('strategy_discussion', 'immediate_protection'))) AS at
              FROM sign_off AS s
              WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.subject_id = d.id) AS e
        WHERE k.partnership_id = $1::uuid AND k.referral_id = $2::uuid AND k.child_id = c.id) AS b
  WHERE c.partnership_id = $1::uuid AND c.referral_id = $2::uuid
),
clock AS MATERIALIZED (
  -- Whether the meeting that such a decision asked for is still owed, or was held.
  SELECT $8::text <> 'strategy_discussion'
         OR coalesce((SELECT f.state IN ('open', 'met')
                      FROM follow_up AS f
                      WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'strategy_discussion'
                      ORDER BY f.recorded_at DESC, f.id DESC LIMIT 1), false) AS stands
),
children AS MATERIALIZED (
  SELECT coalesce(bool_and(c.first_at IS NOT NULL) FILTER (WHERE NOT c.chosen), true) AS others_decided,
         coalesce(bool_and(NOT c.is_undecided) FILTER (WHERE NOT c.chosen), true) AS others_final,
         max(c.first_at) FILTER (WHERE NOT c.chosen) AS others_decided_at,
         max(c.final_at) FILTER (WHERE NOT c.chosen) AS others_final_at,
         -- What it says of one of them is not decided already, or nobody owes the meeting any more though none was held.
         coalesce(bool_or(NOT c.stands) FILTER (WHERE c.chosen), false) OR NOT k.stands AS outcome_is_new,
         coalesce(bool_or(c.final_outcome IS DISTINCT FROM $8::text) FILTER (WHERE c.chosen), false) AS final_outcome_is_new,
         coalesce(bool_or(c.final_governs) FILTER (WHERE c.chosen), false) AS final_governs,
         max(c.last_at) FILTER (WHERE c.chosen) AS last_at,
         coalesce(bool_and(c.is_gone) FILTER (WHERE c.chosen), false) AS are_gone,
         coalesce(bool_or(c.goes) FILTER (WHERE c.chosen), false)
           AND NOT coalesce(bool_or(c.goes) FILTER (WHERE NOT c.chosen), false) AS were_to_go
  FROM child AS c
  CROSS JOIN clock AS k
  GROUP BY k.stands
),
tried AS MATERIALIZED (
  -- Discussed is what was discussed about every one of its children.
  SELECT (SELECT coalesce(bool_and(EXISTS (SELECT FROM contact_attempt AS a
                                           WHERE a.partnership_id = $1::uuid AND a.referral_id = $2::uuid
                                             AND a.counts_as_discussion AND a.held_at <= (SELECT m.decided_at FROM moment AS m)
                                             AND c.id = ANY (a.children))), false)
          FROM child AS c
          WHERE c.chosen) AS discussed,
         coalesce(bool_or(t.result IN ('no_answer', 'message_left', 'unavailable', 'wrong_person', 'not_contactable')),
                  false) AS tried,
         coalesce(bool_or(t.result = 'declined'), false) AS declined
  FROM contact_attempt AS t CROSS JOIN moment AS m
  WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.held_at <= m.decided_at
)
SELECT (SELECT min(x.position) - 1
        FROM unnest($7::uuid[]) WITH ORDINALITY AS x (id, position)
        WHERE NOT EXISTS (SELECT FROM child AS c WHERE c.id = x.id)) AS unknown_child,
       coalesce($6::timestamptz > mashd_now(), false) AS in_future, m.decided_at < r.received_at AS before_receipt,
       coalesce(m.decided_at < c.last_at, false) AS before_another, c.final_governs,
       EXISTS (SELECT FROM screening AS s
               WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid) AS screened,
       NOT r.clarification_ever_needed
         AND coalesce((SELECT o.standing <> 'in_effect'
                       FROM screening AS s
                       CROSS JOIN LATERAL sign_off_standing($1::uuid, $2::uuid, s.id) AS o
                       WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid
                       ORDER BY s.ordinal DESC LIMIT 1), false) AS judgement_waits,
       EXISTS (SELECT FROM follow_up AS f
               WHERE f.partnership_id = $1::uuid AND f.referral_id = $2::uuid AND f.kind = 'triage'
                 AND f.state = 'open') AS triage_open,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $4::uuid AND s.disabled_at IS NULL
                 AND 'manager' = ANY (s.roles) AND s.social_work_qualified) AS authoriser_fits,
       coalesce($4::uuid = $3::uuid, false) AS authoriser_decides,
       EXISTS (SELECT FROM staff AS s
               WHERE s.partnership_id = $1::uuid AND s.id = $5::uuid AND s.id <> $3::uuid AND s.disabled_at IS NULL
                 AND s.roles && ARRAY['practitioner', 'manager']) AS second_person_fits,
       r.clarification_ever_needed AS ever_needed, t.discussed, t.tried, t.declined,
       w.anonymous AS referrer_anonymous,
       NOT EXISTS (SELECT FROM child AS k
                   WHERE k.chosen
                     AND NOT EXISTS (SELECT FROM open_case AS o
                                     WHERE o.partnership_id = $1::uuid AND o.referral_id = $2::uuid
                                       AND k.id = ANY (o.children))) AS was_passed,
       EXISTS (SELECT FROM decision AS d
               WHERE d.partnership_id = $1::uuid AND d.referral_id = $2::uuid
                 AND d.outcome IN ('strategy_discussion', 'immediate_protection')) AS protected_before,
       -- Nobody is to accept any more what this takes the place of, unless a transfer waits that says where they go.
       c.were_to_go AND $8::text <> 'transfer_to_other_authority'
         AND coalesce((SELECT x.accepted_at IS NOT NULL
                       FROM transfer AS x
                       WHERE x.partnership_id = $1::uuid AND x.referral_id = $2::uuid
                       ORDER BY x.recorded_at DESC, x.id DESC LIMIT 1), true) AS ends_transfer,
       c.are_gone, c.others_decided, c.others_final, c.outcome_is_new, c.final_outcome_is_new,
       greatest(m.decided_at, c.others_decided_at) AS all_decided_at, greatest(m.decided_at, c.others_final_at) AS all_final_at,
       m.decided_at
FROM referral AS r
CROSS JOIN LATERAL referrer_anonymous(r.source, r.document -> 'referrer') AS w
CROSS JOIN moment AS m
CROSS JOIN children AS c
CROSS JOIN tried AS t
WHERE r.partnership_id = $1::uuid AND r.id = $2::uuid;
