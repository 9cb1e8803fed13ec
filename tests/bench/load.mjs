// The load generators: wrk against a server, pgbench against the database alone. Each answers with what was measured, and
// throws when a reply was not what it should be.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_CORE, databaseUrl, pinned, postgresCpu, query, running, work } from './targets.mjs';
import { root } from './peer/statements.mjs';


// Runs a program to its end; what it complains of is short, its arguments are not.
const exec = (program, args, options) => new Promise((resolve, reject) => {
	const child = execFile(program, args, options, (error, stdout, stderr) => {
		running.delete(child);
		if (error) reject(new Error(`${args.find((arg) => /wrk|pgbench/.test(arg)) ?? program} failed: ${(stderr || stdout).slice(-2000)}`));
		else resolve({ stdout, stderr });
	});
	running.add(child);
});
export const CLIENTS = Number(process.env.BENCH_CLIENTS ?? 64);
const count = async (database) => Number((await query(database, 'SELECT count(*) AS n FROM referral'))[0].n);

// Waits until nothing is stored any more: what was in flight when wrk stopped, which a slow peer works off for a while.
async function settled(database) {
	for (let before = -1, now = await count(database); now !== before; now = await count(database)) {
		before = now;
		await sleep(300);
	}
}

const PGBENCH_WARM = 3;
let runs = 0;

async function wrk(server, kind, seconds) {
	const tag = `R${++runs}-`;
	const [command, ...args] = pinned(LOAD_CORE, ['wrk', '-t1', `-c${CLIENTS}`, `-d${seconds}s`, '--timeout', '10s', '-s', join(root, 'tests', 'bench', 'load.lua'), server.url]);
	const env = { ...process.env, BENCH_KIND: kind, BENCH_TAG: tag, BENCH_SEED: String(runs), BENCH_DATA: join(work, 'data.lua') };
	const { stdout } = await exec(command, args, { env });
	const line = /^RESULT (.*)$/m.exec(stdout);
	if (!line) throw new Error(`wrk said:\n${stdout}`);
	const result = JSON.parse(line[1]);
	if (result.status > 0 || result.socket > 0 || result.requests === 0)
		throw new Error(`${server.name}, ${kind}: of ${result.requests} requests ${result.status} were refused and ${result.socket} failed`);
	return result;
}

// `kind` at `server` for so many seconds, after a second of warming up.
export async function measure(server, database, kind, seconds) {
	await wrk(server, kind, 1);
	await settled(database);
	const before = { server: server.cpu(), postgres: postgresCpu(), rows: kind === 'post' ? await count(database) : 0 };
	const result = await wrk(server, kind, seconds);
	const used = { server: server.cpu() - before.server, postgres: postgresCpu() - before.postgres };
	if (kind === 'post') {
		await settled(database);
		// Requests in flight when wrk stops are stored too, but not counted by it.
		const stored = (await count(database)) - before.rows;
		if (stored < result.requests || stored > result.requests + CLIENTS)
			throw new Error(`${server.name}: ${result.requests} replies of 201, but ${stored} referrals`);
	}
	return { perSecond: (result.requests * 1e6) / result.us, p99Ms: result.p99 / 1000, serverUs: used.server / result.requests, postgresUs: used.postgres / result.requests };
}

// Each of pgbench's clients has a connection, and plans the statements for it: measured is the time after that.
export async function pgbench(database, files, seconds) {
	const define = Object.entries({ ...files.variables, clients: String(CLIENTS), i: '0' }).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
	const [command, ...args] = pinned(LOAD_CORE, [process.env.BENCH_PGBENCH, '-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '1', '-T', String(seconds + PGBENCH_WARM + 1),
		...define, '-f', files.script, databaseUrl('mashd_app', database)]);
	const env = { ...process.env, PGOPTIONS: '-c enable_seqscan=off -c jit=off -c TimeZone=UTC -c plan_cache_mode=force_generic_plan' };
	const whole = exec(command, args, { env, maxBuffer: 1 << 26 });
	whole.catch(() => {}); // awaited below
	const sample = async () => ({ rows: await count(database), postgres: postgresCpu(), at: performance.now() });
	await sleep(PGBENCH_WARM * 1000);
	const before = await sample();
	await sleep(seconds * 1000);
	const after = await sample();
	const { stdout, stderr } = await whole;
	const [, done] = /transactions actually processed: (\d+)/.exec(stdout) ?? [];
	const rows = after.rows - before.rows;
	if (!done || rows === 0 || /aborted|failed transactions: [1-9]/.test(stdout + stderr)) throw new Error(`pgbench said:\n${(stdout + stderr).slice(-2000)}`);
	return { perSecond: (rows * 1000) / (after.at - before.at), p99Ms: NaN, serverUs: 0, postgresUs: (after.postgres - before.postgres) / rows };
}
