// A page of flags walks one index in its order under a generic plan, however many flags there ever were.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { genericPlan, runStatement } from '../support/statements.mjs';

const partnership = '01900000-0000-7000-8000-000000000001';
const N = 10_000;
const id = (prefix) => `('${prefix}0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
let db;

before(async () => {
	db = await createDatabase('flag_plans');
	await db.query(`INSERT INTO partnership (partnership_id, name) VALUES ($1, 'plans')`, [partnership]);
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, state, rating, document)
		 SELECT $1, ${id('aaaa')}, 'R-' || n, 'api', 'request_for_service', '6', mashd_now() - interval '1 year', 'closed', 'amber', '{}'
		 FROM generate_series(1, $2::integer) AS n`, [partnership, N]);
	await db.query(
		`INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, started_at, unit, amount, due_at, met_at, met_recorded_at, ended_at)
		 SELECT $1, ${id('bbbb')}, ${id('aaaa')}, 'triage', 'met', 'p', 'r', 'local', mashd_now(), 'elapsed_minutes', 5, mashd_now(), mashd_now(), mashd_now(), mashd_now()
		 FROM generate_series(1, $2::integer) AS n`, [partnership, N]);
	await db.query(
		`INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at, cleared_at, cleared_by)
		 SELECT $1, ${id('cccc')}, ${id('bbbb')}, ${id('aaaa')}, 'triage', 1, mashd_now() - n * interval '1 hour',
		        CASE WHEN n % 100 > 0 THEN mashd_now() END, CASE WHEN n % 100 > 0 THEN 'met' END
		 FROM generate_series(1, $2::integer) AS n`, [partnership, N]);
	await db.query('ANALYZE');
});
after(() => db?.drop());

const session = (work) => db.session(async (client) => {
	await client.query('SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1');
	return work(client);
}, { as: 'app', partnership });

test('of all that there ever were', async () => {
	const plan = await session((client) => genericPlan(client, 'flag/list', [partnership, ...Array(8).fill(null), 51]));
	assert.match(plan, /Index Scan using flag_by_breached on flag q/, plan);
	assert.match(plan, /ROW\(.*id\) > ROW\(/, 'the keys of the last row seen are a condition of the index');
	assert.doesNotMatch(plan, /Sort Key: q\./, plan);
});

test('of those that stand', async () => {
	const plan = await session((client) => genericPlan(client, 'flag/list_standing', [partnership, null, null, 'false', ...Array(5).fill(null), 51]));
	assert.match(plan, /Index Scan using flag_open_by_breached on flag g/, plan);
});

test('pages follow one another, oldest breach first, through a filter', async () => {
	const seen = [];
	for (let keys = [null, null]; keys; ) {
		const rows = await session((client) => runStatement(client, 'flag/list', [partnership, 'triage', 'false', 'false', null, null, null, ...keys, 40]));
		seen.push(...rows.map((row) => row.referral_reference));
		keys = rows.length === 40 ? [rows.at(-1)._key1, rows.at(-1)._key2] : undefined;
	}
	assert.deepEqual(seen, Array.from({ length: N / 100 }, (_, i) => `R-${N - i * 100}`));
});
