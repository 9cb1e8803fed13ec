// Two daemons compare at the same moment: of two referrals about one child, each taken by another, both know of the other in the
// end, however their transactions interleave; and a change that comes while a referral is compared is compared too.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { createDatabase } from '../support/database.mjs';
import { runStatement } from '../support/statements.mjs';

const partnership = '01900000-0000-7000-8000-000000000007';
const A = '01900000-0000-7000-8000-00000000000a';
const B = '01900000-0000-7000-8000-00000000000b';
let db;
const daemons = [];

before(async () => {
	db = await createDatabase('compare_race');
	await db.query("INSERT INTO partnership (partnership_id, name) VALUES ($1::uuid, 'race')", [partnership]);
	for (const id of [A, B]) {
		await db.query(
			`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, rating, document)
			 VALUES ($1::uuid, $2::uuid, $2::uuid::text, 'api', 'request_for_service', '6', mashd_now(), 'amber', '{}')`, [partnership, id]);
		await db.query(
			`INSERT INTO referral_child (partnership_id, referral_id, id, ordinal, date_of_birth, document)
			 VALUES ($1::uuid, $2::uuid, gen_random_uuid(), 0, '2019-05-04', '{"first_name": "Ada", "family_name": "Brackenfield"}')`, [partnership, id]);
	}
	for (let i = 0; i < 2; i++) {
		const client = new pg.Client({ connectionString: db.appUrl });
		await client.connect();
		await client.query("SELECT set_config('mashd.partnership', $1, false)", [partnership]);
		daemons.push(client);
	}
});
after(async () => {
	for (const client of daemons) await client.end();
	await db?.drop();
});
beforeEach(async () => {
	await db.query('TRUNCATE known_subject, known_name, person_match, uncompared_referral');
	await db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 1 FROM referral');
});

// One daemon's pass, in its steps. Each takes one referral, the newest that nobody has in hand.
function pass(client) {
	let taken;
	return {
		index: async () => {
			await client.query('BEGIN');
			await runStatement(client, 'person/lock_matches', [partnership]);
			taken = await runStatement(client, 'person/index', [partnership, 1]);
		},
		commit: () => client.query('COMMIT'),
		compare: async () => {
			const ids = taken.map((row) => row.referral_id);
			await client.query('BEGIN');
			await runStatement(client, 'person/lock_matches', [partnership]);
			await runStatement(client, 'person/forget_matches', [partnership, ids]);
			await runStatement(client, 'person/compare', [partnership, ids]);
			await runStatement(client, 'person/compared', [partnership, ids, taken.map((row) => row.version)]);
		},
	};
}

async function whole(one) {
	for (const step of [one.index, one.commit, one.compare, one.commit]) await step();
}

const known = () => db.query('SELECT referral_id, other_referral_id FROM person_match ORDER BY referral_id').then((rows) => rows.map((row) => [row.referral_id, row.other_referral_id]));
const waiting = () => db.query('SELECT referral_id, version FROM uncompared_referral');

// Whose step comes next; each daemon's steps are index, commit, compare, commit.
for (const order of ['11112222', '11122212', '12121212', '12211221', '11221122', '12112212', '12221112', '11212122']) {
	// A second one waits for the first one's transaction: its step is begun, and awaited once the other has gone on.
	test(`in the order ${order}`, async () => {
		const passes = daemons.map(pass);
		const steps = passes.map((p) => [p.index, p.commit, p.compare, p.commit]);
		const running = [Promise.resolve(), Promise.resolve()];
		for (const who of order) {
			const i = Number(who) - 1;
			const step = steps[i].shift();
			running[i] = running[i].then(step);
			await Promise.race([running[i], new Promise((resolve) => { setTimeout(resolve, 50); })]);
		}
		await Promise.all(running);
		// Where the second one took what the first had just let go, the other referral waits for the next pass.
		while ((await waiting()).length > 0) await whole(pass(daemons[0]));
		assert.deepEqual(await known(), [[A, B], [B, A]]);
		assert.deepEqual(await waiting(), []);
	});
}

test('a change that comes in between waits on', async () => {
	const one = pass(daemons[0]);
	await one.index();
	await one.commit();
	await db.query('INSERT INTO uncompared_referral (partnership_id, referral_id, version) VALUES ($1::uuid, $2::uuid, 2)', [partnership, B]);
	await one.compare();
	await one.commit();
	assert.deepEqual((await waiting()).map((w) => [w.referral_id, w.version]).toSorted(), [[A, 1], [B, 2]]);
});

test('a pass that dies between its two transactions is made again', async () => {
	const one = pass(daemons[0]);
	await one.index();
	await one.commit();
	assert.equal((await waiting()).length, 2);
	for (let i = 0; i < 2; i++) await whole(pass(daemons[1]));
	assert.deepEqual([await known(), await waiting()], [[[A, B], [B, A]], []]);
});
