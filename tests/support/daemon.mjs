// Runs the test build's programs: the daemon on a free port with its log in a file, and mashctl.
import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const build = process.env.TEST_BUILD ?? join(import.meta.dirname, '..', '..', 'build');
const work = process.env.TEST_WORK ?? '/tmp';
const running = new Set();
let number = 0;

// A test file that dies takes its daemons with it.
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export const programPath = (name, flavour = 'test') => (flavour === 'test' ? join(build, 'test', name) : join(build, name));

class Daemon {
	constructor(child, logFile) {
		this.child = child;
		this.pid = child.pid;
		this.logFile = logFile;
		this.exited = new Promise((resolve) => {
			child.once('exit', (code, signal) => {
				running.delete(child);
				this.end = { code, signal };
				resolve(this.end);
			});
		});
	}

	stderr() {
		return readFileSync(this.logFile, 'utf8');
	}

	// The log's lines as objects; a line that isn't JSON comes as { text }.
	logs() {
		return this.stderr().split('\n').filter(Boolean).map((line) => {
			try { return JSON.parse(line); } catch { return { text: line }; }
		});
	}

	listens() {
		const told = this.port ?? this.logs().find((line) => line.event === 'listening')?.port;
		if (told === undefined) return false;
		this.port = Number(told);
		this.url = `http://127.0.0.1:${this.port}`;
		return true;
	}

	// Waits until it says where it listens, and GET path answers 200; fails as soon as the process ends.
	async ready(path = '/readyz', milliseconds = 60_000) {
		const deadline = Date.now() + milliseconds;
		for (;;) {
			if (this.end) throw new Error(`the daemon ended (${JSON.stringify(this.end)}):\n${this.stderr().slice(-4000)}`);
			const answer = this.listens() ? await fetch(this.url + path).catch(() => undefined) : undefined;
			const text = await answer?.text();
			if (answer?.status === 200) return this;
			if (Date.now() > deadline) throw new Error(`not ready after ${milliseconds} ms: ${answer?.status} ${text}\n${this.stderr().slice(-4000)}`);
			await sleep(20);
		}
	}

	kill(signal) {
		this.child.kill(signal);
		return this.exited;
	}

	// Stops as an operator does. A sanitizer's complaint, or any other unclean end, fails the test.
	async stop(milliseconds = 60_000) {
		if (!this.end) this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), milliseconds);
		const end = await this.exited;
		clearTimeout(timer);
		if (end.code !== 0) throw new Error(`the daemon ended with ${JSON.stringify(end)}:\n${this.stderr().slice(-6000)}`);
	}
}

// Starts mashd on `database`, on a port that the kernel gives it. `env` and `args` are added; `ready: null` doesn't wait;
// `flavour: 'release'` for measuring.
export async function startDaemon(database, { env = {}, args = [], ready = '/readyz', port = 0, flavour = 'test' } = {}) {
	const logFile = join(work, 'logs', `mashd-${process.pid}-${++number}.log`);
	const log = openSync(logFile, 'w');
	const child = spawn(programPath('mashd', flavour), ['--listen', `127.0.0.1:${port}`, ...args], {
		stdio: ['ignore', log, log],
		env: { ...process.env, DATABASE_URL: database.appUrl, ...env },
	});
	closeSync(log);
	running.add(child);
	await once(child, 'spawn');
	const daemon = new Daemon(child, logFile);
	return ready ? daemon.ready(ready) : daemon;
}

// Runs a program to its end: { code, signal, stdout, stderr }. `input` goes to its standard input.
export async function run(program, args, { env = {}, input = '' } = {}) {
	const child = spawn(program, args, { env: { ...process.env, ...env } });
	running.add(child);
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	const [code, signal] = await once(child, 'close');
	running.delete(child);
	return { code, signal, stdout, stderr };
}

// mashctl on `database`; throws unless it succeeds.
export async function mashctl(database, ...args) {
	const result = await tryMashctl(database, ...args);
	if (result.code !== 0) throw new Error(`mashctl ${args.join(' ')}: ${JSON.stringify(result, null, 1)}`);
	return result;
}

export const tryMashctl = (database, ...args) => run(programPath('mashctl'), args, { env: { DATABASE_URL: database.appUrl } });
