// The benchmark's course: load a database, then round by round each target on a fresh copy of it, interleaved; then the same
// POST on a slow disk, and memory. Prints one table of medians, ratios and aims; a second one says what a long history costs.
// Started by tests/bench/run.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleBody, load, pgbenchFiles } from './data.mjs';
import { CLIENTS, measure, pgbench } from './load.mjs';
import { scale } from './scale/main.mjs';
import { databaseUrl, freshDatabase, memoryWithIdle, query, restartPostgres, startServer, work } from './targets.mjs';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const REFERRALS = Number(process.env.BENCH_REFERRALS ?? 10_000);
const IDLE = 1000;
const SLOW_US = 2000;
const ONLY = process.env.BENCH_ONLY?.split(',');
const KINDS = ['get', 'list', 'mix', 'post', 'slow', 'memory', 'scale'].filter((kind) => !ONLY || ONLY.includes(kind));
const SERVERS = ['mashd', 'fastify'];
const say = (text) => process.stderr.write(`bench: ${text}\n`);

// results.get('post mashd') = one entry a round
const results = new Map();
const note = (kind, target, result) => {
	const key = `${kind} ${target}`;
	results.set(key, [...(results.get(key) ?? []), result]);
	say(`  ${key.padEnd(16)} ${result.perSecond.toFixed(0).padStart(7)}/s   p99 ${result.p99Ms.toFixed(1)} ms   CPU ${result.serverUs.toFixed(0)} + ${result.postgresUs.toFixed(0)} µs`);
};
const inTurn = (list, round) => (round % 2 === 0 ? list : [...list].reverse());

// ---- the database that the copies are made of

async function makeTemplate() {
	say(`loading ${REFERRALS} referrals`);
	const loaded = await load(databaseUrl('postgres', 'mashd'), REFERRALS, join(work, 'data.lua'));
	// Whatever is overdue gets its flag now: no sweep has work to do while something is measured.
	const daemon = await startServer('mashd', 'mashd');
	for (let tries = 0; (await query('mashd', 'SELECT count(*)::int AS n FROM sweep'))[0].n === 0; tries++) {
		if (tries > 300) throw new Error('the sweep does not come to an end');
		await sleep(200);
	}
	await daemon.stop();
	await query('mashd', 'VACUUM (ANALYZE)');
	return loaded;
}

async function compareReplies(servers, { house, ids }) {
	const posts = [];
	for (const server of servers) {
		const answer = await fetch(`${server.url}/v1/referrals`, { method: 'POST', body: JSON.stringify(exampleBody()),
			headers: { authorization: `Bearer ${house.agencyKey}`, 'content-type': 'application/json', 'idempotency-key': 'compare' } });
		// Identifiers and instants differ from post to post.
		posts.push(`${answer.status} ${(await answer.text()).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"reference":"[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')}`);
	}
	if (posts[0] !== posts[1]) throw new Error(`the receipts differ:\n${posts.join('\n')}`);
	for (const path of [`/v1/referrals/${ids[0]}`, '/v1/referrals?limit=2']) {
		const replies = [];
		for (const server of servers) {
			const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${house.practitionerKey}` } });
			const body = await answer.json();
			delete body.next;
			replies.push(`${answer.status} ${JSON.stringify(body)}`);
		}
		if (replies[0] !== replies[1]) throw new Error(`the replies to ${path} differ:\n${replies.join('\n')}`);
	}
}

// ---- the rounds

async function withServers(template, work_) {
	const servers = [];
	try {
		for (const name of SERVERS) {
			await freshDatabase(`${template}_${name}`, template);
			servers.push(await startServer(name, `${template}_${name}`));
		}
		return await work_(servers);
	} finally {
		for (const server of servers) await server.stop();
	}
}

async function ordinaryRound(round, loaded, files) {
	say(`round ${round + 1} of ${ROUNDS}`);
	await freshDatabase('mashd_pgbench', 'mashd');
	await withServers('mashd', async (servers) => {
		if (round === 0) await compareReplies(servers, loaded);
		for (const kind of KINDS.filter((k) => !['slow', 'memory', 'scale'].includes(k))) {
			await query('postgres', 'CHECKPOINT');
			for (const target of inTurn(kind === 'post' ? ['pgbench', ...servers] : servers, round)) {
				if (target === 'pgbench') note(kind, target, await pgbench('mashd_pgbench', files, SECONDS));
				else note(kind, target.name, await measure(target, `mashd_${target.name}`, kind, SECONDS));
			}
		}
	});
}

async function slowRounds() {
	say(`each flush takes ${SLOW_US / 1000} ms longer`);
	await restartPostgres({ delayUs: SLOW_US });
	for (let round = 0; round < ROUNDS; round++) {
		await withServers('mashd', async (servers) => {
			for (const server of inTurn(servers, round)) note('slow', server.name, await measure(server, `mashd_${server.name}`, 'post', SECONDS));
		});
	}
	await restartPostgres();
}

async function memory({ house, ids }) {
	say(`memory with ${IDLE} idle connections`);
	return withServers('mashd', async (servers) => {
		const kb = {};
		for (const server of servers) kb[server.name] = await memoryWithIdle(server, IDLE, `/v1/referrals/${ids[0]}`, house.practitionerKey);
		return kb;
	});
}

// ---- the table

function median(kind, target, member) {
	const values = results.get(`${kind} ${target}`).map((result) => result[member]).sort((a, b) => a - b);
	const middle = values.length >> 1;
	return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

function print(kb) {
	const rows = [];
	const add = (title, kind, other, aim) => {
		if (!KINDS.includes(kind)) return;
		const [a, b] = ['mashd', other].map((target) => median(kind, target, 'perSecond'));
		const cpu = (target) => (target === 'pgbench' ? `- + ${median(kind, target, 'postgresUs').toFixed(0)}` : ['serverUs', 'postgresUs'].map((m) => median(kind, target, m).toFixed(0)).join(' + '));
		const p99 = (target) => (target === 'pgbench' ? '-' : median(kind, target, 'p99Ms').toFixed(1));
		rows.push([title, other, a.toFixed(0), b.toFixed(0), `${(a / b).toFixed(2)}×`, `≥ ${aim}×`, a / b >= aim ? 'yes' : 'NO', p99('mashd'), p99(other), cpu('mashd'), cpu(other)]);
	};
	add('POST', 'post', 'pgbench', 1.2);
	add('POST', 'post', 'fastify', 3);
	add(`POST, flush + ${SLOW_US / 1000} ms`, 'slow', 'fastify', 2);
	add('GET by id', 'get', 'fastify', 3);
	add('worklist of 50', 'list', 'fastify', 2.5);
	add('mix 70/20/10', 'mix', 'fastify', 3);
	if (kb) {
		const mb = (name) => (kb[name] / 1024).toFixed(1);
		const ratio = kb.mashd / kb.fastify;
		rows.push([`MB, ${IDLE} idle`, 'fastify', mb('mashd'), mb('fastify'), `${ratio.toFixed(2)}×`, '≤ 0.3×', ratio <= 0.3 ? 'yes' : 'NO', '', '', '', '']);
	}
	const head = ['requests a second', 'against', 'mashd', 'other', 'ratio', 'aim', 'met', 'p99 ms', 'other', 'CPU µs *', 'other'];
	const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
	const line = (cells) => cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd();
	console.log([line(head), widths.map((n) => '-'.repeat(n)).join('  '), ...rows.map(line)].join('\n'));
	console.log(`* for one request: server + PostgreSQL. ${CLIENTS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s, ${REFERRALS} referrals to begin with.`);
}

async function against() {
	const loaded = await makeTemplate();
	const files = pgbenchFiles(work, loaded.house);
	say(`a body has ${loaded.bodySize} bytes; ${CLIENTS} connections, ${ROUNDS} rounds of ${SECONDS} s`);
	for (let round = 0; round < ROUNDS; round++) await ordinaryRound(round, loaded, files);
	if (KINDS.includes('slow')) await slowRounds();
	print(KINDS.includes('memory') ? await memory(loaded) : undefined);
}

// Before the template is filled: its databases are copies of the empty one.
if (KINDS.includes('scale')) await scale(say);
if (KINDS.some((kind) => kind !== 'scale')) await against();
