// The sweep under many sweepers, and the plans of what runs every few seconds or on every page: cost follows the open work,
// not the history. Plans are those of the application's role under row-level security, blind to parameter values.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { mashctl, run } from '../support/daemon.mjs';
import { genericPlan, sweepBatch } from '../support/statements.mjs';

const NOW = '2026-03-02T12:00:00Z';
const OVERDUE = 10_000;
const OPEN = 20_000;
const ALL = 80_000;

let db;
let partnership;
let calendar;
before(async () => {
	db = await createDatabase('sweep');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Sweep')).stdout.trim();
	[{ id: calendar }] = await db.query('SELECT id FROM calendar WHERE partnership_id = $1', [partnership]);
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
		 SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'S' || i, 'api', 'request_for_service', '6',
		        $2::timestamptz - i * interval '1 minute', $2, 'amber', '{}'
		 FROM generate_series(1, $3) AS i`, [partnership, NOW, ALL]);
	await db.query(
		`INSERT INTO event (partnership_id, referral_id, id, version, type, occurred_at, recorded_at, actor_kind)
		 SELECT r.partnership_id, r.id, gen_random_uuid(), r.version, 'received', r.received_at, r.recorded_at, 'system' FROM referral AS r`);
	await db.query(
		`INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, started_at, unit, amount, due_at,
		                        recorded_at, met_at, met_recorded_at, ended_at)
		 SELECT $1, gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'triage',
		        CASE WHEN i <= $4 THEN 'open' ELSE 'met' END, 'p', 'r', 'local', $2, 'elapsed_minutes', 60,
		        $2::timestamptz + CASE WHEN i <= $3 THEN -i ELSE i END * interval '1 second', $2,
		        CASE WHEN i > $4 THEN $2::timestamptz END, CASE WHEN i > $4 THEN $2::timestamptz END, CASE WHEN i > $4 THEN $2::timestamptz END
		 FROM generate_series(1, $5) AS i`, [partnership, NOW, OVERDUE, OPEN, ALL]);
	const vacuum = await run('psql', ['-X', '-q', '-d', db.adminUrl, '-c', 'VACUUM ANALYZE']);
	assert.equal(vacuum.code, 0, vacuum.stderr);
});
after(() => db?.drop());

// Its own connection and, as in the daemon, a transaction for each batch.
async function sweeper() {
	let raised = 0;
	for (;;) {
		const batch = await db.session((client) => sweepBatch(client, partnership), { as: 'app', partnership, now: NOW });
		raised += batch.raised;
		if (batch.seen < 1000) return raised;
	}
}

test('four sweepers at once raise each missing flag once', async () => {
	const each = await Promise.all([sweeper(), sweeper(), sweeper(), sweeper()]);
	// A sweeper leaves rows that another one holds; the last look finds what fell between.
	each.push(await sweeper());
	assert.equal(each.reduce((sum, n) => sum + n, 0), OVERDUE);
	const [flags] = await db.query(
		`SELECT count(*)::int AS n, count(DISTINCT g.follow_up_id)::int AS distinct_n,
		        bool_and(g.breached_at = f.due_at AND g.timing = 1 AND g.level = 1 AND g.cleared_at IS NULL) AS exact
		 FROM flag AS g JOIN follow_up AS f ON f.id = g.follow_up_id`);
	assert.deepEqual(flags, { n: OVERDUE, distinct_n: OVERDUE, exact: true });
	const [events] = await db.query(`SELECT count(*)::int AS n FROM event WHERE type = 'flag_raised'`);
	assert.equal(events.n, OVERDUE);
	const [referrals] = await db.query('SELECT count(*)::int AS n FROM referral WHERE version <> 1');
	assert.equal(referrals.n, 0, 'the sweep never changes a referral');
	assert.equal(await sweeper(), 0, 'a second sweep finds nothing');
});

test('another partnership is not swept', async () => {
	const other = (await mashctl(db, 'partnership', 'add', '--name', 'Other')).stdout.trim();
	const batch = await db.session((client) => sweepBatch(client, partnership), { as: 'app', partnership: other, now: '2027-03-02T12:00:00Z' });
	assert.deepEqual(batch, { seen: 0, raised: 0, warned: 0, resumed: 0 });
});

describe('plans', () => {
	before(() => db.query('ANALYZE flag, event, follow_up')); // of what was swept: nobody knows when it is counted by itself
	// As the daemon's sessions plan (lib/db/connect.c).
	const plan = (name, values) => db.session(async (client) => {
		await client.query('SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1');
		return genericPlan(client, name, values);
	}, { as: 'app', partnership, now: NOW });
	const id = '00000000-0000-7000-8000-000000000001';

	test('the sweep finds its work by one index, in its order', async () => {
		const text = await plan('followup/sweep_find', [partnership, 1000]);
		assert.match(text, /Index Scan using follow_up_to_sweep on follow_up/);
		assert.doesNotMatch(text, /Seq Scan|Sort/);
	});

	test('counts for the metrics come from the index of what is open', async () => {
		assert.match(await plan('followup/count_open', [partnership]), /Index Only Scan using follow_up_open_due/);
	});

	const never = [
		['followup/lock_kind', () => [partnership, id, 'triage']],
		['discussion/held_since', () => [partnership, id]],
		['followup/lock_id', () => [partnership, id]],
		['followup/lock_rejected', () => [partnership, id]],
		['followup/of_referral', () => [partnership, id]],
		['followup/refresh', () => [partnership, id]],
		['followup/sweep', () => [partnership, `{${id}}`, id, null]],
		['followup/end', () => [partnership, id, 'met', null, null, 1, 'system', null, null, id, id]],
		['followup/pause_facts', () => [partnership, calendar, id, NOW, 'working_days', 1]],
		['followup/pause', () => [partnership, calendar, id, 1, 'r', 'n', NOW, id, null, id, id]],
		['followup/resume', () => [partnership, calendar, id, 1, 'asked', 'system', null, null, id, null]],
		['followup/retime', () => [partnership, calendar, id, 1, '[]', 'system', null, null, 'facts', 'true']],
		['followup/raise_told', () => [partnership, id, 1]],
		['followup/changed_now', () => [partnership, id, 1]],
		['followup/out_of_hours', () => [partnership, id, calendar, '{triage}']],
		['followup/open', () => [partnership, calendar, id, 1, 'discuss', 'p', 'local', null, 'r', 'working_days', 5, 'b', 'working_day_ends', 5, 'a', 'calendar_months', 5, 'system', null, null, id, id, id, 'expected_date_of_delivery', '{}']],
		['followup/lock_open', () => [partnership, id, null]],
		['followup/facts', () => [partnership, id, calendar]],
		['flag/list_standing', () => [partnership, null, null, 'false', null, null, null, null, null, 51]],
		['flag/list_of_referral', () => [partnership, null, null, null, id, null, null, null, null, 51]],
		['timeline/hub', () => [partnership, id, null, null, null, 51]],
		['timeline/agency', () => [partnership, id, id, null, null, null, 51]],
	];
	for (const [name, values] of never) {
		test(`${name} reads no big table from end to end`, async () => {
			assert.deepEqual((await plan(name, values())).split('\n').filter((line) => /Seq Scan on (referral|follow_up|flag|event|working_interval)\b/.test(line)), []);
		});
	}
});

// The job's connection keeps a plan from when the hub was new; then an import brings years of history before anybody has counted.
describe('plans made while everything was empty', () => {
	let empty;
	before(async () => { empty = await createDatabase('sweep_empty'); });
	after(() => empty?.drop());
	const plan = (name, values) => empty.session(async (client) => {
		await client.query('SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1');
		return genericPlan(client, name, values);
	}, { as: 'app', partnership });
	const id = '00000000-0000-7000-8000-000000000001';

	test('the sweep looks at what is open, and finds the rest by key or place', async () => {
		const text = await plan('followup/sweep', [partnership, `{${id}}`, id, null]);
		const scans = text.split('\n').filter((line) => /on (referral|follow_up|flag|event)\b/.test(line)).map((line) => line.trim().replace(/^-> +/, ''));
		assert.deepEqual(scans.filter((line) => !/^(Insert|Update) on/.test(line)),
			['Index Scan using follow_up_one_open on follow_up f', 'Tid Scan on follow_up f_5', 'Index Only Scan Backward using event_pkey on event e', 'Index Scan using referral_pkey on referral r'], text);
		assert.match(text, /Index Scan using referral_pkey on referral r\n *Index Cond: \(\(partnership_id = \$1\) AND \(id >= .*\) AND \(id <= /);
	});

	test('it finds its work, and counts, by the indexes of what is open', async () => {
		assert.match(await plan('followup/sweep_find', [partnership, 1000]), /Index (Only )?Scan using follow_up_to_sweep on follow_up/);
		assert.match(await plan('followup/count_open', [partnership]), /Scan using follow_up_(open_due|one_open|to_sweep) on follow_up/);
	});
});
