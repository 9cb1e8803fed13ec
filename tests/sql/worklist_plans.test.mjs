// Each order of the worklist walks its own index under a generic plan, whatever the filters, behind row-level security.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { genericPlan, runStatement } from '../support/statements.mjs';

const partnership = '01900000-0000-7000-8000-000000000001';
let db;

before(async () => {
	db = await createDatabase('worklist_plans');
	await db.query(`INSERT INTO partnership (partnership_id, name) VALUES ($1, 'plans')`, [partnership]);
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, state, rating, next_due_at, document)
		 SELECT $1, gen_random_uuid(), 'R-' || n, 'api', 'request_for_service', '6', mashd_now() - n * interval '1 minute',
		        CASE WHEN n % 10 = 0 THEN 'received' ELSE 'closed' END, (ARRAY['red', 'amber', 'green'])[1 + n % 3],
		        CASE WHEN n % 20 = 0 THEN mashd_now() + (n - 3000) * interval '1 minute' ELSE 'infinity' END, '{}'
		 FROM generate_series(1, 20000) AS n`, [partnership]);
	await db.query('ANALYZE referral');
});
after(() => db?.drop());

for (const [order, index] of [['due', 'referral_open_by_due'], ['received', 'referral_by_received'], ['rating', 'referral_open_by_rating']]) {
	test(`order by ${order}`, async () => {
		const plan = await db.session(async (client) => {
			await client.query('SET LOCAL random_page_cost = 1.1');
			return genericPlan(client, `referral/list_by_${order}`, [partnership, ...Array(14).fill(null), 51]);
		}, { as: 'app', partnership });
		assert.match(plan, new RegExp(`Index Scan (Backward )?using ${index} on referral q`), plan);
		assert.match(plan, /ROW\(.*id\) [<>] ROW\(/, 'the keys of the last row seen are a condition of the index');
		assert.doesNotMatch(plan, /Sort Key: q\./, plan);
	});
}

test('overdue ones end at the present moment', async () => {
	const values = [partnership, null, null, null, true, ...Array(10).fill(null), 200];
	const rows = await db.session((client) => runStatement(client, 'referral/list_by_due', values), { as: 'app', partnership });
	assert.ok(rows.length > 100, `${rows.length} rows`);
	assert.ok(rows.every((row) => row.overdue));
	const due = rows.map((row) => new Date(row.next_due_at).getTime());
	assert.deepEqual(due, due.toSorted((a, b) => a - b));
});
