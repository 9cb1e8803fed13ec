// The referrals under a used reference are found by index under a generic plan, behind row-level security, and no more of
// them are looked at than a post can pay for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { genericPlan, runStatement } from '../support/statements.mjs';

const partnership = '01900000-0000-7000-8000-000000000001';
const agency = '01900000-0000-7000-8000-000000000002';
let db;

before(async () => {
	db = await createDatabase('reference_plans');
	await db.query(`INSERT INTO partnership (partnership_id, name) VALUES ($1, 'plans')`, [partnership]);
	await db.query(`INSERT INTO agency (partnership_id, id, name, kind, default_source) VALUES ($1, $2, 'Police', 'police', '6')`, [partnership, agency]);
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, agency_id, agency_reference, reference_reused, channel, record_kind, source, received_at, rating, document)
		 SELECT $1, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'R-' || n, $2, CASE WHEN n <= 1000 THEN 'always the same' ELSE n::text END,
		        n BETWEEN 2 AND 1000, 'api', 'request_for_service', '6', mashd_now(), 'amber', '{}'
		 FROM generate_series(1, 10000) AS n`, [partnership, agency]);
	await db.query(
		`INSERT INTO submission (partnership_id, referral_id, id, kind, contract_version, body_digest, body)
		 SELECT $1, r.id, gen_random_uuid(), 'first', '1', 'digest of ' || r.reference, '{}' FROM referral AS r`, [partnership]);
	await db.query(
		`INSERT INTO referral_child (partnership_id, referral_id, id, ordinal, document)
		 SELECT $1, r.id, gen_random_uuid(), o, jsonb_build_object('first_name', r.reference || o) FROM referral AS r CROSS JOIN generate_series(1, 0, -1) AS o`, [partnership]);
	await db.query(
		`INSERT INTO rejected_submission (partnership_id, id, agency_id, key_id, agency_reference, problem_type, size, body_digest, request_id)
		 SELECT $1, gen_random_uuid(), $2, gen_random_uuid(), n::text, 'invalid-body', 9, n::text, gen_random_uuid() FROM generate_series(1, 5000) AS n`, [partnership, agency]);
	await db.query('ANALYZE');
});
after(() => db?.drop());

const values = (digest) => [partnership, agency, 'always the same', digest];

test('by index', async () => {
	const plan = await db.session((client) => genericPlan(client, 'referral/of_reference', values('x')), { as: 'app', partnership });
	for (const scan of ['referral_agency_reference_key on referral o', 'referral_reused_reference on referral u', 'submission_pkey on submission s'])
		assert.match(plan, new RegExp(`Index (Only )?Scan (Backward )?using ${scan}`), plan);
	assert.match(plan, /referral_child_pkey/, plan);
	assert.doesNotMatch(plan, /Seq Scan|Hash|Sort Key: u\./, plan);
});

test('the owner is locked by index', async () => {
	const plan = await db.session((client) => genericPlan(client, 'referral/lock_owner', values('x').slice(0, 3)), { as: 'app', partnership });
	assert.match(plan, /Index Scan using referral_agency_reference_key on referral r/, plan);
	assert.doesNotMatch(plan, /Seq Scan/, plan);
});

test('so are refused posts', async () => {
	const plan = await db.session((client) => genericPlan(client, 'rejection/open_of_reference', values('x').slice(0, 3)), { as: 'app', partnership });
	assert.match(plan, /Index Scan using rejected_submission_open_reference/, plan);
});

test('the owner and the latest 200, the oldest first', async () => {
	const rows = await db.session((client) => runStatement(client, 'referral/of_reference', values('digest of R-990')), { as: 'app', partnership });
	assert.deepEqual(rows.map((row) => row.children[0].first_name), ['R-10', ...Array.from({ length: 200 }, (_, i) => `R-${801 + i}0`)]);
	assert.deepEqual(rows.filter((row) => row.same_content).map((row) => row.children.map((c) => c.first_name)), [['R-9900', 'R-9901']]);
	assert.deepEqual(rows.map((row) => row.reference_reused), [false, ...Array(200).fill(true)]);
});
