// What one request and one sweep cost, in milliseconds, through the daemon as it is built for use: each at every size in turn,
// round by round, medians of all. Requests come one after the other over one kept connection.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { query, startServer } from '../targets.mjs';

const DUE_AT_ONCE = 1000;
const REQUESTS = 40;
const REQUESTS_SLOW = 5;
const SLOW_MS = 250;
const SWEEP_EVERY_MS = 500;
export const SWEEP = `sweep, ${DUE_AT_ONCE.toLocaleString('en')} newly due`;
export const SWEEP_IDLE = 'sweep, nothing due';

// The last whole month of the load.
function month() {
	const now = new Date();
	const first = (back) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 10);
	return `from=${first(1)}&to=${first(0)}`;
}

// { title, operation, aim (largest ratio to the smallest size), path of the operation -> request }; `person`: a row of referral_child.
export const READS = [
	{ title: 'worklist of 50, by due time', operation: 'listReferrals', aim: 1.5, ask: (path) => ({ path: `${path}?limit=50` }) },
	{ title: 'worklist of 50, red and overdue', operation: 'listReferrals', aim: 1.5, ask: (path) => ({ path: `${path}?limit=50&rating=red&overdue=true` }) },
	{ title: 'worklist of 50, an agency, by rating', operation: 'listReferrals', aim: 1.5, ask: (path, house) => ({ path: `${path}?limit=50&agency=${house.anAgency}&order=rating` }) },
	{ title: '50 flags, of all there ever were', operation: 'listFlags', aim: 1.5, ask: (path) => ({ path: `${path}?limit=50` }) },
	{ title: 'work of the team, 50 and counts', operation: 'listWork', ask: (path) => ({ path: `${path}?view=team&limit=50` }) },
	{ title: 'work that nobody has, 50 and counts', operation: 'listWork', ask: (path) => ({ path: `${path}?view=unassigned&limit=50` }) },
	{ title: 'search, name with a slip and birth', operation: 'searchReferrals', ask: (path, _, person) => ({ path, method: 'POST', body: {
		name: `${person.first_name} ${person.family_name.slice(0, -1)}`, date_of_birth: person.date_of_birth } }) },
	{ title: 'search, a common name', operation: 'searchReferrals', ask: (path) => ({ path, method: 'POST', body: { name: 'Ada Ashberry' } }) },
	{ title: 'search, NHS number', operation: 'searchReferrals', ask: (path, _, person) => ({ path, method: 'POST', body: { nhs_number: person.nhs_number } }) },
	{ title: 'figures of a month', operation: 'getFollowUpMetrics', manager: true, perCohort: true, ask: (path) => ({ path: `${path}?${month()}` }) },
];

// operationId -> { path } of what the daemon's contract has.
export async function operationsOf(server) {
	const contract = await (await fetch(`${server.url}/openapi.json`)).json();
	const found = new Map();
	for (const [path, item] of Object.entries(contract.paths)) {
		for (const operation of Object.values(item)) if (operation.operationId) found.set(operation.operationId, path);
	}
	return found;
}

function send(server, agent, key, { path, method = 'GET', body }) {
	const text = body && JSON.stringify(body);
	const headers = { authorization: `Bearer ${key}`, ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}) };
	return new Promise((resolve, reject) => {
		const started = performance.now();
		request({ host: '127.0.0.1', port: server.port, agent, path, method, headers }, (reply) => {
			const chunks = [];
			reply.on('data', (chunk) => chunks.push(chunk));
			reply.on('end', () => resolve({ ms: performance.now() - started, status: reply.statusCode, text: Buffer.concat(chunks).toString('utf8') }));
		}).on('error', reject).end(text);
	});
}

export const median = (values) => {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// Median milliseconds of one kind of request; null when it was refused for want of time.
async function read(server, agent, size, what, path) {
	const key = what.manager ? size.house.managerKey : size.house.practitionerKey;
	const times = [];
	for (let i = 0, wanted = REQUESTS; i < wanted; i++) {
		const answer = await send(server, agent, key, what.ask(path, size.house, size.people[i % size.people.length]));
		if (answer.status === 503) return null;
		if (answer.status !== 200) throw new Error(`${what.title}: ${answer.status} ${answer.text.slice(0, 500)}`);
		if (/"items":\[\]/.test(answer.text)) throw new Error(`${what.title}: nothing was found`);
		if (answer.ms > SLOW_MS) wanted = Math.min(wanted, REQUESTS_SLOW);
		// The first ones make plans and fill caches.
		if (i >= Math.min(8, wanted / 2)) times.push(answer.ms);
	}
	return median(times);
}

// ---- the sweep, by the daemon's own clock

async function sweepsOf(server) {
	const text = await (await fetch(`${server.url}/metrics`)).text();
	const value = (name) => Number(new RegExp(`^mashd_sweep_duration_seconds_${name} (\\S+)`, 'm').exec(text)[1]);
	const failed = Number(/^mashd_sweeps_total\{outcome="failed"\} (\S+)/m.exec(text)[1]);
	if (failed > 0) throw new Error('a sweep has failed');
	return { ms: value('sum') * 1000, count: value('count') };
}

// Waits until so many more sweeps have ended: { ms, count } of them.
async function sweepsSince(server, before, more) {
	for (let tries = 0; tries < 6000; tries++) {
		const now = await sweepsOf(server);
		if (now.count >= before.count + more) return { ms: now.ms - before.ms, count: now.count - before.count };
		await sleep(20);
	}
	throw new Error('the daemon does not sweep');
}

// Another timing of open follow-ups that has just run out. The referrals keep the due instant that they show: a sweep does not look.
const MAKE_DUE = `
	WITH chosen AS (SELECT f.id FROM follow_up AS f WHERE f.partnership_id = $1 AND f.state = 'open' AND f.flag_level <= 1 ORDER BY hashtext(f.id::text || $2) LIMIT ${DUE_AT_ONCE}),
	due AS (UPDATE follow_up AS f SET timing = f.timing + 1, due_at = $3, timed_at = now() - interval '1 minute', flag_level = 0, next_flag_at = 'infinity'
	        FROM chosen AS c WHERE f.partnership_id = $1 AND f.id = c.id RETURNING f.id)
	UPDATE flag AS g SET cleared_at = now(), cleared_by = 'retimed' FROM due AS d WHERE g.partnership_id = $1 AND g.follow_up_id = d.id AND g.cleared_at IS NULL`;
const flagsOf = async (size, due) => (await query(size.database, 'SELECT count(*)::int AS n FROM flag WHERE partnership_id = $1 AND breached_at = $2', [size.house.partnership, due]))[0].n;

async function sweep(server, size, round) {
	const idle = await sweepsSince(server, await sweepsOf(server), 3);
	const idleMs = idle.ms / idle.count;
	const before = await sweepsOf(server);
	const due = new Date(Date.now() - 1000).toISOString();
	await query(size.database, MAKE_DUE, [size.house.partnership, String(round), due]);
	// One may be under way; the next one after it sees all of them.
	const swept = await sweepsSince(server, before, 3);
	const raised = await flagsOf(size, due);
	if (raised !== DUE_AT_ONCE) throw new Error(`${raised} flags raised instead of ${DUE_AT_ONCE}: are so many follow-ups open?`);
	return { idleMs, ms: swept.ms - (swept.count - 1) * idleMs };
}

// One round at one size: a Map of title -> milliseconds (null: out of time), for what the contract has.
export async function measureRound(size, round) {
	const server = await startServer('mashd', size.database, ['--sweep-interval-ms', String(SWEEP_EVERY_MS)]);
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const found = new Map();
	try {
		const operations = await operationsOf(server);
		await sweepsSince(server, { ms: 0, count: 0 }, 2); // what the load left to flag
		const readThose = async (wanted) => {
			for (const what of READS.filter((r) => wanted(r) && operations.has(r.operation)))
				found.set(what.title, await read(server, agent, size, what, operations.get(what.operation)));
		};
		await readThose((what) => !what.perCohort);
		const swept = await sweep(server, size, round);
		found.set(SWEEP, swept.ms);
		found.set(SWEEP_IDLE, swept.idleMs);
		// Last: they read so much that everything else is pushed out of memory.
		await readThose((what) => what.perCohort);
		return found;
	} finally {
		agent.destroy();
		await server.stop();
	}
}
