-- All tenants: jobs run once for each.
SELECT p.partnership_id FROM partnership AS p ORDER BY p.partnership_id;
