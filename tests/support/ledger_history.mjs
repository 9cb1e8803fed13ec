// Random histories of one follow-up: what happens to it, as a script of the daemon's own statements, and to the oracle beside it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { FollowUpOracle, LedgerClock } from './ledger_oracle.mjs';
import { randomUuid7 } from './statements.mjs';

const EXPLAINED = 4; // one in so many is explained, too
export const [FROM, UNTIL] = ['2022-03-01', '2023-06-30'];
const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../api/calendars/england-and-wales.json'), 'utf8'));
const holidays = Object.fromEntries(shipped.days.map(({ date }) => [date, []]));
const weekdays = (...stretches) => [1, 2, 3, 4, 5].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));
const everyDay = (...stretches) => [1, 2, 3, 4, 5, 6, 7].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));

export const calendars = {
	office: { week: weekdays(['09:00', '17:00']), days: holidays },
	breaks: {
		week: [...weekdays(['08:30', '12:30'], ['13:15', '17:20']), [6, '09:00', '12:00']],
		days: { ...holidays, '2022-12-23': [['09:00', '13:00']], '2022-10-30': [['08:00', '12:00']], '2022-08-17': [], '2023-05-08': [['10:00', '12:00']] },
	},
	nights: { week: everyDay(['00:00', '06:00'], ['22:00', '24:00']), days: { '2022-09-19': [], '2022-12-24': [['18:00', '24:00']] } },
	always: { week: everyDay(['00:00', '24:00']), days: {} },
};

// What a hub may declare late, and take back: the same calendar with these days closed, or half of them.
const LATE = ['2022-03-28', '2022-06-06', '2022-09-20', '2022-10-31', '2022-12-28', '2023-03-27', '2023-05-09', '2023-06-29'];
const variants = { closed: [], half: [['09:00', '13:00']] };
export const calendarsOf = ({ week, days }) => [['as it is', days], ...Object.entries(variants).map(([name, hours]) => [name, { ...days, ...Object.fromEntries(LATE.map((day) => [day, hours])) }])]
	.map(([name, of]) => ({ name, week, days: of, id: randomUUID(), clock: new LedgerClock({ from: FROM, until: UNTIL, week, days: of }) }));

export const iso = (second) => (second === null || second === undefined || second === Infinity ? null : new Date(second * 1000).toISOString());
export const seconds = (text) => Date.parse(text) / 1000;

// ---- chance

export function chance(seed) {
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
export const ruleOf = (policy, rating) => ({ policy: policy.name, text: `${policy.name}/${rating}`, ...policy.rows[rating], signals: policy.signals,
	latest: policy.latest ? { text: `bound/${rating}`, ...policy.latest[rating] } : null, after: policy.after ? { text: 'found', ...policy.after } : null });

// ---- the system: what lib/followup sends, as a script of prepared statements

export const STATEMENTS = { open: 'followup/open', lock: 'followup/lock_id', sweep: 'followup/sweep', retime: 'followup/retime', pause_facts: 'followup/pause_facts',
	pause: 'followup/pause', resume: 'followup/resume', finish: 'followup/end', explain: 'followup/explain', stretches: 'followup/explain_stretches' };
const literal = (value) => (value === null || value === undefined ? 'NULL' : `'${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll(`'`, `''`)}'`);
const call = (name, ...values) => `EXECUTE ${name}(${values.map(literal).join(', ')})`;
const boundOf = ({ latest, after: found }) => [latest?.text, latest?.unit, latest?.amount, found?.text, found?.unit, found?.amount];

export class History {
	constructor(calendar, random, number) {
		Object.assign(this, { calendar, inForce: calendar.calendars[0], random, number, referral: randomUuid7(), id: randomUuid7(), script: [], steps: [], asked: [], looks: [] });
		const near = random.of(['2022-03-27T01:00Z', '2022-10-30T01:00Z', '2023-03-26T01:00Z', '2022-06-03T09:00Z', '2022-09-19T09:00Z', '2023-05-08T09:00Z', '2022-12-23T13:00Z', '2023-06-28T15:00Z']);
		const anywhere = seconds(`${FROM}T12:00Z`) + random.below(480 * 86_400);
		this.received = random.is(0.6) ? seconds(near) + random.between(-3 * 86_400, 3600) : anywhere;
		if (random.is(0.5)) this.received -= this.received % 60;
		this.rating = random.of(['amber', 'green', 'green', 'red']);
		this.policy = random.of(policies);
	}

	get isExplained() { return this.number % EXPLAINED === 0; }
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
		this.oracle = new FollowUpOracle(this.inForce.clock, { received: this.received, started, now, rule });
		this.say(now, `received ${iso(this.received)}, opens by ${rule.text} from ${iso(started)}`);
		this.at(now);
		this.script.push(`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
			VALUES ('${this.partnership}', '${this.referral}', '${this.referral}', 'api', 'request_for_service', '6', '${iso(this.received)}', '${iso(this.received)}', 'amber', '{}')`);
		this.send('open', this.partnership, this.inForce.id, this.referral, 1, 'discuss', rule.policy, 'local', iso(started), rule.text, rule.unit, rule.amount,
			...boundOf(rule), 'system', null, null, this.id, this.uuid(), null, null, rule.signals);
		return now;
	}

	// As if a day had been declared closed, or that had been taken back: the partnership goes by another calendar.
	goBy(calendar) {
		if (calendar === this.inForce) return;
		this.inForce = calendar;
		for (const [is, sign] of [[false, '<>'], [true, '=']]) this.script.push(`UPDATE calendar SET is_default = ${is} WHERE partnership_id = '${this.partnership}' AND id ${sign} '${calendar.id}' AND is_default <> ${is}`);
	}

	changeCalendar(now) {
		const [asItIs, ...declared] = this.calendar.calendars;
		this.goBy(this.inForce === asItIs ? this.random.of(declared) : asItIs);
		this.say(now, `goes by the calendar ${this.inForce.name}`);
		this.oracle.clock = this.inForce.clock;
		this.retime(now, 'calendar');
	}

	retime(now, reason) {
		const rule = ruleOf(this.policy, this.rating);
		const mayPause = this.rating !== 'red';
		this.say(now, `is re-timed by ${rule.text}`);
		this.look(now);
		const [latest_rule, latest_unit, latest_amount, after_rule, after_unit, after_amount] = boundOf(rule);
		const times = [{ id: this.id, policy: rule.policy, source: 'local', rule: rule.text, unit: rule.unit, amount: rule.amount, latest_rule, latest_unit, latest_amount,
			after_rule, after_unit, after_amount, signals: rule.signals, resumed_event: this.uuid(), retimed_event: this.uuid(), cleared_event: this.uuid() }];
		this.send('retime', this.partnership, this.inForce.id, this.referral, 1, times, 'system', null, null, reason, mayPause);
		this.oracle.retime(now, rule, mayPause);
	}

	pause(now) {
		const { random, oracle } = this;
		this.look(now);
		if (this.rating === 'red' || !oracle.mayBePaused(now)) return;
		const limit = oracle.pauseLimit(now, this.policy.max);
		this.asked.push({ place: this.script.length, limit, mayBe: limit !== null && limit > now });
		this.send('pause_facts', this.partnership, this.inForce.id, this.id, null, this.policy.max.unit, this.policy.max.amount);
		if (limit === null || limit <= now) return;
		const until = random.is(0.4) ? limit : now + Math.max(1, random.below(limit - now + 1));
		this.say(now, `is paused until ${iso(until)}`);
		this.send('pause', this.partnership, this.inForce.id, this.id, 1, 'reason', 'Words.', iso(until), this.calendar.staff, null, this.uuid(), this.uuid());
		oracle.pause(now, until);
	}

	resume(now) {
		this.look(now);
		if (!this.oracle.resume(now)) return;
		this.say(now, 'is resumed');
		this.send('resume', this.partnership, this.inForce.id, this.id, 1, 'asked', 'staff', this.calendar.staff, null, this.uuid(), null);
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
		const declares = random.is(0.35);
		for (let n = random.between(4, 18); n > 0; n--) {
			now = this.oracle.paused && random.is(0.4) ? now + random.below(this.oracle.paused.until - now) : this.later(now);
			this.at(now);
			const what = random.below(20);
			if (declares && random.is(0.25)) this.changeCalendar(now);
			else if (what < 2) this.sweep(now);
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
		if (this.isExplained) for (const name of ['explain', 'stretches']) this.send(name, this.partnership, this.id);
		this.explainedBy = this.inForce;
		this.goBy(this.calendar.calendars[0]); // for the next history
		return this;
	}

	text() { return this.steps.join('\n  '); }
}
