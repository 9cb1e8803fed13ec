-- One calendar: the whole document, and what is known about it.
-- $1 uuid  partnership   $2 uuid  calendar
-- result: json
SELECT c.id, c.version, c.name, c.time_zone, c.is_default, c.covers_from, c.covers_until,
       c.covers_until - (mashd_now() AT TIME ZONE c.time_zone)::date AS days_left, c.changed_at, c.retimed_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'),
                                                     'closes', CASE WHEN h.closes = '24:00' THEN '24:00'
                                                                    ELSE to_char(h.closes, 'HH24:MI') END)
                                  ORDER BY h.weekday, h.opens)
                 FROM calendar_hours AS h
                 WHERE h.partnership_id = $1::uuid AND h.calendar_id = $2::uuid), '[]') AS hours,
       coalesce((SELECT jsonb_agg(jsonb_build_object('date', d.local_day, 'kind', d.kind, 'title', d.title)
                                  || CASE WHEN s.hours IS NULL THEN '{}' ELSE jsonb_build_object('hours', s.hours) END
                                  ORDER BY d.local_day)
                 FROM calendar_day AS d
                 LEFT JOIN (SELECT h.local_day,
                                   jsonb_agg(jsonb_build_object('opens', to_char(h.opens, 'HH24:MI'),
                                                                'closes', CASE WHEN h.closes = '24:00' THEN '24:00'
                                                                               ELSE to_char(h.closes, 'HH24:MI') END)
                                             ORDER BY h.opens) AS hours
                            FROM calendar_day_hours AS h
                            WHERE h.partnership_id = $1::uuid AND h.calendar_id = $2::uuid
                            GROUP BY h.local_day) AS s ON s.local_day = d.local_day
                 WHERE d.partnership_id = $1::uuid AND d.calendar_id = $2::uuid), '[]') AS days
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid;
