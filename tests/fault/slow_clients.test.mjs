// Slow clients against the whole daemon: those that send or read too slowly are cut at the deadline, however steadily they
// drip, and everybody else is served meanwhile as if they were not there. (tests/http/transport* has the details.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { Connection } from '../support/raw_http.mjs';
import { Load, Post, makeBody, seeded } from './load.mjs';

const DEADLINE = 800;
const SLACK = 1500; // of a busy machine
const random = seeded(20260305);
let hub;
before(async () => {
	hub = await startHub('slow_clients');
	await hub.daemon.stop();
	hub.daemon = await startDaemon(hub.db, { args: ['--request-deadline-ms', String(DEADLINE), '--reply-deadline-ms', String(DEADLINE)] });
});
after(() => hub?.stop());

// Sends a byte every now and then until it is cut; how long that took.
async function drip(start, byte) {
	const connection = new Connection(hub.daemon.port).send(start);
	const began = performance.now();
	let closed = false;
	void connection.closed.then(() => { closed = true; });
	while (!closed && performance.now() - began < 10 * DEADLINE) {
		connection.send(byte);
		await sleep(100);
	}
	connection.close();
	assert.ok(closed, 'never cut');
	assert.equal(String(connection.received), '', 'no answer to half a request');
	return performance.now() - began;
}

const halfBody = () => {
	const bytes = new Post(makeBody(random, { concerns: [{ description: 'x'.repeat(9000) }] })).bytes(hub.agency.key);
	return bytes.slice(0, bytes.indexOf('\r\n\r\n') + 50);
};

// Asks for more than the sockets hold, again and again, and reads nothing; how long until it was cut.
async function hoard() {
	const connection = new Connection(hub.daemon.port);
	connection.socket.pause();
	const began = performance.now();
	let broken = 0;
	connection.socket.on('error', () => { broken ||= performance.now() - began; });
	while (!broken && performance.now() - began < 10 * DEADLINE + 5000) {
		connection.send('GET /openapi.json HTTP/1.1\r\nHost: t\r\n\r\n'.repeat(20));
		await sleep(100);
	}
	connection.close();
	return broken;
}

// How many there are of each kind. (Before a reader is slow, the sockets' buffers must be filled: some megabytes each.)
const KINDS = {
	'slow headers': [40, () => drip('POST /v1/referrals HTTP/1.1\r\nHost: t\r\nX-Slow: ', 'x')],
	'a slow body': [40, () => drip(halfBody(), 'x')],
	'a slow reader': [8, hoard],
};

for (const [kind, [count, act]] of Object.entries(KINDS)) {
	test(`${kind}: cut at the deadline, others are served`, async () => {
		const posts = Array.from({ length: 200 }, () => new Post(makeBody(random)));
		const slow = Promise.all(Array.from({ length: count }, act));
		await sleep(50);
		const load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random, lanes: 4, makeNext: () => posts.pop() });
		const began = performance.now();
		load.start();
		await load.running;
		const perPost = (performance.now() - began) / 50;
		await load.stop();
		assert.ok(load.posts.every((post) => post.status === 201));
		assert.ok(perPost < 200, `${perPost.toFixed(0)} ms a post`);
		const cut = await slow;
		const [least, most] = [Math.min(...cut), Math.max(...cut)];
		console.log(`${kind}: cut after ${least.toFixed(0)} to ${most.toFixed(0)} ms; others took ${perPost.toFixed(1)} ms a post meanwhile`);
		assert.ok(least >= DEADLINE * 0.9, `cut after ${least} ms`);
		assert.ok(most <= DEADLINE * 2 + SLACK, `cut after ${most} ms`);
	});
}
