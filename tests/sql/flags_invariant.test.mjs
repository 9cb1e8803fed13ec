// The flags' invariant over random histories: once a sweep has caught up, every timing that was past its due instant while
// its follow-up was open has exactly one flag, and that flag is cleared exactly when and how the follow-up ended or was
// re-timed. The statements of lib/followup run as the daemon runs them; a few lines of JavaScript say what must come out.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { createDatabase } from '../support/database.mjs';
import { mashctl } from '../support/daemon.mjs';
import { runStatement, sweepBatch } from '../support/statements.mjs';

const KINDS = ['acknowledge', 'triage', 'discuss'];
const START = Date.parse('2026-03-02T09:00:00Z');
const at = (minutes) => new Date(START + minutes * 60_000).toISOString();
const instant = (text) => (text === null ? null : Date.parse(text.replace(' ', 'T').replace(/\+00$/, 'Z')));

let db;
let partnership;
let calendar;
let app; // one connection for all histories
before(async () => {
	db = await createDatabase('flags');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Flags')).stdout.trim();
	[{ id: calendar }] = await db.query('SELECT id FROM calendar WHERE partnership_id = $1', [partnership]);
	app = new pg.Client({ connectionString: db.appUrl });
	await app.connect();
});
after(async () => {
	await app?.end();
	await db?.drop();
});

async function newReferral() {
	const id = randomUUID();
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
		 VALUES ($1, $2, $3, 'api', 'request_for_service', '6', $4, $4, 'amber', '{}')`, [partnership, id, id, at(0)]);
	return id;
}

async function next(now, work) {
	await app.query('BEGIN');
	await app.query(`SELECT set_config('mashd.partnership', $1, true), set_config('mashd.now', $2, true)`, [partnership, at(now)]);
	await work(app);
	await app.query('COMMIT');
}
// The same on a connection of its own.
const inside = (now, work) => db.session(work, { as: 'app', partnership, now: at(now) });
const actor = ['system', null, null];
const ids = (n) => Array.from({ length: n }, () => randomUUID());

// ---- the system: what lib/followup/store.c sends

const open = (client, referral, kind, amount) => runStatement(client, 'followup/open', [
	partnership, calendar, referral, 1, kind, 'test 1', 'local', null, `${kind}/${amount}`, 'elapsed_minutes', amount,
	null, null, null, null, null, null, ...actor, ...ids(2), null, null, null]);

async function locked(client, referral, kind, work) {
	const [row] = await runStatement(client, 'followup/lock_kind', [partnership, referral, kind]);
	if (row?.is_behind) await runStatement(client, 'followup/sweep', [partnership, [row.id], randomUUID(), null]);
	if (row) await work(row.id);
}
const end = (client, referral, kind, state, metAt) => locked(client, referral, kind, (id) => runStatement(client, 'followup/end', [
	partnership, id, state, metAt, state === 'waived' ? 'because' : null, 1, ...actor, ...ids(2)]));
const retime = (client, referral, kind, amount) => locked(client, referral, kind, (id) => {
	const [resumed_event, retimed_event, cleared_event] = ids(3);
	const times = [{ id, policy: 'test 1', source: 'local', rule: `${kind}/${amount}`, unit: 'elapsed_minutes', amount, resumed_event, retimed_event, cleared_event }];
	return runStatement(client, 'followup/retime', [partnership, calendar, referral, 1, JSON.stringify(times), ...actor, 'facts', true]);
});
const refresh = (client, referral) => runStatement(client, 'followup/refresh', [partnership, referral]);
const sweep = (client) => sweepBatch(client, partnership);

// ---- the oracle

class Oracle {
	constructor() {
		Object.assign(this, { followUps: [], flags: [] });
	}

	open(now, kind, amount) {
		if (!this.find(kind)) this.followUps.push({ kind, state: 'open', timing: 1, started: now, amount });
	}

	find(kind) {
		return this.followUps.find((f) => f.kind === kind && f.state === 'open');
	}

	flag(f) {
		return this.flags.find((g) => g.followUp === f && g.timing === f.timing);
	}

	// What no sweep was in time to raise is raised by whoever looks at the follow-up in order to change it.
	look(now, f) {
		const due = f.started + f.amount;
		if (due < now && !this.flag(f)) this.flags.push({ followUp: f, timing: f.timing, breached: due, raised: now });
	}

	settle(now, f, clearedBy) {
		this.look(now, f);
		const flag = this.flag(f);
		if (flag) Object.assign(flag, { cleared: now, clearedBy });
	}

	end(now, kind, state, metAt) {
		const f = this.find(kind);
		if (!f) return;
		const inTime = metAt <= f.started + f.amount;
		this.settle(now, f, state !== 'met' ? state : inTime ? 'met_in_time_logged_late' : 'met');
		Object.assign(f, { state, ended: now });
	}

	retime(now, kind, amount) {
		const f = this.find(kind);
		if (!f) return;
		this.look(now, f);
		if (f.amount === amount) return;
		this.settle(now, f, 'retimed');
		Object.assign(f, { amount, timing: f.timing + 1 });
	}

	sweep(now) {
		for (const f of this.followUps) if (f.state === 'open') this.look(now, f);
	}

	nextDue() {
		return this.followUps.filter((f) => f.state === 'open').reduce((least, f) => Math.min(least, f.started + f.amount), Infinity);
	}
}

// ---- histories

const kind = fc.constantFrom(...KINDS);
const amount = fc.constantFrom(0, 30, 60, 61, 240);
const step = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), minutes: fc.constantFrom(0, 1, 29, 30, 60, 200) }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('open'), kind, amount }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('retime'), kind, amount }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('meet'), kind, ago: fc.constantFrom(0, 1, 30, 90) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('waive'), kind }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), kind }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('sweep') }) },
);

async function play(steps) {
	const referral = await newReferral();
	const oracle = new Oracle();
	let now = 0;
	for (const s of steps) {
		if (s.do === 'wait') {
			now += s.minutes;
			continue;
		}
		await next(now, async (client) => {
			if (s.do === 'open') { await open(client, referral, s.kind, s.amount); oracle.open(now, s.kind, s.amount); }
			if (s.do === 'retime') { await retime(client, referral, s.kind, s.amount); oracle.retime(now, s.kind, s.amount); }
			if (s.do === 'meet') { await end(client, referral, s.kind, 'met', at(now - s.ago)); oracle.end(now, s.kind, 'met', now - s.ago); }
			if (s.do === 'waive') { await end(client, referral, s.kind, 'waived', null); oracle.end(now, s.kind, 'waived'); }
			if (s.do === 'cancel') { await end(client, referral, s.kind, 'cancelled', null); oracle.end(now, s.kind, 'cancelled'); }
			if (s.do === 'sweep') { await sweep(client); oracle.sweep(now); } else await refresh(client, referral);
		});
	}
	await next(now, sweep);
	oracle.sweep(now);
	return { referral, oracle };
}

async function stored(referral) {
	const flags = await db.query(
		`SELECT g.kind, g.timing, g.level, f.started_at, g.breached_at, g.raised_at, g.cleared_at, g.cleared_by
		 FROM flag g JOIN follow_up f ON f.partnership_id = g.partnership_id AND f.id = g.follow_up_id
		 WHERE g.partnership_id = $1 AND g.referral_id = $2`, [partnership, referral]);
	const followUps = await db.query(`SELECT kind, state, timing, started_at, due_at, ended_at FROM follow_up WHERE partnership_id = $1 AND referral_id = $2`, [partnership, referral]);
	const events = await db.query(`SELECT type, count(*)::int AS n FROM event WHERE partnership_id = $1 AND referral_id = $2 GROUP BY type`, [partnership, referral]);
	const [{ next }] = await db.query(`SELECT next_due_at AS next FROM referral WHERE partnership_id = $1 AND id = $2`, [partnership, referral]);
	return { flags, followUps, events: Object.fromEntries(events.map((e) => [e.type, e.n])), next };
}

const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();
const ms = (minutes) => (minutes === undefined ? null : START + minutes * 60_000);

test('random histories: each missed timing has exactly one flag, cleared as it ended', async () => {
	await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
		const { referral, oracle } = await play(steps);
		const found = await stored(referral);
		assert.deepEqual(
			sorted(found.flags.map((g) => [g.kind, instant(g.started_at), g.timing, g.level, instant(g.breached_at), instant(g.raised_at), instant(g.cleared_at), g.cleared_by])),
			sorted(oracle.flags.map((g) => [g.followUp.kind, ms(g.followUp.started), g.timing, 1, ms(g.breached), ms(g.raised), ms(g.cleared), g.clearedBy ?? null])));
		assert.deepEqual(
			sorted(found.followUps.map((f) => [f.kind, f.state, f.timing, instant(f.started_at), instant(f.due_at), instant(f.ended_at)])),
			sorted(oracle.followUps.map((f) => [f.kind, f.state, f.timing, ms(f.started), ms(f.started + f.amount), ms(f.ended)])));
		assert.equal(found.events.flag_raised ?? 0, oracle.flags.length);
		assert.equal(found.events.flag_cleared ?? 0, oracle.flags.filter((g) => g.cleared !== undefined).length);
		assert.equal(found.events.follow_up_retimed ?? 0, oracle.followUps.reduce((sum, f) => sum + f.timing - 1, 0));
		assert.equal(found.next === 'infinity' ? Infinity : instant(found.next), oracle.nextDue() === Infinity ? Infinity : ms(oracle.nextDue()));
	}), { numRuns: 150, seed: 6 });
});

// A transaction that began before the due instant waits for a sweep that began after it.
test('a flag raised while the end waited for its row is cleared all the same', async () => {
	const referral = await newReferral();
	await inside(0, (client) => open(client, referral, 'triage', 60));
	let release;
	let lockedNow;
	const isLocked = new Promise((resolve) => { lockedNow = resolve; });
	const sweeping = inside(61, async (client) => {
		await sweep(client);
		lockedNow();
		await new Promise((resolve) => { release = resolve; });
	});
	await isLocked;
	const ending = inside(59, (client) => end(client, referral, 'triage', 'met', null));
	await waitForLock();
	release();
	await Promise.all([sweeping, ending]);
	const { flags, followUps } = await stored(referral);
	assert.equal(flags.length, 1);
	assert.equal(flags[0].cleared_by, 'met');
	assert.equal(instant(flags[0].cleared_at), ms(61));
	assert.equal(instant(followUps[0].ended_at), ms(61));
});

async function waitForLock() {
	for (;;) {
		const [{ n }] = await db.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`, [db.name]);
		if (n > 0) return;
		await new Promise((resolve) => { setTimeout(resolve, 10); });
	}
}

test('nobody can delete a flag, an event or a follow-up', async () => {
	for (const table of ['flag', 'event', 'follow_up', 'submission', 'screening', 'contact_attempt'])
		await assert.rejects(inside(0, (client) => client.query(`DELETE FROM ${table}`)), /permission denied/);
});
