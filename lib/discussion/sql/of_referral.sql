-- The contact attempts of a referral, in the order in which they were held.
-- $1 uuid  partnership   $2 uuid  referral
-- result: json
SELECT t.id, t.referral_id, t.version, t.result, t.method, t.counterpart, t.counterpart_name, t.held_by, t.held_at,
       t.children, t.topics, t.referrer_view, t.shared_understanding, t.effect_on_rating, t.note,
       t.confirmed_no_topic_open, t.recorded_by, t.recorded_at, t.counts_as_discussion
FROM contact_attempt AS t
WHERE t.partnership_id = $1::uuid AND t.referral_id = $2::uuid
ORDER BY t.held_at, t.recorded_at, t.id;
