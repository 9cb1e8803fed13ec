-- Lets one transaction at a time say who may be whom in a partnership. What staff say of a person is compared at once; a job that
-- began before that and ended after it would put back what they had just rejected.
-- $1 uuid  partnership
SELECT pg_advisory_xact_lock(hashtextextended('person_match ' || $1::uuid::text, 0));
