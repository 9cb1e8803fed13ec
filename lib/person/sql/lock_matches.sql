-- Lets one transaction at a time say, or read for a comparison, who is whom in a partnership: see person_lock_matches().
-- $1 uuid  partnership
SELECT pg_advisory_xact_lock(hashtextextended('person_match ' || $1::uuid::text, 0));
