// What is measured: starting and stopping the daemon and the peer, their databases, and what they cost by /proc.
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { root } from './peer/statements.mjs';

export const work = process.env.BENCH_WORK;
const postgresDir = join(work, 'postgres');
const build = process.env.BUILD ?? 'build';
const TICK_US = 10_000; // USER_HZ is 100 on Linux
const exec = promisify(execFile);

// Whatever still runs when this program ends, by a failure or by a signal, ends with it.
export const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// ---- cores: the load generator on one, server and database on the other

export const LOAD_CORE = process.env.BENCH_LOAD_CORE;
export const SERVER_CORE = process.env.BENCH_SERVER_CORE;
export const pinned = (core, command) => (core ? ['taskset', '-c', core, ...command] : command);

// ---- PostgreSQL

export async function restartPostgres({ delayUs = 0 } = {}) {
	await exec('scripts/postgres', ['stop', postgresDir], { cwd: root });
	const env = { ...process.env, ...(delayUs ? { LD_PRELOAD: join(work, 'slow_sync.so'), BENCH_SYNC_DELAY_US: String(delayUs) } : {}) };
	const [command, ...args] = pinned(SERVER_CORE, ['scripts/postgres', 'start', postgresDir]);
	await exec(command, args, { cwd: root, env });
}

export const databaseUrl = (role, name) => `postgres://${role}@/${name}?host=${encodeURIComponent(process.env.BENCH_SOCKET)}`;

export async function query(database, text, values) {
	const client = new pg.Client({ connectionString: databaseUrl('postgres', database) });
	await client.connect();
	try {
		return (await client.query(text, values)).rows;
	} finally {
		await client.end();
	}
}

export async function freshDatabase(name, template) {
	await query('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
	await query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} OWNER mashd_owner STRATEGY file_copy`);
}

// ---- what processes have used

// [utime + stime, the same of children that have ended] in microseconds.
function cpuOf(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').map(Number);
	return [(fields[11] + fields[12]) * TICK_US, (fields[13] + fields[14]) * TICK_US];
}

// All of PostgreSQL: the postmaster, its children now and those that have ended.
export function postgresCpu() {
	const postmaster = readFileSync(join(process.env.BENCH_PGHOME, 'data', 'postmaster.pid'), 'utf8').split('\n')[0];
	let [sum, ended] = cpuOf(postmaster);
	for (const task of readdirSync(`/proc/${postmaster}/task`)) {
		for (const child of readFileSync(`/proc/${postmaster}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean)) {
			try { sum += cpuOf(child)[0]; } catch { /* ended just now: counted by the postmaster */ }
		}
	}
	return sum + ended;
}

// ---- servers

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

class Server {
	constructor(name, child, port, log) {
		Object.assign(this, { name, child, port, log, pid: child.pid, url: `http://127.0.0.1:${port}` });
		this.exited = once(child, 'exit').then(([code, signal]) => { running.delete(child); this.end = { code, signal }; });
	}

	async ready() {
		for (let tries = 0; tries < 600; tries++) {
			if (this.end) break;
			const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
			await answer?.arrayBuffer();
			if (answer?.status === 200) return this;
			await sleep(50);
		}
		throw new Error(`${this.name} does not get ready:\n${readFileSync(this.log, 'utf8').slice(-3000)}`);
	}

	cpu() {
		return cpuOf(this.pid)[0];
	}

	residentKb() {
		return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
	}

	async stop() {
		if (!this.end) this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
		await this.exited;
		clearTimeout(timer);
	}
}

const COMMANDS = {
	mashd: (port) => [resolve(root, build, 'mashd'), '--listen', `127.0.0.1:${port}`, '--log-level', 'warning', '--idle-deadline-ms', '600000'],
	fastify: () => [process.execPath, join(root, 'tests', 'bench', 'peer', 'server.mjs')],
};

export async function startServer(name, database, more = []) {
	const port = await freePort();
	const [command, ...args] = pinned(SERVER_CORE, [...COMMANDS[name](port), ...more]);
	const log = join(work, `${name}-${database}.log`);
	const fd = openSync(log, 'a');
	const child = spawn(command, args, { cwd: root, stdio: ['ignore', fd, fd], env: { ...process.env, DATABASE_URL: databaseUrl('mashd_app', database), PORT: String(port) } });
	closeSync(fd);
	running.add(child);
	return new Server(name, child, port, log).ready();
}

// ---- idle connections

// Opens `n` connections that ask once and stay: resident memory of the server in KB, then they are closed.
export async function memoryWithIdle(server, n, path, key) {
	const sockets = [];
	for (let i = 0; i < n; i++) {
		const socket = connect(server.port, '127.0.0.1');
		await once(socket, 'connect');
		socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n\r\n`);
		const [first] = await once(socket, 'data');
		if (!first.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`${server.name}: ${first.toString('utf8').slice(0, 500)}`);
		sockets.push(socket);
	}
	await sleep(1000);
	const open = sockets.filter((s) => !s.destroyed && !s.readableEnded).length;
	if (open !== n) throw new Error(`${server.name} closed ${n - open} of ${n} idle connections`);
	const kb = server.residentKb();
	for (const socket of sockets) socket.destroy();
	return kb;
}
