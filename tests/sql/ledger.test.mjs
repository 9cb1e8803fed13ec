// The clocks over random histories, against an oracle that counts minute by minute (tests/support/ledger_oracle.mjs): pauses,
// re-ratings, other policies, warnings, ladders, ends, with sweeps in between or not; over calendars with breaks, half days,
// nights, one-off holidays and both changes of the clocks. Every timing's due instant must be the oracle's, every level that was
// reached have its flag, and the events alone must give the row. The statements are the daemon's own, sent history by history.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { mashctl } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { FollowUpOracle, LedgerClock, least } from '../support/ledger_oracle.mjs';
import { randomUuid7, runStatement, statementText } from '../support/statements.mjs';

const HISTORIES = Number(process.env.LEDGER_HISTORIES ?? 500); // of each calendar
// The same histories each time, of a seed that found a fault once; LEDGER_SEED=… plays others.
const SEED = Number(process.env.LEDGER_SEED ?? 456_415);
const TIMINGS = Number(process.env.LEDGER_TIMINGS ?? 3000); // of each calendar, asked at once
const EXPLAINED = 4; // one in so many is explained, too
const [FROM, UNTIL] = ['2022-03-01', '2023-06-30'];
const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../api/calendars/england-and-wales.json'), 'utf8'));
const holidays = Object.fromEntries(shipped.days.map(({ date }) => [date, []]));
const weekdays = (...stretches) => [1, 2, 3, 4, 5].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));
const everyDay = (...stretches) => [1, 2, 3, 4, 5, 6, 7].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));

const calendars = {
	office: { week: weekdays(['09:00', '17:00']), days: holidays },
	breaks: {
		week: [...weekdays(['08:30', '12:30'], ['13:15', '17:20']), [6, '09:00', '12:00']],
		days: { ...holidays, '2022-12-23': [['09:00', '13:00']], '2022-10-30': [['08:00', '12:00']], '2022-08-17': [], '2023-05-08': [['10:00', '12:00']] },
	},
	nights: { week: everyDay(['00:00', '06:00'], ['22:00', '24:00']), days: { '2022-09-19': [], '2022-12-24': [['18:00', '24:00']] } },
	always: { week: everyDay(['00:00', '24:00']), days: {} },
};

let db;
before(async () => {
	db = await createDatabase('ledger');
	for (const [name, calendar] of Object.entries(calendars)) {
		calendar.partnership = (await mashctl(db, 'partnership', 'add', '--name', name)).stdout.trim();
		calendar.staff = (await mashctl(db, 'staff', 'add', '--partnership', calendar.partnership, '--name', 'S. Staff', '--role', 'manager')).stdout.trim();
		calendar.id = randomUUID();
		calendar.clock = new LedgerClock({ from: FROM, until: UNTIL, ...calendar });
		await db.session(async (client) => {
			await client.query('UPDATE calendar SET is_default = false');
			await client.query(`INSERT INTO calendar VALUES ($1, $2, 'Ours', 'Europe/London', true, $3, $4)`, [calendar.partnership, calendar.id, FROM, UNTIL]);
			for (const [day, opens, closes] of calendar.week) await client.query('INSERT INTO calendar_hours VALUES ($1, $2, $3, $4, $5)', [calendar.partnership, calendar.id, day, opens, closes]);
			for (const [day, [hours]] of Object.entries(calendar.days)) {
				await client.query('INSERT INTO calendar_day VALUES ($1, $2, $3, $4, $5)',
					[calendar.partnership, calendar.id, day, 'Another day', hours ? 'other_hours' : 'bank_holiday']);
				if (hours) await client.query('INSERT INTO calendar_day_hours VALUES ($1, $2, $3, $4, $5)', [calendar.partnership, calendar.id, day, ...hours]);
			}
			await runStatement(client, 'calendar/fill_working_intervals', [calendar.partnership, calendar.id]);
		}, { as: 'app', partnership: calendar.partnership });
	}
});
after(() => db?.drop());

const iso = (second) => (second === null || second === undefined || second === Infinity ? null : new Date(second * 1000).toISOString());
const seconds = (text) => Date.parse(text) / 1000;

// ---- chance

function chance(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	const below = (n) => Math.floor(next() * n);
	return { below, between: (low, high) => low + below(high - low + 1), of: (list) => list[below(list.length)], is: (probability) => next() < probability };
}

// ---- policies: what a rule gives under each rating

const length = (unit, amount) => ({ unit, amount });
const rung = (unit, amount, role, always) => ({ unit, amount, role, ...(always && { out_of_hours: true }) });
const policies = [
	{ name: 'england', rows: { red: length('elapsed_minutes', 240), amber: length('working_days', 1), green: length('working_days', 1) },
		latest: { red: length('elapsed_minutes', 240), amber: length('working_days', 1), green: length('working_days', 3) }, after: length('working_minutes', 120),
		signals: { warn_before: length('working_minutes', 60), escalate: [rung('working_minutes', 60, 'manager'), rung('working_days', 1, 'admin')] }, max: length('working_days', 1) },
	{ name: 'minutes', rows: { red: length('elapsed_minutes', 60), amber: length('working_minutes', 120), green: length('working_minutes', 1500) },
		signals: { warn_before: length('elapsed_minutes', 45), escalate: [rung('elapsed_minutes', 30, 'manager'), rung('elapsed_minutes', 600, 'duty', true), rung('working_minutes', 90, 'admin')] }, max: length('elapsed_minutes', 2000) },
	{ name: 'days', rows: { red: length('working_day_ends', 0), amber: length('working_days', 2), green: length('working_day_ends', 3) },
		signals: { warn_before: length('working_days', 1), escalate: [rung('working_day_ends', 0, 'practitioner')] }, max: length('working_minutes', 700) },
	{ name: 'months', rows: { red: length('elapsed_minutes', 1440), amber: length('calendar_months', 1), green: length('working_days', 8) },
		latest: { red: length('elapsed_minutes', 2000), amber: length('calendar_months', 1), green: length('working_days', 7) }, after: length('elapsed_minutes', 300),
		signals: { warn_before: length('working_day_ends', 2), escalate: [rung('calendar_months', 1, 'admin'), rung('working_minutes', 1, 'manager')] }, max: length('working_days', 5) },
	{ name: 'plain', rows: { red: length('elapsed_minutes', 90), amber: length('working_minutes', 480), green: length('elapsed_minutes', 4000) }, signals: null, max: length('working_day_ends', 2) },
	{ name: 'months_before', rows: { red: length('elapsed_minutes', 60), amber: length('calendar_months', 2), green: length('working_minutes', 3000) },
		signals: { warn_before: length('calendar_months', 1) }, max: length('calendar_months', 1) },
];
const ruleOf = (policy, rating) => ({ policy: policy.name, text: `${policy.name}/${rating}`, ...policy.rows[rating], signals: policy.signals,
	latest: policy.latest ? { text: `bound/${rating}`, ...policy.latest[rating] } : null, after: policy.after ? { text: 'found', ...policy.after } : null });

// ---- the system: what lib/followup sends, as a script of prepared statements

const STATEMENTS = { open: 'followup/open', lock: 'followup/lock_id', sweep: 'followup/sweep', retime: 'followup/retime', pause_facts: 'followup/pause_facts',
	pause: 'followup/pause', resume: 'followup/resume', finish: 'followup/end', explain: 'followup/explain', stretches: 'followup/explain_stretches' };
const literal = (value) => (value === null || value === undefined ? 'NULL' : `'${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll(`'`, `''`)}'`);
const call = (name, ...values) => `EXECUTE ${name}(${values.map(literal).join(', ')})`;
const boundOf = ({ latest, after: found }) => [latest?.text, latest?.unit, latest?.amount, found?.text, found?.unit, found?.amount];

class History {
	constructor(calendar, random, number) {
		Object.assign(this, { calendar, random, number, referral: randomUuid7(), id: randomUuid7(), script: [], steps: [], asked: [], looks: [] });
		const near = random.of(['2022-03-27T01:00Z', '2022-10-30T01:00Z', '2023-03-26T01:00Z', '2022-06-03T09:00Z', '2022-09-19T09:00Z', '2023-05-08T09:00Z', '2022-12-23T13:00Z', '2023-06-28T15:00Z']);
		const anywhere = seconds(`${FROM}T12:00Z`) + random.below(480 * 86_400);
		this.received = random.is(0.6) ? seconds(near) + random.between(-3 * 86_400, 3600) : anywhere;
		if (random.is(0.5)) this.received -= this.received % 60;
		this.rating = random.of(['amber', 'green', 'green', 'red']);
		this.policy = random.of(policies);
	}

	get partnership() { return this.calendar.partnership; }
	// One timeline's identifiers are in order.
	uuid() { return `${(this.last = (this.last ?? 0) + 1).toString(16).padStart(8, '0')}-0000-7000-${randomUUID().slice(19)}`; }

	at(now) {
		if (now !== this.now) this.script.push(`SET LOCAL mashd.now = '${iso(now)}'`);
		this.now = now;
	}

	// As followup_lock() in lib/followup/store.c: what time has done comes first. Whether there is any such thing is compared.
	look(now) {
		const isBehind = this.oracle.isBehind(now);
		this.looks.push({ place: this.script.length, isBehind });
		this.send('lock', this.partnership, this.id);
		if (isBehind) this.send('sweep', this.partnership, `{${this.id}}`, this.uuid(), null);
		this.oracle.look(now);
	}
	send(name, ...values) { this.script.push(call(name, ...values)); }

	say(now, what) { this.steps.push(`${iso(now)} ${what}`); }

	open() {
		const { random } = this;
		const now = this.received + (random.is(0.3) ? 0 : random.below(random.is(0.2) ? 6 * 86_400 : 7200));
		const started = random.is(0.3) ? this.received + random.below(now - this.received + 1) : now;
		const rule = ruleOf(this.policy, this.rating);
		this.oracle = new FollowUpOracle(this.calendar.clock, { received: this.received, started, now, rule });
		this.say(now, `received ${iso(this.received)}, opens by ${rule.text} from ${iso(started)}`);
		this.at(now);
		this.script.push(`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
			VALUES ('${this.partnership}', '${this.referral}', '${this.referral}', 'api', 'request_for_service', '6', '${iso(this.received)}', '${iso(this.received)}', 'amber', '{}')`);
		this.send('open', this.partnership, this.calendar.id, this.referral, 1, 'discuss', rule.policy, 'local', iso(started), rule.text, rule.unit, rule.amount,
			...boundOf(rule), 'system', null, null, this.id, this.uuid(), null, null, rule.signals);
		return now;
	}

	retime(now, reason) {
		const rule = ruleOf(this.policy, this.rating);
		const mayPause = this.rating !== 'red';
		this.say(now, `is re-timed by ${rule.text}`);
		this.look(now);
		const [latest_rule, latest_unit, latest_amount, after_rule, after_unit, after_amount] = boundOf(rule);
		const times = [{ id: this.id, policy: rule.policy, source: 'local', rule: rule.text, unit: rule.unit, amount: rule.amount, latest_rule, latest_unit, latest_amount,
			after_rule, after_unit, after_amount, signals: rule.signals, resumed_event: this.uuid(), retimed_event: this.uuid(), cleared_event: this.uuid() }];
		this.send('retime', this.partnership, this.calendar.id, this.referral, 1, times, 'system', null, null, reason, mayPause);
		this.oracle.retime(now, rule, mayPause);
	}

	pause(now) {
		const { random, oracle } = this;
		this.look(now);
		if (this.rating === 'red' || !oracle.mayBePaused(now)) return;
		const limit = oracle.pauseLimit(now, this.policy.max);
		this.asked.push({ place: this.script.length, limit, mayBe: limit !== null && limit > now });
		this.send('pause_facts', this.partnership, this.calendar.id, this.id, null, this.policy.max.unit, this.policy.max.amount);
		if (limit === null || limit <= now) return;
		const until = random.is(0.4) ? limit : now + Math.max(1, random.below(limit - now + 1));
		this.say(now, `is paused until ${iso(until)}`);
		this.send('pause', this.partnership, this.calendar.id, this.id, 1, 'reason', 'Words.', iso(until), this.calendar.staff, null, this.uuid(), this.uuid());
		oracle.pause(now, until);
	}

	resume(now) {
		this.look(now);
		if (!this.oracle.resume(now)) return;
		this.say(now, 'is resumed');
		this.send('resume', this.partnership, this.calendar.id, this.id, 1, 'asked', 'staff', this.calendar.staff, null, this.uuid(), null);
	}

	end(now) {
		const state = this.random.of(['met', 'met', 'met', 'waived', 'cancelled']);
		const metAt = this.random.is(0.5) ? now : Math.max(this.received, now - this.random.below(20_000));
		this.look(now);
		this.say(now, `is ${state}${state === 'met' ? ` at ${iso(metAt)}` : ''}`);
		this.send('finish', this.partnership, this.id, state, state === 'met' ? iso(metAt) : null, state === 'waived' ? 'because' : null, 1, 'system', null, null, this.uuid(), this.uuid());
		this.oracle.end(now, state, metAt);
	}

	sweep(now) {
		this.say(now, 'is swept');
		this.send('sweep', this.partnership, `{${this.id}}`, this.uuid(), null);
		this.oracle.sweep(now);
	}

	// Often to where something changes, or a second beside it.
	later(now) {
		const { random, oracle } = this;
		const marks = [oracle.due, oracle.warnAt, oracle.paused?.until, oracle.next === Infinity ? null : oracle.next].filter((at) => at !== null && at !== undefined && at >= now);
		if (marks.length > 0 && random.is(0.5)) return Math.max(now, random.of(marks) + random.of([-60, -1, 0, 0, 1, 1, 60, 7200]));
		return now + random.below(random.of([1, 600, 7200, 40_000, 40_000, 300_000]));
	}

	play() {
		const { random } = this;
		let now = this.open();
		for (let n = random.between(4, 18); n > 0; n--) {
			now = this.oracle.paused && random.is(0.4) ? now + random.below(this.oracle.paused.until - now) : this.later(now);
			this.at(now);
			const what = random.below(20);
			if (what < 2) this.sweep(now);
			else if (what < 10) (this.oracle.paused && random.is(0.7) ? this.resume(now) : this.pause(now));
			else if (what < 15) { this.rating = random.of(['red', 'amber', 'green']); this.retime(now, 'facts'); }
			else if (what < 19) { this.policy = random.of(policies); this.retime(now, 'policy'); }
			else if (random.is(0.3)) { this.end(now); break; }
		}
		now = this.later(now);
		this.at(now);
		if (this.oracle.state === 'open' && random.is(0.4)) this.end(now);
		this.sweep(now);
		this.places = { explain: this.script.length, stretches: this.script.length + 1 };
		if (this.number % EXPLAINED === 0) for (const name of ['explain', 'stretches']) this.send(name, this.partnership, this.id);
		return this;
	}

	text() { return `history ${this.number} of seed ${SEED}:\n  ${this.steps.join('\n  ')}`; }
}

// ---- what is stored, read for all histories at once, and compared

const text = (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const byFollowUp = (rows) => Map.groupBy(rows, (row) => row.id);

async function stored({ partnership }) {
	const read = (sql) => db.query(sql, [partnership]);
	const [followUps, flags, pauses, events] = await Promise.all([
		read(`SELECT id, state, timing, rule, unit, amount, ${text('counted_from')} AS counted_from, ${text('due_at')} AS due_at, due_problem, ${text('limit_at')} AS limit_at,
		        ${text('warn_at')} AS warn_at, ${text('warned_at')} AS warned_at, flag_level AS level, CASE WHEN next_flag_at < 'infinity' THEN ${text('next_flag_at')} END AS next_flag_at,
		        ${text('paused_until')} AS paused_until, pause_reason, ${text('met_at')} AS met_at, ${text('ended_at')} AS ended_at, ${text('timed_at')} AS timed_at FROM follow_up WHERE partnership_id = $1`),
		read(`SELECT follow_up_id AS id, timing, level, role, ${text('breached_at')} AS breached_at, ${text('raised_at')} AS raised_at, ${text('cleared_at')} AS cleared_at, cleared_by
		      FROM flag WHERE partnership_id = $1 ORDER BY timing, level`),
		read(`SELECT follow_up_id AS id, ${text('paused_at')} AS paused_at, ${text('until_at')} AS until_at, ${text('ended_at')} AS ended_at FROM follow_up_pause WHERE partnership_id = $1 ORDER BY paused_at, id`),
		read(`SELECT follow_up_id AS id, type, ${text('occurred_at')} AS occurred_at, ${text('recorded_at')} AS recorded_at, data FROM event WHERE partnership_id = $1 ORDER BY recorded_at, event.id`),
	]);
	return { followUps: byFollowUp(followUps), flags: byFollowUp(flags), pauses: byFollowUp(pauses), events: byFollowUp(events) };
}

// The state of a follow-up from its events alone.
function replay(events) {
	const state = { state: 'open', paused_until: null, dues: [] };
	const due = (event) => { if (event.data.timing !== state.timing) Object.assign(state, { level: 0, warned: false, timing: event.data.timing, due_at: event.data.due_at }, state.dues.push(event.data.due_at)); };
	const rule = ({ data }) => Object.assign(state, { rule: data.rule, unit: data.unit, amount: data.amount, counted_from: data.counted_from, limit_at: data.limit_at ?? null });
	const apply = {
		follow_up_opened: (event) => { due(event); rule(event); },
		follow_up_retimed: (event) => { due(event); rule(event); },
		follow_up_paused: (event) => { due(event); state.paused_until = event.data.paused_until; },
		follow_up_resumed: (event) => { due(event); state.paused_until = null; },
		follow_up_warned: () => { state.warned = true; },
		flag_raised: () => { state.level = 1; },
		flag_escalated: (event) => { assert.equal(event.data.level, state.level + 1); state.level = event.data.level; },
		flag_cleared: (event) => { assert.ok(event.data.level >= 1); },
	};
	for (const event of events) {
		if (apply[event.type]) apply[event.type](event);
		else Object.assign(state, { state: event.type.replace('follow_up_', ''), paused_until: null, ended: event.occurred_at });
	}
	return state;
}

const short = (instant) => instant?.replace('000Z', 'Z') ?? null; // events have six decimals

function compare(history, { followUps, flags, pauses, events }) {
	const { oracle } = history;
	const [row] = followUps.get(history.id);
	assert.deepEqual(
		{ state: row.state, timing: row.timing, rule: row.rule, unit: row.unit, amount: row.amount, from: row.counted_from, due: row.due_at, problem: row.due_problem, limit: row.limit_at, timed: row.timed_at },
		{ state: oracle.state, timing: oracle.timing, rule: oracle.text, unit: oracle.unit, amount: oracle.amount, from: iso(oracle.countedFrom), due: iso(oracle.due),
			problem: oracle.due === null ? 'calendar_ends' : null, limit: iso(oracle.limit), timed: iso(oracle.timed) }, 'the row');
	assert.deepEqual({ warn: row.warn_at, warned: row.warned_at, level: row.level, next: row.next_flag_at, until: row.paused_until, ended: row.ended_at, met: row.met_at },
		{ warn: iso(oracle.warnAt), warned: iso(oracle.warned), level: oracle.level, next: iso(oracle.next), until: iso(oracle.paused?.until), ended: iso(oracle.ended), met: iso(oracle.metAt) }, 'its signals');
	assert.deepEqual((flags.get(history.id) ?? []).map((g) => [g.timing, g.level, g.role, g.breached_at, g.raised_at, g.cleared_at, g.cleared_by]),
		oracle.flags.map((g) => [g.timing, g.level, g.role, iso(g.at), iso(g.raised), iso(g.cleared), g.clearedBy]), 'its flags');
	// Two that began at one moment, the first resumed at once, stand in no order.
	assert.deepEqual((pauses.get(history.id) ?? []).map((p) => [p.paused_at, p.until_at, p.ended_at].join()).toSorted(),
		oracle.pauses.map((p) => [iso(p.from), iso(p.until), iso(p.ended)].join()).toSorted(), 'its pauses');
	const told = events.get(history.id);
	const counts = Object.fromEntries([...Map.groupBy(told, (e) => e.type)].map(([type, list]) => [type, list.length]));
	assert.deepEqual(counts, oracle.events, 'its events');
	const again = replay(told);
	assert.deepEqual(again.dues.map(short), oracle.timings.map(iso), 'the due instant of each timing');
	assert.deepEqual(
		{ ...again, dues: undefined, due_at: short(again.due_at), limit_at: short(again.limit_at), counted_from: short(again.counted_from), paused_until: short(again.paused_until), ended: undefined },
		{ state: row.state, paused_until: row.paused_until, dues: undefined, level: row.level, warned: row.warned_at !== null, timing: row.timing, due_at: row.due_at, rule: row.rule, unit: row.unit,
			amount: row.amount, counted_from: row.counted_from, limit_at: row.limit_at, ended: undefined }, 'the row, from its events');
}

// Once a sweep has caught up, no timing that was past due lacks a flag; none has one too early; none stands without reason.
function keepInvariant(history) {
	const { oracle, now } = history;
	const standing = oracle.flags.filter((g) => g.cleared === null);
	assert.ok(standing.every((g) => oracle.state === 'open' && g.timing === oracle.timing));
	if (oracle.state === 'open' && oracle.due !== null && oracle.due < now) assert.ok(standing.some((g) => g.level === 1));
	assert.ok(oracle.flags.every((g) => g.at < g.raised));
	if (oracle.paused) assert.ok(oracle.due === null || oracle.due >= oracle.paused.until);
}

const AT_ONCE = 25; // histories of one message to the server

async function playSome(client, histories) {
	const script = [`BEGIN`, `SELECT set_config('mashd.partnership', '${histories[0].partnership}', true)`];
	for (const history of histories) {
		history.first = script.length;
		script.push(...history.script);
	}
	const results = await client.query([...script, 'COMMIT'].join(';\n'));
	for (const history of histories) {
		history.answers = history.asked.map(({ place }) => results[history.first + place].rows[0]);
		history.lags = history.looks.map(({ place }) => results[history.first + place].rows[0].is_behind ?? false);
		if (history.number % EXPLAINED === 0) history.explained = { head: results[history.first + history.places.explain].rows[0], stretches: results[history.first + history.places.stretches].rows };
	}
}

async function playAll(histories) {
	const client = new pg.Client({ connectionString: db.appUrl });
	await client.connect();
	try {
		// Plans as the daemon has them (lib/db/connect.c), after the first few.
		await client.query(`SET jit = off; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET synchronous_commit = off`);
		for (const [name, file] of Object.entries(STATEMENTS)) await client.query(`PREPARE ${name} AS ${statementText(file)}`);
		for (let i = 0; i < histories.length; i += AT_ONCE) await playSome(client, histories.slice(i, i + AT_ONCE));
	} finally {
		await client.end();
	}
}

// All of it was paused, by one pause or by several that follow each other without a gap.
function isPaused({ pauses }, from, to) {
	let until = from;
	for (let further = true; further && until < to;) {
		const ends = pauses.filter((p) => p.from <= until).map((p) => p.ended ?? p.until);
		further = Math.max(...ends) > until;
		until = Math.max(until, ...ends);
	}
	return until >= to;
}

// The stretches follow each other from where it is counted to where the count ends, each is rightly counted or skipped, and
// together they are what the rule gives.
function checkExplanation({ oracle, calendar, explained: { head, stretches } }) {
	const { clock } = calendar;
	const second = (date) => date.getTime() / 1000;
	const base = clock.due(oracle.countedFrom, oracle.unit, oracle.amount);
	const elapsed = oracle.unit === 'elapsed_minutes' || oracle.unit === 'calendar_months';
	assert.equal(head.recounted_at?.toISOString() ?? null, iso(oracle.due), 'recounted');
	if (head.counted_to === null || oracle.due === null) return;
	assert.deepEqual([second(stretches[0]?.from ?? head.counted_to), second(stretches.at(-1)?.to ?? head.counted_from)], [second(head.counted_from), second(head.counted_to)]);
	stretches.slice(1).forEach((stretch, i) => assert.equal(second(stretch.from), second(stretches[i].to), 'no gap'));
	const counted = stretches.filter((s) => s.counted).reduce((sum, s) => sum + second(s.to) - second(s.from), 0);
	assert.equal(counted, elapsed ? base - oracle.countedFrom : clock.worked(oracle.countedFrom, base), 'what was counted');
	if (oracle.unit.endsWith('_minutes')) assert.equal(counted, oracle.amount * 60);
	assert.ok(Math.abs(Number(head.minutes) * 60 - counted) < 0.01);
	for (const s of stretches) {
		const [from, to] = [second(s.from), second(s.to)];
		const day = new Date((clock.localDay(clock.index(from))) * 86_400_000);
		if (s.why === 'paused') assert.ok(isPaused(oracle, from, to), `${s.from.toISOString()} to ${s.to.toISOString()}`);
		else if (!elapsed) assert.equal(clock.worked(from, to), s.counted ? to - from : 0, `${s.from.toISOString()} ${s.why}`);
		if (s.why === 'weekend') assert.ok([0, 6].includes(day.getUTCDay()));
		if (s.why === 'bank_holiday') assert.deepEqual(calendar.days[day.toISOString().slice(0, 10)], []);
	}
}

function check(history, found) {
	try {
		keepInvariant(history);
		compare(history, found);
		assert.deepEqual(history.lags, history.looks.map(({ isBehind }) => isBehind), 'whether time had done something');
		if (history.explained) checkExplanation(history);
		history.asked.forEach(({ limit, mayBe }, i) => {
			const { latest_until: latest, may_be_paused: may, is_overdue: overdue } = history.answers[i];
			assert.deepEqual([latest?.toISOString() ?? null, may ?? false, overdue], [iso(limit), mayBe, false], 'how long it may be paused');
		});
	} catch (error) {
		error.message = `${error.message}\n${history.text()}`;
		throw error;
	}
}

// ---- single timings, many in one statement: rule, bound, up to two pauses, warning, ladder

const ASK = `SELECT q.n, y.due_at, b.limit_at, w.warn_at, l.levels
	FROM jsonb_to_recordset($3::jsonb) AS q (n integer, received timestamptz, started timestamptz, unit text, amount integer, latest_unit text, latest_amount integer,
		after_unit text, after_amount integer, from1 timestamptz, to1 timestamptz, from2 timestamptz, to2 timestamptz, signals jsonb, not_before timestamptz)
	CROSS JOIN LATERAL (SELECT d.* FROM bounded_due_instant($1, $2, q.started, q.unit, q.amount, q.received, q.latest_unit, q.latest_amount, q.after_unit, q.after_amount) AS d OFFSET 0) AS b
	CROSS JOIN LATERAL (SELECT CASE b.applies WHEN 'own' THEN q.unit WHEN 'latest' THEN q.latest_unit ELSE q.after_unit END AS unit OFFSET 0) AS u
	CROSS JOIN LATERAL (SELECT CASE WHEN q.from1 IS NULL THEN b.due_at ELSE (SELECT p.due_at FROM due_after_pause($1, $2, b.due_at, u.unit, q.from1, q.to1) AS p) END AS due_at OFFSET 0) AS x
	CROSS JOIN LATERAL (SELECT least(CASE WHEN q.from2 IS NULL THEN x.due_at ELSE (SELECT p.due_at FROM due_after_pause($1, $2, x.due_at, u.unit, q.from2, q.to2) AS p) END, b.limit_at) AS due_at
	                    OFFSET 0) AS y
	CROSS JOIN LATERAL warn_instant($1, $2, y.due_at, q.signals, q.not_before) AS w
	CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(f.level, mashd_instant_text(f.reached_at), f.role) ORDER BY f.level) AS levels
	                    FROM flag_levels($1, $2, y.due_at, q.signals) AS f) AS l
	ORDER BY q.n`;

function randomTiming({ clock }, random, n) {
	const { received, rating, policy } = new History({ clock }, random, n);
	const started = received + random.below(random.is(0.3) ? 5 * 86_400 : 7200);
	const rule = ruleOf(policy, rating);
	const oracle = new FollowUpOracle(clock, { received, started, now: started, rule });
	for (let from = started, left = random.below(3); left > 0; left--) {
		from += random.is(0.2) && oracle.due !== null && oracle.due > from ? oracle.due - from : random.below(3 * 86_400);
		const ended = from + random.below(random.is(0.5) ? 30_000 : 4 * 86_400);
		oracle.pauses.push({ from, ended });
		from = ended;
	}
	const due = least(oracle.afterPauses(oracle.base, oracle.unit, null), oracle.limit);
	const notBefore = started + random.below(86_400);
	const [one, two] = oracle.pauses;
	return {
		question: { n, received: iso(received), started: iso(started), unit: rule.unit, amount: rule.amount, latest_unit: rule.latest?.unit, latest_amount: rule.latest?.amount, after_unit: rule.after?.unit,
			after_amount: rule.after?.amount, from1: iso(one?.from), to1: iso(one?.ended), from2: iso(two?.from), to2: iso(two?.ended), signals: rule.signals, not_before: iso(notBefore) },
		answer: { due: iso(due), limit: iso(oracle.limit), warn: iso(clock.warning(due, rule.signals, notBefore)),
			levels: due === null ? null : clock.levels(due, rule.signals).map(({ level, at, role }) => [level, iso(at), role]) },
		counted: !two && oracle.unit === 'working_minutes' && one ? { by: iso(clock.countUnpaused(oracle.countedFrom, oracle.amount, [{ from: one.from, to: one.ended }])), due: iso(oracle.afterPauses(oracle.base, oracle.unit, null)) } : null,
	};
}

describe('random timings', { concurrency: true }, () => {
	for (const [index, [name, calendar]] of Object.entries(calendars).entries()) {
		test(`by the calendar "${name}"`, async () => {
			const random = chance(SEED + index * 104_729);
			const timings = Array.from({ length: TIMINGS }, (_, n) => randomTiming(calendar, random, n));
			const rows = await db.session(async (client) => {
				await client.query('SET LOCAL jit = off; SET LOCAL enable_seqscan = off');
				return (await client.query(ASK, [calendar.partnership, calendar.id, JSON.stringify(timings.map((t) => t.question))])).rows;
			}, { as: 'app', partnership: calendar.partnership });
			const instant = (stored) => (stored === null ? null : new Date(`${stored.replace(' ', 'T').replace('+00', 'Z')}`).toISOString());
			timings.forEach(({ question, answer, counted }, n) => {
				const { due_at: due, limit_at: limit, warn_at: warn, levels } = rows[n];
				const found = { due: instant(due), limit: instant(limit), warn: instant(warn), levels: due === null ? null : levels.map(([level, at, role]) => [level, short(at), role]) };
				assert.deepEqual(found, answer, `${JSON.stringify(question)} of seed ${SEED}`);
				if (counted) assert.equal(counted.by, counted.due, `counted outside the pause: ${JSON.stringify(question)}`);
			});
		});
	}
});

describe('random histories', { concurrency: true }, () => {
	let timings = 0;
	for (const [index, [name, calendar]] of Object.entries(calendars).entries()) {
		test(`by the calendar "${name}"`, async () => {
			const random = chance(SEED + index * 7919);
			const histories = Array.from({ length: HISTORIES }, (_, number) => new History(calendar, random, number).play());
			await playAll(histories);
			const found = await stored(calendar);
			for (const history of histories) check(history, found);
			timings += histories.reduce((sum, { oracle }) => sum + oracle.timing, 0);
		});
	}
	after(() => console.log(`${timings} timings, seed ${SEED}`));
});
