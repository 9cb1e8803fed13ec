// What listWork reads follows what is open, under a generic plan and behind row-level security: no table is read whole, and
// nothing but one's own caseload is sorted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { genericPlan } from '../support/statements.mjs';

const partnership = '01900000-0000-7000-8000-000000000001';
const staff = '01900000-0000-7000-8000-000000000002';
const other = '01900000-0000-7000-8000-000000000003';
const calendar = '01900000-0000-7000-8000-000000000004';
const kinds = JSON.stringify({ triage: 'practitioner', decide_outcome: 'practitioner', feedback: 'manager' });
const agency = '01900000-0000-7000-8000-000000000005';
let db;

before(async () => {
	db = await createDatabase('work_plans');
	await db.query(`INSERT INTO partnership (partnership_id, name) VALUES ($1, 'plans')`, [partnership]);
	await db.query(`INSERT INTO staff (partnership_id, id, name, roles) VALUES ($1, $2, 'P.', '{practitioner}')`, [partnership, staff]);
	await db.query(`INSERT INTO staff (partnership_id, id, name, roles) VALUES ($1, $2, 'M.', '{manager}')`, [partnership, other]);
	await db.query(`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, state, rating, assigned_to, document)
		SELECT $1, gen_random_uuid(), 'R-' || n, 'api', 'request_for_service', '6', mashd_now(), CASE WHEN n % 10 = 0 THEN 'received' ELSE 'closed' END, 'amber',
		       CASE WHEN n % 100 = 0 THEN $2::uuid END, '{}'
		FROM generate_series(1, 20000) AS n`, [partnership, staff]);
	await db.query(`INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, started_at, unit, amount, due_at, ended_at)
		SELECT $1, gen_random_uuid(), r.id, 'triage', CASE r.state WHEN 'closed' THEN 'cancelled' ELSE 'open' END, 'p', 'r', 'local', mashd_now(), 'elapsed_minutes', 1,
		       mashd_now() + random() * interval '9 days', CASE r.state WHEN 'closed' THEN mashd_now() END
		FROM referral AS r`, [partnership]);
	await db.query(`INSERT INTO sign_off (partnership_id, id, referral_id, version, subject_kind, subject_id, part, asked_by, state, answered_by, answered_at)
		SELECT $1, gen_random_uuid(), r.id, 1, 'flag', gen_random_uuid(), 'signs_off', $2, CASE r.state WHEN 'closed' THEN 'agreed' ELSE 'open' END,
		       CASE r.state WHEN 'closed' THEN $3::uuid END, CASE r.state WHEN 'closed' THEN mashd_now() END
		FROM referral AS r`, [partnership, staff, other]);
	await db.query(`INSERT INTO calendar VALUES ($1, $2, 'Ours', 'Europe/London', true, '2010-01-01', '2040-12-31')`, [partnership, calendar]);
	await db.query(`INSERT INTO working_interval (partnership_id, calendar_id, opens_at, closes_at, minutes_before, local_day, day_number)
		SELECT $1, $2, day + interval '9 hours', day + interval '17 hours', (n * 480)::integer, day::date, n::integer
		FROM generate_series('2010-01-01'::timestamptz, '2040-12-31', '1 day') WITH ORDINALITY AS d (day, n)`, [partnership, calendar]);
	// Handed over, accepted and taken back, all but a few.
	await db.query(`INSERT INTO handover (partnership_id, referral_id, id, version, offered_by, offered_at, summary, accepted_by, accepted_at, accepted_recorded_at, returned_to, returned_at, returned_recorded_at)
		SELECT $1, r.id, gen_random_uuid(), 1, $2, mashd_now() - n * interval '1 hour', 'See the child.', CASE WHEN n % 10 > 0 THEN $2::uuid END, CASE WHEN n % 10 > 0 THEN mashd_now() END,
		       CASE WHEN n % 10 > 0 THEN mashd_now() END, CASE WHEN n % 20 > 1 AND n % 10 > 0 THEN $2::uuid END, CASE WHEN n % 20 > 1 AND n % 10 > 0 THEN mashd_now() END, CASE WHEN n % 20 > 1 AND n % 10 > 0 THEN mashd_now() END
		FROM (SELECT q.id, row_number() OVER () AS n FROM referral AS q) AS r`, [partnership, staff]);
	// Asked back and answered, and disputed and looked into, all but a few.
	await db.query(`INSERT INTO agency (partnership_id, id, name, kind, default_source) VALUES ($1, $2, 'Oak School', 'school', '2A')`, [partnership, agency]);
	await db.query(`INSERT INTO withdrawal (partnership_id, referral_id, id, version, agency_id, reason, requested_at, answer, answer_reason, answered_by, answered_at)
		SELECT $1, r.id, gen_random_uuid(), 1, $2, 'Sent twice.', mashd_now() - n * interval '1 hour', CASE WHEN n % 100 > 0 THEN 'continued' END, CASE WHEN n % 100 > 0 THEN 'No.' END,
		       CASE WHEN n % 100 > 0 THEN $3::uuid END, CASE WHEN n % 100 > 0 THEN mashd_now() END
		FROM (SELECT q.id, row_number() OVER () AS n FROM referral AS q) AS r`, [partnership, agency, other]);
	await db.query(`WITH attempt AS (
			INSERT INTO contact_attempt (partnership_id, referral_id, id, version, result, method, counterpart, held_by, held_at, recorded_by, children, counts_as_discussion)
			SELECT $1, r.id, gen_random_uuid(), 1, 'discussed', 'phone', 'referrer', $2, mashd_now(), $2, '{}', true FROM referral AS r RETURNING referral_id, id)
		INSERT INTO discussion_confirmation (partnership_id, referral_id, id, version, contact_attempt_id, ordinal, agency_id, answer, words, recorded_at, settled_at)
		SELECT $1, a.referral_id, gen_random_uuid(), 1, a.id, 1, $3, 'disputed', 'No.', mashd_now() - n * interval '1 hour', CASE WHEN n % 100 > 0 THEN mashd_now() END
		FROM (SELECT q.*, row_number() OVER () AS n FROM attempt AS q) AS a`, [partnership, staff, agency]);
	// Ours among other partnerships' versions, a few of which judge something.
	await db.query(`INSERT INTO partnership (partnership_id, name) SELECT gen_random_uuid(), 'other ' || n FROM generate_series(1, 100) AS n`);
	await db.query(`INSERT INTO policy (partnership_id, id, name, version, document)
		SELECT p.partnership_id, gen_random_uuid(), 'ours', n::text, jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('kind', 'triage', 'responsible', 'practitioner')))
		FROM partnership AS p, generate_series(1, 20) AS n`);
	await db.query('ANALYZE');
});
after(() => db?.drop());

const plan = (name, values) => db.session(async (client) => {
	await client.query('SET LOCAL random_page_cost = 1.1');
	return genericPlan(client, name, values);
}, { as: 'app', partnership });

const cases = {
	open: [[partnership, '{practitioner}', kinds, null, null, 51, calendar, staff], ['follow_up_open_due', 'referral_pkey', 'handover_offered_at', 'handover_running_by']],
	mine: [[partnership, staff, kinds, null, null, 51], ['referral_open_assigned', 'handover_running_by', 'follow_up_(of_referral|one_open)']],
	awaiting_sign_off: [[partnership, staff, true, null, null, 51], ['sign_off_open_of', 'sign_off_open_by_asked', 'withdrawal_open_by_asked', 'discussion_disputed_by_recorded']],
	counts: [[partnership, staff, '{practitioner}', kinds, false, 1001, calendar], ['referral_open_assigned', 'follow_up_open_due', 'sign_off_open_(of|by_asked)', 'withdrawal_(open_by_asked|one_open)', 'discussion_disputed_by_recorded']],
};
for (const [name, [values, indexes]] of Object.entries(cases)) {
	test(name, async () => {
		const text = await plan(`work/${name}`, values);
		assert.doesNotMatch(text, /Seq Scan/, text);
		for (const index of indexes) assert.match(text, new RegExp(`using ${index}`), text);
		// The versions are looked at once, not for each row.
		assert.equal(text.match(/Scan (using \w+ )?on policy /g)?.length ?? 0, name === 'awaiting_sign_off' ? 0 : 1, text);
		// What is sorted at the end is a page, or one's own caseload.
		assert.doesNotMatch(text, /-> +Sort\n +Sort Key: q\./, text);
	});
}
