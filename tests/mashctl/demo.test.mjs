// demo load: a made-up hub at every stage, its keys, and the second run.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { createDatabase } from '../support/database.mjs';
import { startDaemon, tryMashctl } from '../support/daemon.mjs';

const REFERRALS = 150;
let db;
let folder;
let daemon;
let loaded;
let keys;
before(async () => {
	db = await createDatabase('demo');
	folder = await mkdtemp(join(tmpdir(), 'demo-'));
	loaded = await tryMashctl(db, 'demo', 'load', '--referrals', String(REFERRALS), '--keys-file', join(folder, 'keys.env'));
	assert.equal(loaded.code, 0, loaded.stderr);
	keys = Object.fromEntries((await readFile(join(folder, 'keys.env'), 'utf8')).trim().split('\n').map((line) => line.split('=')));
	daemon = await startDaemon(db);
});
after(async () => {
	await daemon?.stop();
	await db?.drop();
	await rm(folder, { recursive: true, force: true });
});

const as = (role) => new Client(daemon.url, { key: keys[`MASHD_KEY_${role}`] });

test('the file of keys is its owner\'s alone, and each key opens what its role may', async () => {
	assert.equal((await stat(join(folder, 'keys.env'))).mode & 0o777, 0o600);
	assert.deepEqual(Object.keys(keys).sort(), ['ADMIN', 'AGENCY', 'ANALYST', 'MANAGER', 'PRACTITIONER'].map((role) => `MASHD_KEY_${role}`));
	assert.equal((await as('PRACTITIONER').get('/v1/referrals')).status, 200);
	assert.equal((await as('MANAGER').get('/v1/metrics/follow-up?from=2026-01-01&to=2026-02-01')).status, 200);
	assert.equal((await as('ANALYST').get('/v1/referrals')).status, 403);
	assert.equal((await as('AGENCY').get('/v1/rejected-submissions')).status, 200);
	assert.equal((await as('ADMIN').get('/v1/staff')).status, 200);
});

test('referrals stand at every stage, some overdue, none from the future or longer ago than the story', async () => {
	const [facts] = await db.query(
		`SELECT count(*)::int AS n, count(DISTINCT state)::int AS states, count(DISTINCT rating)::int AS ratings,
		        string_agg(DISTINCT discussed, ' ' ORDER BY discussed) AS discussed,
		        bool_or(next_due_at < now()) AS overdue, bool_and(received_at <= now()) AS not_ahead,
		        bool_and(received_at > now() - interval '100 days') AS recent, max(received_at) > now() - interval '3 days' AS lively
		 FROM referral`);
	assert.deepEqual(facts, { n: REFERRALS, states: 4, ratings: 3, discussed: 'attempted no not_needed yes', overdue: true, not_ahead: true, recent: true, lively: true });
	const [flags] = await db.query('SELECT bool_or(cleared_at IS NULL) AS standing, bool_or(cleared_at IS NOT NULL) AS cleared FROM flag');
	assert.deepEqual(flags, { standing: true, cleared: true });
	const [work] = await db.query(
		`SELECT (SELECT count(*) > 0 FROM follow_up WHERE state = 'waived') AS waived, (SELECT count(*) > 0 FROM flag WHERE plan IS NOT NULL) AS planned,
		        (SELECT count(*) > 0 FROM referral WHERE channel = 'phone') AS phoned`);
	assert.deepEqual(work, { waived: true, planned: true, phoned: true });
	const [decided] = await db.query(
		`SELECT (SELECT count(DISTINCT outcome) > 5 FROM decision) AS outcomes, (SELECT count(DISTINCT stage) FROM decision)::int AS stages,
		        (SELECT count(*) > 10 FROM decision_discussion) AS cited, (SELECT count(DISTINCT undiscussed_reason) > 1 FROM decision) AS undiscussed,
		        (SELECT count(*) = 0 FROM decision WHERE exceptions <> '[]') AS in_order,
		        (SELECT count(DISTINCT content) FROM feedback)::int AS told, (SELECT count(*) > 10 FROM closure) AS closed,
		        (SELECT count(*) > 0 FROM withdrawal) AS withdrawn, (SELECT count(*) > 0 FROM note) AS noted,
		        (SELECT count(*) > 0 FROM discussion_confirmation) AS confirmed`);
	assert.deepEqual(decided, { outcomes: true, stages: 2, cited: true, undiscussed: true, in_order: true, told: 3, closed: true, withdrawn: true, noted: true, confirmed: true });
	const [around] = await db.query(
		`SELECT (SELECT count(*) > 10 FROM assignment) AS assigned, (SELECT count(*) > 0 FROM open_case WHERE accepted_at IS NOT NULL) AS passed,
		        (SELECT count(*) > 0 FROM handover WHERE returned_at IS NOT NULL) AS handed_over, (SELECT count(*) > 0 FROM transfer WHERE accepted_at IS NOT NULL) AS transferred,
		        (SELECT count(*) > 0 FROM consultation_link WHERE attempt_id IS NOT NULL) AS consulted, (SELECT count(*) > 0 FROM written_confirmation) AS written,
		        (SELECT count(*) > 0 FROM strategy_discussion WHERE compliant) AS met`);
	assert.deepEqual(around, { assigned: true, passed: true, handed_over: true, transferred: true, consulted: true, written: true, met: true });
	const [roles] = await db.query('SELECT count(DISTINCT r)::int AS n FROM staff, unnest(roles) AS r');
	assert.equal(roles.n, 9);
	const [events] = await db.query(`SELECT bool_and(recorded_at <= now()) AS past FROM event`);
	assert.equal(events.past, true);
});

test('most of what is owed was met in time and a telling minority was not: some red, some that nobody has talked through', async () => {
	const [owed] = await db.query(
		`SELECT count(*) FILTER (WHERE f.state = 'met' AND f.ended_at <= f.due_at)::float / count(*) FILTER (WHERE f.state = 'met') AS in_time,
		        count(*) FILTER (WHERE f.state = 'open' AND f.due_at < now())::float / count(*) FILTER (WHERE f.state = 'open') AS late,
		        count(DISTINCT r.id) FILTER (WHERE f.state = 'open' AND f.due_at < now())::float / count(DISTINCT r.id) FILTER (WHERE f.state = 'open') AS late_referrals,
		        count(DISTINCT r.id) FILTER (WHERE r.state <> 'closed' AND f.state = 'open' AND f.due_at < now() - interval '7 days') AS forgotten,
		        count(*) FILTER (WHERE r.rating = 'red' AND f.kind = 'discuss' AND f.state = 'open' AND f.due_at < now() AND r.discussed = 'no') > 0 AS red_and_undiscussed,
		        count(*) FILTER (WHERE f.kind = 'discuss' AND f.state = 'open' AND f.due_at < now() AND r.discussed = 'attempted') > 0 AS tried_in_vain
		 FROM follow_up AS f JOIN referral AS r ON r.id = f.referral_id`);
	assert.ok(owed.in_time > 0.8 && owed.in_time < 0.97, `in time: ${owed.in_time}`);
	assert.ok(owed.late > 0.1 && owed.late < 0.5 && owed.late_referrals < 0.5, `late: ${owed.late}, referrals ${owed.late_referrals}`);
	assert.ok(owed.forgotten <= 3, `${owed.forgotten} late for weeks`);
	assert.deepEqual([owed.red_and_undiscussed, owed.tried_in_vain], [true, true]);
	const [waiting] = await db.query(`SELECT string_agg(DISTINCT subject_kind, ' ' ORDER BY subject_kind) AS kinds FROM sign_off WHERE state = 'open' AND subject_kind <> 'flag'`);
	assert.equal(waiting.kinds, 'decision screening');
});

test('children are referred again: matched by number and by name, recognised by staff, linked, found, and in the figures', async () => {
	const [known] = await db.query(
		`SELECT string_agg(DISTINCT rule, ' ' ORDER BY rule) AS rules, string_agg(DISTINCT relation, ' ' ORDER BY relation) AS relations,
		        count(*) FILTER (WHERE shown AND NOT confirmed) > 5 AS proposed, count(*) FILTER (WHERE shown AND confirmed) > 5 AS recognised,
		        (SELECT count(*) FROM uncompared_referral)::int AS waiting, (SELECT count(*) > 5 FROM referral_link WHERE kind = 'same_child') AS linked
		 FROM person_match`);
	assert.deepEqual(known, { rules: 'name_and_address name_and_birth nhs_number parent_name person', relations: 'parent same_child sibling', proposed: true, recognised: true, waiting: 0, linked: true });
	const [again] = await db.query(`SELECT nhs_number, count(*)::int AS n FROM referral_child WHERE nhs_number IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`);
	assert.ok(again.n > 1);
	const { items } = await as('MANAGER').ok('POST', '/v1/referrals/search', { body: { nhs_number: again.nhs_number } });
	assert.ok(items.length >= again.n);
	const [span] = await db.query("SELECT (now() - interval '100 days')::date::text AS from, (now() + interval '1 day')::date::text AS to");
	const { figures } = await as('MANAGER').ok('GET', `/v1/metrics/follow-up?from=${span.from}&to=${span.to}`);
	for (const name of ['referred_again', 'repeated_no_further_action']) assert.ok(figures.find((f) => f.name === name).numerator > 0, name);
});

test('children are made up: NHS numbers start 999 and have right check digits', async () => {
	const rows = await db.query('SELECT nhs_number FROM referral_child WHERE nhs_number IS NOT NULL');
	assert.ok(rows.length > 10);
	for (const { nhs_number: number } of rows) {
		const digits = [...number].map(Number);
		const check = 11 - digits.slice(0, 9).reduce((sum, digit, i) => sum + digit * (10 - i), 0) % 11;
		assert.ok(number.startsWith('999') && check % 11 === digits[9], number);
	}
});

test('a second run says that it is there, adds no referral, and gives new keys that work', async () => {
	const again = await tryMashctl(db, 'demo', 'load', '--referrals', String(REFERRALS), '--keys-file', join(folder, 'again.env'));
	assert.equal(again.code, 0, again.stderr);
	assert.match(again.stdout, /there already/);
	const [{ n }] = await db.query('SELECT count(*)::int AS n FROM referral');
	assert.equal(n, REFERRALS);
	const key = /^MASHD_KEY_PRACTITIONER=(.*)$/m.exec(await readFile(join(folder, 'again.env'), 'utf8'))[1];
	assert.equal((await new Client(daemon.url, { key }).get('/v1/flags')).status, 200);
});

test('a larger number adds what is missing', async () => {
	const more = await tryMashctl(db, 'demo', 'load', '--referrals', String(REFERRALS + 5));
	assert.equal(more.code, 0, more.stderr);
	const [{ n }] = await db.query('SELECT count(*)::int AS n FROM referral');
	assert.equal(n, REFERRALS + 5);
});

test('numbers that make no sense are usage errors, a file that cannot be written a failure', async () => {
	for (const number of ['-1', 'many', '1000000000', '']) {
		const result = await tryMashctl(db, 'demo', 'load', '--referrals', number);
		assert.equal(result.code, 2, `${number}: ${result.stdout}${result.stderr}`);
	}
	const result = await tryMashctl(db, 'demo', 'load', '--referrals', '1', '--keys-file', join(folder, 'no', 'such', 'folder'));
	assert.notEqual(result.code, 0);
	assert.match(result.stderr, /cannot be written/);
});
