// One post in a hundred that the database refuses: it gets a problem, nothing of it is stored, and all others, of its batch
// and after, are stored at a speed near the ordinary one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHub } from '../support/hub.mjs';
import { allAnsweredAreThere, eachOnce, nothingIsHalfThere, storedKeys } from './integrity.mjs';
import { Load, Post, makeBody, seeded } from './load.mjs';

const POSTS = 500; // of one run
const LANES = 64;
const LEAD = 6; // of votes; see below
const PAIRS_MAX = 60;
const random = seeded(20260304);
const fails = (post) => post.body.incident_reference === 'FAIL';
const everything = [];
let hub;
before(async () => {
	hub = await startHub('failing_items');
	await hub.db.query(`ALTER TABLE referral ADD CONSTRAINT test_fail CHECK (incident_reference <> 'FAIL') NOT VALID`, [], { as: 'owner' });
});
after(() => hub?.stop());

// The posts are made beforehand, so that only the sending is timed; where they fail is random, one in a hundred of them.
async function postsPerSecond(one_in) {
	const made = Array.from({ length: POSTS }, () => new Post(makeBody(random)));
	for (let i = 0; one_in && i < POSTS; i += one_in) {
		const at = i + random.below(one_in);
		made[at] = new Post({ ...made[at].body, incident_reference: 'FAIL' });
	}
	const load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random, lanes: LANES, pause: 0, makeNext: () => made.pop() });
	const start = performance.now();
	load.start();
	await load.running;
	const seconds = (performance.now() - start) / 1000;
	await load.stop();
	everything.push(...load.posts);
	return POSTS / seconds;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

// Short runs in pairs, with failing posts and without, in changing order, so that whatever else the machine does hits both
// alike. Each pair votes on whether the ratio is at least 0.6; it goes on until one side leads clearly, which takes seven
// pairs or so where the machine is quiet, and more where it is not. The majority is what the median says.
test('one in a hundred leaves at least 0.6 of the throughput', async () => {
	await postsPerSecond(0); // plans, connections
	const ratios = [];
	let lead = 0;
	while (Math.abs(lead) < LEAD && ratios.length < PAIRS_MAX) {
		const speed = {};
		for (const oneIn of ratios.length % 2 ? [0, 100] : [100, 0]) speed[oneIn] = await postsPerSecond(oneIn);
		ratios.push(speed[100] / speed[0]);
		lead += ratios.at(-1) >= 0.6 ? 1 : -1;
	}
	const told = `${median(ratios).toFixed(2)} of the throughput (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`;
	console.log(told);
	assert.ok(lead > 0, told);
});

test('it harms no other: those are stored, and nothing of it is', async () => {
	const failing = everything.filter(fails);
	assert.ok(failing.length >= LEAD * POSTS / 100);
	for (const post of everything) {
		if (fails(post)) assert.deepEqual([post.receipt, post.refusals], [undefined, [{ status: 500, type: 'internal-error', retryAfter: undefined }]]);
		else assert.equal(post.status, 201, JSON.stringify(post.refusals));
	}
	const there = await storedKeys(hub.db);
	assert.deepEqual(failing.filter((post) => there.has(post.key)), []);
	assert.deepEqual(await hub.db.query(`SELECT id FROM submission WHERE body LIKE '%"FAIL"%'`), []);
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, everything);
	await eachOnce(hub.db, everything.filter((post) => !fails(post)));
});

test('once the cause is gone, it is stored by the same key', async () => {
	await hub.db.query('ALTER TABLE referral DROP CONSTRAINT test_fail', [], { as: 'owner' });
	const load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random, lanes: 4 });
	load.posts = everything;
	await load.again();
	await eachOnce(hub.db, everything);
});
