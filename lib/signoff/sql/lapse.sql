-- Open sign-offs of a referral lapse: what they were about has been overtaken. The referral is locked, its version raised.
-- $1 uuid  partnership   $2 uuid  referral   $3 integer  its version after the change
-- $4 text  subjects' kind, null: all         $5 uuid[]  subjects, null: all   $6 text  reason
-- $7 uuid  identifier that those of the events follow
-- $8 text  actor's kind  $9 uuid  actor      $10 uuid  request
WITH lapsed AS (
  UPDATE sign_off AS s
  SET state = 'lapsed', lapsed_at = mashd_now(), lapsed_reason = $6::text, version = $3::integer
  WHERE s.partnership_id = $1::uuid AND s.referral_id = $2::uuid AND s.state = 'open'
    AND ($4::text IS NULL OR s.subject_kind = $4::text) AND ($5::uuid[] IS NULL OR s.subject_id = ANY ($5::uuid[]))
  RETURNING s.id, s.subject_kind, s.subject_id, s.part, s.lapsed_at
)
INSERT INTO event
  (partnership_id, referral_id, id, version, type, occurred_at, actor_kind, actor_id, request_id, audience, data)
SELECT $1::uuid, $2::uuid, mashd_uuid_after($7::uuid, (row_number() OVER (ORDER BY l.id))::integer), $3::integer,
       'sign_off_lapsed', l.lapsed_at, $8::text, $9::uuid, $10::uuid, 'hub',
       jsonb_build_object('sign_off_id', l.id, 'subject_kind', l.subject_kind, 'subject_id', l.subject_id, 'part', l.part,
                          'reason', $6::text)
FROM lapsed AS l;
