-- migrate:up

-- What duty has: a duty worker's own work. And what was offered, for those on duty.
CREATE INDEX handover_running_by ON handover (partnership_id, accepted_by)
  WHERE accepted_at IS NOT NULL AND returned_at IS NULL;
CREATE INDEX handover_offered_at ON handover (partnership_id, offered_at) WHERE accepted_at IS NULL;

-- The offers that nobody has accepted: of each referral the latest, unless duty has had it since; and no older than the day on which
-- the hub was open last: what was offered for an earlier night has no object any more. Not where the handover is a follow-up that is
-- open, which says the same.
CREATE FUNCTION handovers_offered(p uuid, c uuid)
RETURNS TABLE (id uuid, referral_id uuid, offered_at timestamptz, offered_by uuid)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT h.id, h.referral_id, h.offered_at, h.offered_by
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
  CROSS JOIN LATERAL (SELECT q.id, q.referral_id, q.offered_at, q.offered_by
                      FROM handover AS q
                      WHERE q.partnership_id = p AND q.accepted_at IS NULL AND q.offered_at >= since.opened_at
                      OFFSET 0) AS h
  WHERE NOT EXISTS (SELECT FROM handover AS o
                    WHERE o.partnership_id = p AND o.referral_id = h.referral_id AND o.id <> h.id
                      AND (o.accepted_at >= h.offered_at OR (o.offered_at, o.id) > (h.offered_at, h.id)))
    AND EXISTS (SELECT FROM referral AS r WHERE r.partnership_id = p AND r.id = h.referral_id AND r.state <> 'closed')
    AND NOT EXISTS (SELECT FROM follow_up AS f
                    WHERE f.partnership_id = p AND f.referral_id = h.referral_id AND f.kind = 'out_of_hours_handover'
                      AND f.state = 'open')
$$;

-- migrate:down
DROP FUNCTION handovers_offered(uuid, uuid);
DROP INDEX handover_offered_at, handover_running_by;
