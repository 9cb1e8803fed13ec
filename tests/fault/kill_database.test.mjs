// SIGKILL for PostgreSQL, twenty times under load, while the daemon runs on: it answers 503 meanwhile and recovers by
// itself; what it called stored is stored, and what it called not stored is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHub } from '../support/hub.mjs';
import { allAnsweredAreThere, eachOnce, nothingIsHalfThere, storedKeys } from './integrity.mjs';
import { Load, seeded } from './load.mjs';
import { startOwnPostgres } from './own_postgres.mjs';

const KILLS = 20;
const WORKERS = 8; // as the daemon has them by default
const random = seeded(20260302);
let postgres, hub, load;
before(async () => {
	postgres = await startOwnPostgres();
	hub = await startHub('kill_database', { MASHD_SWEEP_INTERVAL_MS: '5000', MASHD_COMPARE_INTERVAL_MS: '1000' });
	load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random, pause: 250 });
});
after(async () => {
	await load?.stop().catch(() => {});
	try {
		await hub?.daemon?.stop();
	} finally {
		await postgres?.remove();
	}
});

// Asks until the answer has that status; fails after `seconds`.
async function readiness(status, seconds = 60) {
	const deadline = Date.now() + seconds * 1000;
	for (;;) {
		const answer = await fetch(`${hub.daemon.url}/readyz`);
		const { checks } = await answer.json();
		if (answer.status === status) {
			assert.equal(checks.find((check) => check.name === 'database').ok, status === 200);
			return;
		}
		assert.ok(Date.now() < deadline, `readyz never said ${status}: ${JSON.stringify(checks)}`);
		await sleep(20);
	}
}

test(`${KILLS} kills: the daemon runs on, says 503, and recovers`, async () => {
	load.start();
	for (let kill = 0; kill < KILLS; kill++) {
		await load.stores(60);
		await sleep(random.below(100));
		postgres.kill({ all: random.chance(0.5) });
		await readiness(503);
		assert.equal((await fetch(`${hub.daemon.url}/livez`)).status, 200);
		await postgres.restart();
		await readiness(200);
	}
	await load.stores(60);
	await load.stop();
	load.say('killed');
	assert.equal(hub.daemon.end, undefined);
});

test('every request was answered: 201, or 503 that says when to come again', () => {
	assert.equal(load.lost, 0);
	for (const { status, type, retryAfter } of load.posts.flatMap((post) => post.refusals)) {
		assert.equal(status, 503);
		assert.ok(type === 'unavailable' || type === 'outcome-unknown', type);
		assert.match(retryAfter ?? '', /^[1-9]\d*$/);
	}
});

test('of an outage each worker tells once, not each request', () => {
	const told = hub.daemon.logs().filter((line) => line.event === 'request_failed').length;
	const refused = load.posts.flatMap((post) => post.refusals).length;
	assert.ok(told <= KILLS * WORKERS, `${told} lines`);
	assert.ok(told > 0 && refused > 0, `${told} lines, ${refused} refused`);
});

test('what was called stored is there whole, what was called not stored is not', async () => {
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, load.posts);
	const there = await storedKeys(hub.db);
	const told = (post, type) => post.refusals.at(-1)?.type === type;
	const open = load.unanswered();
	assert.deepEqual(open.filter((post) => told(post, 'unavailable') && there.has(post.key)).map((post) => post.key), []);
	const unknown = open.filter((post) => told(post, 'outcome-unknown'));
	console.log(`${open.length} refused; the outcome of ${unknown.length} was unknown, ${unknown.filter((post) => there.has(post.key)).length} were stored`);
});

test('sent again with the same keys: exactly one each', async () => {
	await load.again();
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, load.posts);
	await eachOnce(hub.db, load.posts);
});
