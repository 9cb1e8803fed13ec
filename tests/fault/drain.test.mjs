// SIGTERM under load: every request whose request line was read gets its whole reply, nothing answered is lost, and what got
// no reply was never begun. Over bare sockets, so that what was sent and what came back is known to the byte.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { Connection, until } from '../support/raw_http.mjs';
import { allAnsweredAreThere, eachOnce, nothingIsHalfThere, storedKeys } from './integrity.mjs';
import { Load, Post, makeBody, seeded } from './load.mjs';

const ROUNDS = 8;
const random = seeded(20260303);
let hub;
const posts = [];
before(async () => { hub = await startHub('drain', { MASHD_SWEEP_INTERVAL_MS: '5000', MASHD_COMPARE_INTERVAL_MS: '1000' }); });
after(() => hub?.stop());

// Resolves once nobody can connect any more.
async function refused(port) {
	for (const deadline = Date.now() + 60_000; ;) {
		const socket = net.connect(port, '127.0.0.1');
		const error = await new Promise((resolve) => socket.once('error', resolve).once('connect', resolve));
		socket.destroy();
		if (error?.code === 'ECONNREFUSED') return;
		assert.ok(Date.now() < deadline, 'new connections are still accepted');
		await sleep(5);
	}
}

// Resolves once the daemon has taken the connection and read all that was sent: nothing of it waits in its socket any more.
async function isRead({ socket }) {
	if (socket.connecting) await new Promise((resolve) => { socket.once('connect', resolve); });
	const port = (n) => `:${n.toString(16).toUpperCase().padStart(4, '0')}`;
	await until(() => readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/)).some(([, here, there, , queues, , , , , inode]) =>
		here?.endsWith(port(hub.daemon.port)) && there.endsWith(port(socket.localPort)) && queues.endsWith(':00000000') && inode !== '0') && socket.writableLength === 0);
}

// A post of which `part` of the bytes are sent now; rest() sends the others and takes the reply.
function begin(part) {
	const post = new Post(makeBody(random));
	const bytes = post.bytes(hub.agency.key);
	const cut = part(bytes);
	const connection = new Connection(hub.daemon.port).send(bytes.slice(0, cut));
	posts.push(post);
	return { post, connection, rest: async () => {
		const reply = await connection.send(bytes.slice(cut)).reply();
		post.take(reply);
		assert.equal(reply.headers.connection, 'close');
	} };
}

const parts = {
	'the request line': (bytes) => bytes.indexOf('\r\n') + 2,
	'some headers': (bytes) => bytes.indexOf('Idempotency-Key'),
	'all headers': (bytes) => bytes.indexOf('\r\n\r\n') + 4,
	'half the body': (bytes) => Math.floor((bytes.indexOf('\r\n\r\n') + bytes.length) / 2),
};

for (let round = 1; round <= ROUNDS; round++) {
	test(`a request that was begun is served, round ${round}`, async () => {
		if (hub.daemon.end) hub.daemon = await startDaemon(hub.db);
		const load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random, pause: 0 });
		load.start();
		await sleep(100 + random.below(200));
		const begun = Object.values(parts).map(begin);
		await Promise.all(begun.map(({ connection }) => isRead(connection)));
		const ended = hub.daemon.stop(); // fails unless the status is 0
		await refused(hub.daemon.port);
		await sleep(random.below(100));
		await Promise.all(begun.map(({ rest }) => rest()));
		await ended;
		await load.stop(); // until here it went on trying
		posts.push(...load.posts);
		assert.deepEqual(begun.map(({ post }) => post.status), Object.keys(parts).map(() => 201));
		const requests = hub.daemon.logs().filter((line) => line.event === 'request' && line.method === 'POST');
		assert.deepEqual(requests.filter((line) => line.status === '0'), [], 'no request was dropped');
		const answered = [...load.posts, ...begun.map(({ post }) => post)].filter((post) => post.receipt || post.refusals.length > 0);
		assert.equal(requests.length, answered.length, 'each request that was read was answered, and nothing else was');
	});
}

test('what was answered stands; what got no reply was never begun', async () => {
	const there = await storedKeys(hub.db);
	const silent = posts.filter((post) => !post.receipt && post.refusals.length === 0);
	console.log(`${posts.length} posts, ${silent.length} on connections that ended before they were read`);
	assert.deepEqual(silent.filter((post) => there.has(post.key)), []);
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, posts);
	await eachOnce(hub.db, posts.filter((post) => post.receipt));
	assert.deepEqual(posts.flatMap((post) => post.refusals), []);
});
