-- migrate:up

-- What duty has: a duty worker's own work. And what was offered, for those on duty.
CREATE INDEX handover_running_by ON handover (partnership_id, accepted_by)
  WHERE accepted_at IS NOT NULL AND returned_at IS NULL AND passed_on_at IS NULL;
CREATE INDEX handover_offered_at ON handover (partnership_id, offered_at) WHERE accepted_at IS NULL;

-- When the hub opens next after an instant, null: not known. Hours that go on past midnight, which are two stretches, open once. A
-- handover to duty is one for the hours that the hub is closed next after its acceptance: at that opening they are over, whether
-- somebody has taken the referral back or not.
CREATE FUNCTION hub_opens_after(p uuid, c uuid, at timestamptz)
RETURNS TABLE (opens_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT (SELECT f.opens_at
          FROM working_interval AS f
          WHERE f.partnership_id = p AND f.calendar_id = c AND f.closes_at > b.at AND f.opens_at > b.at
            AND (SELECT true FROM working_interval AS g
                 WHERE g.partnership_id = p AND g.calendar_id = c AND g.closes_at = f.opens_at LIMIT 1) IS NULL
          ORDER BY f.closes_at LIMIT 1)
  FROM (SELECT at AS at OFFSET 0) AS b
$$;

-- What those on duty can accept. The offers that nobody has accepted: of each referral the latest, unless duty has had it since; and
-- no older than the day on which the hub was open last: what was offered for an earlier night has no object any more. And what one
-- of them has until the hub opens, which another can take over. Neither where the handover is a follow-up that is open, which says
-- the same.
CREATE FUNCTION handovers_for_duty(p uuid, c uuid)
RETURNS TABLE (id uuid, referral_id uuid, accepted_by uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT h.id, h.referral_id, h.accepted_by
  FROM (
    SELECT q.id, q.referral_id, q.accepted_by
    FROM (SELECT mashd_now() AS at OFFSET 0) AS b
    LEFT JOIN LATERAL (SELECT i.opens_at, i.day_number
                       FROM working_interval AS i
                       WHERE i.partnership_id = p AND i.calendar_id = c AND i.closes_at > b.at
                       ORDER BY i.closes_at LIMIT 1) AS running ON running.opens_at <= b.at
    LEFT JOIN LATERAL (SELECT i.day_number
                       FROM working_interval AS i
                       WHERE i.partnership_id = p AND i.calendar_id = c AND i.closes_at <= b.at
                       ORDER BY i.closes_at DESC LIMIT 1) AS past ON true
    CROSS JOIN LATERAL (SELECT coalesce(running.day_number, past.day_number) AS number OFFSET 0) AS day
    LEFT JOIN LATERAL (SELECT i.opens_at
                       FROM working_interval AS i
                       WHERE i.partnership_id = p AND i.calendar_id = c AND i.day_number = day.number
                       ORDER BY i.closes_at LIMIT 1) AS first ON true
    CROSS JOIN LATERAL (SELECT coalesce(first.opens_at, '-infinity') AS opened_at OFFSET 0) AS since
    CROSS JOIN LATERAL (SELECT o.id, o.referral_id, o.offered_at, o.accepted_by
                        FROM handover AS o
                        WHERE o.partnership_id = p AND o.accepted_at IS NULL AND o.offered_at >= since.opened_at
                        OFFSET 0) AS q
    WHERE NOT EXISTS (SELECT FROM handover AS o
                      WHERE o.partnership_id = p AND o.referral_id = q.referral_id AND o.id <> q.id
                        AND (o.accepted_at >= q.offered_at OR (o.offered_at, o.id) > (q.offered_at, q.id)))
    UNION ALL
    SELECT q.id, q.referral_id, q.accepted_by
    FROM (SELECT o.id, o.referral_id, o.accepted_by, o.accepted_at
          FROM handover AS o
          WHERE o.partnership_id = p AND o.accepted_at IS NOT NULL AND o.returned_at IS NULL AND o.passed_on_at IS NULL
          OFFSET 0) AS q
    CROSS JOIN LATERAL hub_opens_after(p, c, q.accepted_at) AS n
    WHERE coalesce(n.opens_at > mashd_now(), true)
  ) AS h
  WHERE EXISTS (SELECT FROM referral AS r WHERE r.partnership_id = p AND r.id = h.referral_id AND r.state <> 'closed')
    AND NOT EXISTS (SELECT FROM follow_up AS f
                    WHERE f.partnership_id = p AND f.referral_id = h.referral_id AND f.kind = 'out_of_hours_handover'
                      AND f.state = 'open')
$$;

-- Whose each kind is by a version of a policy, {kind: role}: what is open stays whose it is by the version that judges it. Kept
-- beside the document, which need not be taken apart each time that somebody looks at their work.
CREATE FUNCTION policy_responsible(document jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coalesce(jsonb_object_agg(r.rule ->> 'kind', r.rule ->> 'responsible'), '{}')
  FROM jsonb_array_elements(document -> 'rules') AS r (rule)
$$;
ALTER TABLE policy ADD COLUMN responsible jsonb NOT NULL GENERATED ALWAYS AS (policy_responsible(document)) STORED;

-- The same of all versions that can judge something: {policy_id: {kind: role}}; that of the shipped one, whose follow-ups have no
-- policy_id, stands under ''. One row.
CREATE FUNCTION responsible_by_policy(p uuid, shipped jsonb)
RETURNS TABLE (roles jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT jsonb_build_object('', shipped) || coalesce(jsonb_object_agg(q.id, q.responsible), '{}')
  FROM policy AS q
  WHERE q.partnership_id = p AND q.state <> 'draft'
$$;

-- Whose an open follow-up is: whom it has moved to, else the role that its version names, else a manager. `roles` as above.
CREATE FUNCTION follow_up_responsible(moved_to text, roles jsonb, policy_id uuid, kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coalesce(moved_to, roles -> coalesce(policy_id::text, '') ->> kind, 'manager')
$$;

-- migrate:down
DROP FUNCTION follow_up_responsible(text, jsonb, uuid, text);
DROP FUNCTION responsible_by_policy(uuid, jsonb);
ALTER TABLE policy DROP COLUMN responsible;
DROP FUNCTION policy_responsible(jsonb);
DROP FUNCTION handovers_for_duty(uuid, uuid);
DROP FUNCTION hub_opens_after(uuid, uuid, timestamptz);
DROP INDEX handover_offered_at, handover_running_by;
