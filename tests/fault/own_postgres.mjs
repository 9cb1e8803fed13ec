// A PostgreSQL of a test's own, to be killed: one more run of scripts/postgres, in the tests' work folder.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../support/daemon.mjs';

const root = join(import.meta.dirname, '..', '..');
const script = join(root, 'scripts', 'postgres');

function children(pid) {
	return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((candidate) => {
		try {
			const stat = readFileSync(`/proc/${candidate}/stat`, 'utf8');
			return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
		} catch { return false; } // it has ended meanwhile
	});
}

function signal(pid, name) {
	try { process.kill(pid, name); } catch (error) { if (error.code !== 'ESRCH') throw error; }
}

// As ps shows it: R, S, D, T, Z (a zombie); 'none' where it has ended or the number went to another program.
function stateOf(pid) {
	try {
		return /^\d+ \(postgres\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 'none';
	} catch { return 'none'; }
}

class OwnPostgres {
	async call(action, ...args) {
		const { code, stdout, stderr } = await run(script, [action, this.folder, ...args]);
		if (code !== 0) throw new Error(`postgres ${action}: ${stdout}${stderr}`);
		return stdout.trim();
	}

	async make() {
		this.folder = join(process.env.TEST_WORK, `postgres-${randomBytes(4).toString('hex')}`);
		await this.call('start');
		this.home = await this.call('home');
		// After a crash PostgreSQL syncs every file of its folder, a thousand of them: on a busy disk that takes seconds each time.
		appendFileSync(join(this.home, 'data', 'postgresql.conf'), 'recovery_init_sync_method = syncfs\n');
		this.pidFile = join(this.home, 'data', 'postmaster.pid');
		const { code, stderr } = await run(join(root, 'scripts', 'migrate'), [], { env: { MIGRATE_DATABASE_URL: await this.call('url', 'owner') } });
		assert.equal(code, 0, stderr);
		process.env.TEST_ADMIN_URL = await this.call('url', 'admin', 'postgres'); // where tests/support makes its databases from now on
		return this;
	}

	// Kills the postmaster; its backends see that and end by themselves, or, with `all`, are killed before they can.
	kill({ all = false } = {}) {
		const postmaster = Number(readFileSync(this.pidFile, 'utf8').split('\n')[0]);
		signal(postmaster, 'SIGSTOP'); // it forks no more
		this.dying = [postmaster, ...children(postmaster)];
		for (const pid of all ? this.dying : [postmaster]) signal(pid, 'SIGKILL');
	}

	// Starts again once everything of the killed one has ended.
	async restart() {
		const deadline = Date.now() + 30_000;
		while (this.dying.some((pid) => 'RSDT'.includes(stateOf(pid)))) {
			if (Date.now() > deadline) throw new Error('the backends of the killed server do not end');
			await sleep(10);
		}
		// PostgreSQL takes a dead postmaster that nobody has waited for yet for a running one.
		for (const file of [this.pidFile, join(this.home, 'socket', '.s.PGSQL.5432.lock')]) rmSync(file, { force: true });
		await this.call('start');
	}

	async remove() {
		await this.call('stop');
		for (const folder of [this.home, this.folder]) if (folder) rmSync(folder, { recursive: true, force: true });
	}
}

export const startOwnPostgres = () => new OwnPostgres().make();
