// SIGKILL for a daemon in the middle of its sweeps, again and again, and for the connection of another sweeper: no flag without
// its event, no level without its flag, no pause half over; and in the end each is there once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { sweepBatch } from '../support/statements.mjs';
import { seeded } from './load.mjs';

const LATE = 8000; // two levels each
const PAUSED = 2000; // pauses that are over
const SOON = 2000;   // due tomorrow, to be warned of
const LADDER = { warn_before: { unit: 'elapsed_minutes', amount: 60 }, escalate: [
	{ unit: 'elapsed_minutes', amount: 60, role: 'manager', out_of_hours: true }, { unit: 'elapsed_minutes', amount: 500_000, role: 'admin', out_of_hours: true }] };
const random = seeded(20260302);

let db, partnership, daemon;
before(async () => {
	db = await createDatabase('kill_sweep');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Hub')).stdout.trim();
	const staff = (await mashctl(db, 'staff', 'add', '--name', 'S. Staff', '--role', 'manager')).stdout.trim();
	await db.query(
		`WITH received AS (
		   INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, rating, document)
		   SELECT $1, gen_random_uuid(), 'K' || i, 'api', 'request_for_service', '6', mashd_now() - interval '2 days', 'amber', '{}'
		   FROM generate_series(1, $2::integer + $3 + $4) AS i RETURNING id),
		 numbered AS (SELECT id, row_number() OVER () AS i FROM received),
		 timed AS (
		   INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, rule, source, started_at, unit, amount, due_at, signals, warn_at, paused_until, pause_reason)
		   SELECT $1, gen_random_uuid(), id, 'discuss', 'p', 'discuss', 'local', mashd_now() - interval '2 days', 'elapsed_minutes', 60,
		          mashd_now() + CASE WHEN i <= $2 THEN -interval '3 hours' - random() * interval '9 hours' ELSE interval '1 day' END, $5,
		          CASE WHEN i > $2::integer + $3 THEN mashd_now() - interval '1 minute' END,
		          CASE WHEN i > $2 AND i <= $2::integer + $3 THEN mashd_now() - interval '1 minute' END, CASE WHEN i > $2 AND i <= $2::integer + $3 THEN 'reason' END
		   FROM numbered RETURNING id, paused_until)
		 INSERT INTO follow_up_pause (partnership_id, follow_up_id, id, reason, note, paused_at, paused_by, until_at)
		 SELECT $1, id, gen_random_uuid(), 'reason', 'Words.', paused_until - interval '1 hour', $6, paused_until FROM timed WHERE paused_until IS NOT NULL`,
		[partnership, LATE, PAUSED, SOON, JSON.stringify(LADDER), staff]);
});
after(async () => {
	await daemon?.stop();
	await db?.drop();
});

// Each gives how many are half done.
const HALF_DONE = {
	'level without its flags': `SELECT f.id FROM follow_up AS f LEFT JOIN flag AS g ON g.partnership_id = f.partnership_id AND g.follow_up_id = f.id AND g.timing = f.timing
		GROUP BY f.partnership_id, f.id HAVING count(g.id) <> f.flag_level`,
	'flag without its event': `SELECT g.id FROM flag AS g WHERE (SELECT count(*) FROM event AS e WHERE e.partnership_id = g.partnership_id
		AND e.referral_id = g.referral_id AND e.type LIKE 'flag%' AND (e.data ->> 'level')::integer = g.level) <> 1`,
	'event without its flag': `SELECT e.id FROM event AS e LEFT JOIN flag AS g ON g.partnership_id = e.partnership_id AND g.follow_up_id = e.follow_up_id
		AND g.level = (e.data ->> 'level')::integer WHERE e.type LIKE 'flag%' AND g.id IS NULL`,
	'flag at another instant': `SELECT g.id FROM flag AS g JOIN follow_up AS f ON f.partnership_id = g.partnership_id AND f.id = g.follow_up_id
		WHERE g.breached_at <> f.due_at + (g.level - 1) * interval '1 hour'`,
	'warning told and not noted, or noted and not told': `SELECT f.id FROM follow_up AS f WHERE (f.warned_at IS NOT NULL)::integer <> (SELECT count(*) FROM event AS e WHERE e.partnership_id = f.partnership_id
		AND e.referral_id = f.referral_id AND e.type = 'follow_up_warned')`,
	'pause half over': `SELECT p.id FROM follow_up_pause AS p JOIN follow_up AS f ON f.partnership_id = p.partnership_id AND f.id = p.follow_up_id
		WHERE (p.ended_at IS NOT NULL) <> (f.paused_until IS NULL) OR (p.ended_at IS NOT NULL)::integer <> (SELECT count(*) FROM event AS e WHERE e.partnership_id = f.partnership_id
		AND e.referral_id = f.referral_id AND e.type = 'follow_up_resumed')`,
	'referral that was written': `SELECT id FROM referral WHERE version <> 1`,
};
async function nothingIsHalfDone() {
	const found = {};
	for (const [what, statement] of Object.entries(HALF_DONE)) {
		const [{ n }] = await db.session(async (client) => {
			await client.query('SET LOCAL enable_seqscan = off; SET LOCAL jit = off');
			return (await client.query(`SELECT count(*)::int AS n FROM (${statement}) AS wrong`)).rows;
		});
		if (n > 0) found[what] = n;
	}
	assert.deepEqual(found, {});
}
const left = async () => (await db.query(`SELECT count(*)::int AS n FROM follow_up WHERE state = 'open' AND sweep_at < mashd_now()`))[0].n;

test('a sweeper whose connection ends before COMMIT has done nothing', async () => {
	const before = await left();
	const client = new pg.Client({ connectionString: db.appUrl });
	client.on('error', () => {});
	await client.connect();
	await client.query('BEGIN');
	await client.query(`SELECT set_config('mashd.partnership', $1, true)`, [partnership]);
	const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
	assert.equal((await sweepBatch(client, partnership)).seen, 1000);
	await db.query('SELECT pg_terminate_backend($1::integer)', [pid]);
	while ((await db.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = $1::integer', [pid]))[0].n > 0) await sleep(10);
	assert.equal(await left(), before);
	await nothingIsHalfDone();
});

test('a daemon that is killed while it sweeps leaves whole batches, and the next one goes on', async () => {
	const remains = [await left()];
	for (let kill = 0; remains.at(-1) > 0 && kill < 40; kill++) {
		const swept = await left();
		daemon = await startDaemon(db, { args: ['--sweep-interval-ms', '1000'], ready: null });
		for (let tries = 0; await left() === swept && tries < 1000; tries++) await sleep(5);
		await sleep(random.below(60));
		await daemon.kill('SIGKILL');
		daemon = undefined;
		await nothingIsHalfDone();
		remains.push(await left());
	}
	assert.ok(remains.length > 2, `it was killed in the middle: ${remains}`);
	assert.equal(remains.at(-1), 0, `${remains}`);
	const [found] = await db.query(
		`SELECT (SELECT count(*)::int FROM flag WHERE level = 1) AS first, (SELECT count(*)::int FROM flag WHERE level = 2) AS second, (SELECT count(*)::int FROM flag) AS flags,
		        (SELECT count(*)::int FROM event WHERE type = 'follow_up_warned') AS warned, (SELECT count(*)::int FROM event WHERE type = 'follow_up_resumed') AS resumed`);
	assert.deepEqual(found, { first: LATE, second: LATE, flags: 2 * LATE, warned: SOON, resumed: PAUSED });
});
