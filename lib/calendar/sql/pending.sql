-- The default calendar while open follow-ups have to be re-timed after a change of it; no row otherwise. A minute later they
-- are looked at once more: what was opened by a statement that had not seen the change yet is in the database by then.
-- $1 uuid  partnership
SELECT c.id, c.version, c.retime_from::text AS retime_from, c.changed_by, c.retime_after,
       coalesce(c.retime_started_at, mashd_now())::text AS started_at
FROM calendar AS c
WHERE c.partnership_id = $1::uuid AND c.is_default AND c.retime_from < 'infinity'
  AND (c.retimed_at IS NULL OR mashd_now() >= c.changed_at + interval '1 minute');
