-- The contact attempts that a decision cites, one row each in the order given.
-- $1 uuid   partnership   $2 uuid  referral
-- $3 jsonb  [{contact_attempt_id, …}]   $4 timestamptz  when it was decided, null: now   $5 uuid[]  children, null: all
SELECT t.id IS NOT NULL AS found, coalesce(t.counts_as_discussion, false) AS counts,
       coalesce(t.held_at <= coalesce($4::timestamptz, mashd_now()), false) AS in_time,
       coalesce($5::uuid[] IS NULL OR t.children && $5::uuid[], false) AS about_them,
       row_number() OVER (PARTITION BY x.contact_attempt_id ORDER BY x.position) > 1 AS twice
FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (contact_attempt_id uuid)) WITH ORDINALITY AS x (contact_attempt_id, position)
LEFT JOIN contact_attempt AS t
  ON t.partnership_id = $1::uuid AND t.referral_id = $2::uuid AND t.id = x.contact_attempt_id
ORDER BY x.position;
