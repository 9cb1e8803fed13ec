// Working time by counting minutes: the oracle for the SQL clocks, written from the rules' words alone (DOMAIN: clocks). It
// knows time zones from the JavaScript engine's own data. Instants are seconds since 1970 UTC.
const MINUTE = 60;
const HOUR = 3600;
const DAY_MINUTES = 1440;

// How far a zone's local clocks are from UTC.
class Zone {
	constructor(name) {
		this.format = new Intl.DateTimeFormat('en-GB', { timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' });
		this.offsets = new Map();
	}

	// Minutes that the clocks are ahead of UTC in the hour that begins then.
	ask(second) {
		const part = Object.fromEntries(this.format.formatToParts(second * 1000).map(({ type, value }) => [type, Number(value)]));
		return (Date.UTC(part.year, part.month - 1, part.day, part.hour) / 1000 - second) / MINUTE;
	}

	offset(second) {
		const hour = Math.floor(second / HOUR) * HOUR;
		if (!this.offsets.has(hour)) this.offsets.set(hour, this.ask(hour));
		return this.offsets.get(hour);
	}

	// The instant of a local clock time, given in seconds as if there were no zone. What a change of the clocks skips or
	// repeats is winter time: the lesser offset of the two around it.
	atLocal(local) {
		const near = [-DAY_MINUTES * MINUTE, DAY_MINUTES * MINUTE].map((by) => this.offset(local + by) * MINUTE);
		const [winter, summer] = [Math.min(...near), Math.max(...near)];
		const fits = (by) => this.offset(local - by) * MINUTE === by;
		return !fits(winter) && fits(summer) ? local - summer : local - winter;
	}
}

const london = new Zone('Europe/London');
export const offset = (second) => london.offset(second);
export const atLocal = (local) => london.atLocal(local);

const dayNumber = (text) => Date.parse(`${text}T00:00Z`) / 86_400_000;
const minuteOfDay = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

export class WorkingTime {
	// `week`: [weekday 1–7, opens, closes]; `days`: { '2022-06-03': [] or [[opens, closes]] }, which replace the week's hours.
	constructor({ from, until, week, days, zone = 'Europe/London' }) {
		this.zone = new Zone(zone);
		const first = dayNumber(from);
		const last = dayNumber(until);
		this.firstDay = first;
		this.begin = first * 86_400 - 14 * HOUR;
		const minutes = (last - first + 3) * DAY_MINUTES;
		this.works = new Uint8Array(minutes);
		for (let m = 0; m < minutes; m++) {
			const second = this.begin + m * MINUTE;
			const local = second / MINUTE + this.zone.offset(second);
			const day = Math.floor(local / DAY_MINUTES);
			if (day < first || day > last) continue;
			const name = new Date(day * 86_400_000).toISOString().slice(0, 10);
			const weekday = (day + 3) % 7 + 1; // 1970-01-01 was a Thursday
			const hours = days[name] ?? week.filter(([of]) => of === weekday).map(([, opens, closes]) => [opens, closes]);
			const clock = local - day * DAY_MINUTES;
			this.works[m] = hours.some(([opens, closes]) => minuteOfDay(opens) <= clock && clock < minuteOfDay(closes)) ? 1 : 0;
		}
	}

	at(index) { return this.begin + index * MINUTE; }
	index(second) { return Math.floor((second - this.begin) / MINUTE); }
	localDay(index) { return Math.floor((this.at(index) / MINUTE + this.zone.offset(this.at(index))) / DAY_MINUTES); }

	// What was worked before the first local day is not known: nothing can be counted from then.
	isBefore(second) { return this.localDay(this.index(second)) < this.firstDay; }

	// The first instant from `second` on that is working time; null past the end.
	opening(second) {
		let i = this.index(second);
		if (this.works[i]) return second;
		while (i < this.works.length && !this.works[i]) i++;
		return i < this.works.length ? this.at(i) : null;
	}

	// The earliest instant at which so many working minutes have passed.
	afterMinutes(start, amount) { return this.afterWorked(start, amount * MINUTE); }

	// The same in whole seconds: of a fraction of a minute a rounding would be left over past a closing.
	afterWorked(start, seconds) {
		if (this.isBefore(start)) return null;
		let missing = seconds;
		for (let i = this.index(start); i < this.works.length; i++) {
			if (!this.works[i]) continue;
			const from = Math.max(start, this.at(i));
			const here = this.at(i + 1) - from;
			if (here >= missing) return from + missing;
			missing -= here;
		}
		return null;
	}

	// Same local clock time on the n-th following working day, no later than its closing; a start outside hours counts from
	// the next opening.
	afterDays(start, amount) {
		const begin = this.opening(start);
		if (begin === null || this.isBefore(start)) return null;
		const firstDay = this.localDay(this.index(begin));
		let seen = 0;
		let day = firstDay;
		let closing = null;
		for (let i = this.index(begin); i < this.works.length; i++) {
			if (!this.works[i]) continue;
			const here = this.localDay(i);
			if (here !== day) {
				if (seen === amount) break;
				day = here;
				seen++;
			}
			if (seen === amount) closing = this.at(i + 1);
		}
		if (closing === null || seen < amount) return null;
		const clock = begin / MINUTE + this.zone.offset(begin) - firstDay * DAY_MINUTES;
		return Math.min(this.zone.atLocal((day * DAY_MINUTES + clock) * MINUTE), closing);
	}

	// The closing of the n-th following working day; 0 is that of the day itself, or of the next opening's.
	dayEnds(start, amount) {
		const begin = this.opening(start);
		if (begin === null || this.isBefore(start)) return null;
		let seen = 0;
		let closing = null;
		for (let i = this.index(begin), day = this.localDay(i); i < this.works.length; i++) {
			if (!this.works[i]) continue;
			if (this.localDay(i) !== day && seen++ === amount) break;
			day = this.localDay(i);
			if (seen === amount) closing = this.at(i + 1);
		}
		return closing;
	}

	// Same local day and clock time of another month, or that month's last day.
	afterMonths(start, amount) {
		const local = new Date((start + this.zone.offset(start) * MINUTE) * 1000);
		const lastDay = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + amount + 1, 0));
		const day = Math.min(local.getUTCDate(), lastDay.getUTCDate());
		return this.zone.atLocal(Date.UTC(lastDay.getUTCFullYear(), lastDay.getUTCMonth(), day) / 1000 + (local / 1000) % 86_400);
	}

	due(start, unit, amount) {
		switch (unit) {
			case 'elapsed_minutes': return start + amount * MINUTE;
			case 'working_minutes': return this.afterMinutes(start, amount);
			case 'working_days': return this.afterDays(start, amount);
			case 'working_day_ends': return this.dayEnds(start, amount);
			case 'calendar_months': return this.afterMonths(start, amount);
			default: throw new Error(unit);
		}
	}

	// Working minutes from one instant to a later one; null past the last closing.
	between(from, to) {
		if (this.opening(to) === null) return null;
		let seconds = 0;
		for (let i = this.index(from); this.at(i) < to; i++) {
			if (this.works[i]) seconds += Math.min(to, this.at(i + 1)) - Math.max(from, this.at(i));
		}
		return seconds / MINUTE;
	}
}
