// What a follow-up's clock must show, whatever happens to it: the oracle for the ledger, written from the rules' words alone
// (DOMAIN: clocks; api/follow-ups.yaml: pause). It counts working minutes one by one. Instants are seconds since 1970 UTC,
// null is an instant that nobody can tell.
import { WorkingTime, atLocal, offset } from './working_time.mjs';

const MINUTE = 60;
const DAY = 86_400;
export const least = (...instants) => instants.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)));
const isElapsed = (unit) => unit === 'elapsed_minutes' || unit === 'calendar_months';

export class LedgerClock extends WorkingTime {
	constructor(calendar) {
		super(calendar);
		this.days = new Int32Array(this.works.length);
		for (let i = 0; i < this.days.length; i++) this.days[i] = super.localDay(i);
		this.lastClosing = this.at(this.works.lastIndexOf(1) + 1);
		this.memory = new Map();
	}

	localDay(index) { return this.days[index]; }

	due(start, unit, amount) {
		const key = `${start} ${unit} ${amount}`;
		if (!this.memory.has(key)) this.memory.set(key, super.due(start, unit, amount));
		return this.memory.get(key);
	}

	// Seconds of working time between two instants; null where one lies past the last closing.
	worked(from, to) {
		if (from > this.lastClosing || to > this.lastClosing) return null;
		let seconds = 0;
		for (let i = this.index(from); this.at(i) < to; i++) if (this.works[i]) seconds += Math.min(to, this.at(i + 1)) - Math.max(from, this.at(i));
		return seconds;
	}

	// The earliest instant from `start` on at which so many seconds have been worked.
	afterSeconds(start, seconds) {
		return seconds === 0 ? start : this.afterWorked(start, seconds);
	}

	// The latest instant that leaves so many seconds of working time before `end`; null before the calendar's beginning.
	latestBefore(end, seconds) {
		let missing = seconds;
		for (let i = this.index(end); i >= 0; i--) {
			if (!this.works[i]) continue;
			const to = Math.min(end, this.at(i + 1));
			if (to - this.at(i) >= missing) return to - missing;
			missing -= Math.max(0, to - this.at(i));
		}
		return null;
	}

	// The earliest one: a closing rather than the opening after it.
	earliestBefore(end, seconds) {
		const latest = this.latestBefore(end, seconds);
		if (latest === null) return null;
		let i = this.index(latest);
		if (latest > this.at(i) && this.works[i]) return latest;
		while (i > 0 && !this.works[i - 1]) i--;
		return this.at(i);
	}

	// So many working days before: same clock time within that day's hours; from outside hours, counted from the closing before.
	dayBefore(at, unit, amount) {
		if (unit === 'calendar_months') return this.afterMonths(at, -amount);
		if (at > this.lastClosing) return null;
		let i = this.index(at);
		if (this.at(i) === at) i--;
		while (i >= 0 && !this.works[i]) i--;
		if (i < 0) return null;
		const from = Math.min(at, this.at(i + 1));
		const clock = from + offset(from - 1) * MINUTE - this.days[i] * DAY;
		let day = this.days[i];
		for (let seen = 0; i >= 0 && seen <= amount; i--) {
			if (!this.works[i]) continue;
			if (this.days[i] !== day) { seen++; day = this.days[i]; }
			if (seen === amount) break;
		}
		if (i < 0) return null;
		const closing = this.at(i + 1);
		while (i > 0 && this.days[i - 1] === day) i--;
		while (!this.works[i]) i++;
		if (unit === 'working_day_ends') return closing;
		return Math.min(Math.max(atLocal(day * DAY + clock), this.at(i)), closing);
	}

	closedUntil(at) {
		return at > this.lastClosing ? null : this.opening(at);
	}

	// The due instant after a pause.
	afterPause(due, unit, from, to) {
		if (due === null || from > due) return due;
		if (isElapsed(unit)) return due + (to - from);
		const left = this.worked(from, due);
		const at = left === null || to > this.lastClosing ? null : this.afterSeconds(to, left);
		return at === null ? null : Math.max(at, due, to);
	}

	// The same by counting what was worked outside the pauses: for working minutes, which need no other rule.
	countUnpaused(start, amount, pauses) {
		let missing = amount * MINUTE;
		let from = start;
		for (const { from: begin, to } of pauses) {
			const reached = this.afterSeconds(from, missing);
			if (reached !== null && reached < begin) return reached;
			missing -= this.worked(from, begin);
			from = to;
		}
		return from > this.lastClosing ? null : this.afterSeconds(from, missing);
	}

	warning(due, signals, notBefore) {
		const warn = signals?.warn_before;
		if (!warn || due === null || due <= notBefore) return null;
		const { unit, amount } = warn;
		const exact = unit === 'elapsed_minutes' ? due - amount * MINUTE
			: unit === 'working_minutes' ? (due > this.lastClosing ? null : this.latestBefore(due, amount * MINUTE))
				: this.dayBefore(due, unit, amount);
		return Math.max(notBefore, exact ?? due - amount * (unit === 'working_minutes' ? MINUTE : DAY));
	}

	// [{ level, at, role }]
	levels(due, signals) {
		const levels = [{ level: 1, at: due, role: null }];
		for (const { unit, amount, role, out_of_hours: always } of signals?.escalate ?? []) {
			let at = this.due(due, unit, amount) ?? due + amount * (unit === 'working_minutes' ? MINUTE : DAY);
			if (!always) at = this.closedUntil(at) ?? at;
			levels.push({ level: levels.length + 1, at: Math.max(at, levels.at(-1).at), role });
		}
		return levels;
	}
}

export class FollowUpOracle {
	// `rule`: { text, unit, amount, latest, after, signals, policy }; latest and after: { text, unit, amount } or null.
	constructor(clock, { received, started, now, rule }) {
		Object.assign(this, { clock, received, started, state: 'open', timing: 1, rule: null, pauses: [], paused: null, flags: [], timings: [], events: {} });
		const time = this.timeOf(rule);
		Object.assign(this, time, { due: time.base });
		this.begin(now, now);
		this.count('follow_up_opened');
	}

	count(type) { this.events[type] = (this.events[type] ?? 0) + 1; }

	// What begins with each timing.
	begin(now, warnNotBefore) {
		Object.assign(this, { timed: now, warnAt: this.clock.warning(this.due, this.signals, warnNotBefore), warned: null, level: 0, next: Infinity });
		this.timings.push(this.due);
	}

	timeOf({ text, unit, amount, latest, after, signals, policy }) {
		const own = this.clock.due(this.started, unit, amount);
		const mine = { text, unit, amount, countedFrom: this.started, signals, policy, limit: null, base: own };
		if (!latest) return mine;
		const bound = this.clock.due(this.received, latest.unit, latest.amount);
		const found = bound !== null && bound <= this.started;
		const limit = found ? this.clock.due(this.started, after.unit, after.amount) : bound;
		if (limit === null || (own !== null && own <= limit)) return { ...mine, limit, base: least(own, limit) };
		return found
			? { ...mine, text: after.text, unit: after.unit, amount: after.amount, limit, base: limit }
			: { ...mine, text: `${text}, by ${latest.text}`, unit: latest.unit, amount: latest.amount, countedFrom: this.received, limit, base: limit };
	}

	// After the pauses that are over, and then one more.
	afterPauses(base, unit, more) {
		const all = [...this.pauses.filter((p) => p !== this.paused).map((p) => ({ from: p.from, to: p.ended })), ...(more ? [more] : [])];
		return all.reduce((due, { from, to }) => this.clock.afterPause(due, unit, from, to), base);
	}

	nextLook() {
		return Math.min(this.level === 0 ? this.due ?? Infinity : this.next, this.level === 0 && this.warned === null ? this.warnAt ?? Infinity : Infinity, this.paused?.until ?? Infinity);
	}

	// What time alone has done.
	sweep(now) {
		if (this.state !== 'open' || !(this.nextLook() < now)) return;
		const isLate = this.due !== null && this.due < now;
		if (this.level === 0 && this.warned === null && this.warnAt !== null && this.warnAt < now && this.due >= now) {
			this.warned = now;
			this.count('follow_up_warned');
		}
		if (this.paused && this.paused.until <= now) {
			this.paused.ended = this.paused.until;
			this.paused = null;
			this.count('follow_up_resumed');
		}
		if (!isLate) return;
		const above = this.clock.levels(this.due, this.signals).filter(({ level }) => level > this.level);
		for (const { level, at, role } of above.filter((l) => l.at < now)) {
			this.flags.push({ timing: this.timing, level, at, role, raised: now, cleared: null, clearedBy: null });
			this.level = level;
			this.count(level === 1 ? 'flag_raised' : 'flag_escalated');
		}
		this.next = Math.min(Infinity, ...above.filter((l) => l.at >= now).map((l) => l.at));
	}

	// Whoever changes it writes that down first, but for a warning, which nobody needs any more.
	isBehind(now) {
		return this.state === 'open' && this.nextLook() < now && ((this.due !== null && this.due < now) || (this.paused !== null && this.paused.until <= now));
	}

	look(now) {
		if (this.isBehind(now)) this.sweep(now);
	}

	clear(now, clearedBy) {
		for (const flag of this.flags.filter((g) => g.timing === this.timing && g.cleared === null)) {
			Object.assign(flag, { cleared: now, clearedBy });
			this.count('flag_cleared');
		}
	}

	retime(now, rule, mayPause) {
		this.look(now);
		const time = this.timeOf(rule);
		const running = this.paused;
		const waits = least(this.afterPauses(time.base, time.unit, running && { from: running.from, to: running.until }), time.limit);
		const stops = running !== null && (!mayPause || (waits !== null && waits < running.until));
		const due = stops ? least(this.afterPauses(time.base, time.unit, { from: running.from, to: Math.min(now, running.until) }), time.limit) : waits;
		const otherSignals = JSON.stringify(time.signals) !== JSON.stringify(this.signals) && (due === null || due >= now);
		if (due === this.due && time.text === this.text && !stops && !otherSignals) return;
		this.clear(now, 'retimed');
		if (stops) {
			running.ended = Math.min(now, running.until);
			this.paused = null;
			this.count('follow_up_resumed');
		}
		this.count('follow_up_retimed');
		Object.assign(this, time, { due, timing: this.timing + 1 });
		this.begin(now, Math.max(now, this.paused?.until ?? now));
	}

	mayBePaused(now) {
		return this.state === 'open' && this.paused === null && this.due !== null && this.due >= now;
	}

	// Until when it may be paused; null where it may not.
	pauseLimit(now, { unit, amount }) {
		let until = this.clock.due(now, unit, amount);
		const over = this.pauses.filter((p) => p.ended !== null);
		const used = over.reduce((sum, p) => sum + (isElapsed(unit) ? p.ended - p.from : this.clock.worked(p.from, p.ended)), 0);
		if (until !== null && used > 0) until = isElapsed(unit) ? until - used : this.clock.earliestBefore(until, used);
		return least(until, this.limit);
	}

	pause(now, until) {
		this.look(now);
		const pause = { from: now, until, ended: null };
		this.due = least(this.afterPauses(this.clock.due(this.countedFrom, this.unit, this.amount), this.unit, { from: now, to: until }), this.limit);
		this.pauses.push(pause);
		this.paused = pause;
		this.timing++;
		this.begin(now, until);
		this.count('follow_up_paused');
	}

	resume(now) {
		this.look(now);
		if (!this.paused) return false;
		const running = this.paused;
		this.due = least(this.afterPauses(this.clock.due(this.countedFrom, this.unit, this.amount), this.unit, { from: running.from, to: now }), this.limit);
		running.ended = now;
		this.paused = null;
		this.timing++;
		this.begin(now, now);
		this.count('follow_up_resumed');
		return true;
	}

	end(now, state, metAt) {
		this.look(now);
		this.clear(now, state !== 'met' ? state : this.due !== null && metAt <= this.due ? 'met_in_time_logged_late' : 'met');
		Object.assign(this, { state, ended: now, metAt: state === 'met' ? metAt : null, paused: null });
		this.count(`follow_up_${state}`);
	}
}
