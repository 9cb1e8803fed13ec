-- What happened to a follow-up's clock, oldest first: each with the due instant after it. A new rating's words stand with what
-- changed it: a correction, or the screening.
-- $1 uuid  partnership   $2 uuid  follow-up
-- result: json
SELECT e.type, e.occurred_at AS at, e.recorded_at, (e.data ->> 'timing')::integer AS timing, e.data ->> 'reason' AS reason,
       coalesce(e.data ->> 'note', w.words) AS note,
       jsonb_build_object('kind', e.actor_kind, 'id', e.actor_id, 'name', coalesce(s.name, a.name)) AS actor,
       e.data ->> 'policy' AS policy, e.data ->> 'rule' AS rule, e.data ->> 'unit' AS unit, (e.data ->> 'amount')::integer AS amount,
       (e.data ->> 'counted_from')::timestamptz AS counted_from, (e.data ->> 'limit_at')::timestamptz AS limit_at,
       (e.data ->> 'paused_until')::timestamptz AS paused_until, (e.data ->> 'due_at_before')::timestamptz AS due_at_before,
       (e.data ->> 'due_at')::timestamptz AS due_at, e.data ->> 'rating_before' AS rating_before, e.data ->> 'rating' AS rating,
       coalesce(s.name, a.name, 'the service') AS _actor, e.data ->> 'paused_for' AS _paused_for,
       to_char(e.occurred_at AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _at,
       to_char((e.data ->> 'paused_until')::timestamptz AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI') AS _paused_until,
       coalesce(to_char((e.data ->> 'due_at_before')::timestamptz AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI'), 'never') AS _before,
       coalesce(to_char((e.data ->> 'due_at')::timestamptz AT TIME ZONE k.time_zone, 'Dy FMDD Mon YYYY HH24:MI'), 'never') AS _due
FROM follow_up AS f
JOIN calendar AS k ON k.partnership_id = $1::uuid AND k.is_default
JOIN event AS e ON e.partnership_id = $1::uuid AND e.referral_id = f.referral_id AND e.follow_up_id = f.id
LEFT JOIN staff AS s ON s.partnership_id = $1::uuid AND s.id = e.actor_id AND e.actor_kind = 'staff'
LEFT JOIN agency AS a ON a.partnership_id = $1::uuid AND a.id = e.actor_id AND e.actor_kind = 'agency'
LEFT JOIN LATERAL (SELECT coalesce(max(q.data ->> 'reason') FILTER (WHERE q.type = 'rating_changed'), max(q.data ->> 'reason')) AS words
                   FROM event AS q
                   WHERE q.partnership_id = $1::uuid AND q.referral_id = e.referral_id AND q.version = e.version
                     AND q.type IN ('rating_changed', 'screened')) AS w ON e.data ->> 'reason' = 'rating' AND e.type = 'follow_up_retimed'
WHERE f.partnership_id = $1::uuid AND f.id = $2::uuid AND starts_with(e.type, 'follow_up_')
ORDER BY e.recorded_at, e.id;
