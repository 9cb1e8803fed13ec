-- The instant from which a calendar, as its week and its days say now, opens at other times than the stored working time of
-- one (the same one before its change, or the default that it replaces): the beginning of the first day that differs, since a
-- day's closing counts for all of it. Infinity where nothing differs; -infinity where the zone is another one, for months are
-- counted in it too. An earlier instant is given back where it is earlier still: what is left to be re-timed since another
-- change. One row.
-- $1 uuid  partnership   $2 uuid  calendar as it is to be   $3 uuid  calendar whose stored working time counts until now
-- $4 text  the time zone that counts until now   $5 timestamptz  that earlier instant, or infinity
SELECT CASE WHEN c.time_zone <> $4::text THEN '-infinity'
            ELSE least($5::timestamptz, (SELECT min(coalesce(n.local_day, o.local_day))::timestamp AT TIME ZONE c.time_zone
                           FROM (SELECT s.opens_at, s.closes_at, s.local_day
                                 FROM calendar_stretches($1::uuid, $2::uuid) AS s) AS n
                           FULL JOIN (SELECT w.opens_at, w.closes_at, w.local_day
                                      FROM working_interval AS w
                                      WHERE w.partnership_id = $1::uuid AND w.calendar_id = $3::uuid) AS o
                             ON o.opens_at = n.opens_at AND o.closes_at = n.closes_at
                           WHERE n.opens_at IS NULL OR o.opens_at IS NULL)) END::text AS at
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.id = $2::uuid;
