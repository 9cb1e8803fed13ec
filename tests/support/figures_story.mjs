// What the generated year of the figures (figures_year.mjs) is written with: a seeded generator, and one referral under way.
import { randomUuid7 } from './statements.mjs';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function generator(seed) {
	let a = seed;
	const next = () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	const below = (n) => Math.floor(next() * n);
	const pick = (list) => list[below(list.length)];
	return { next, below, pick, chance: (p) => next() < p, some: (list) => list.filter(() => next() < 0.6), delay: () => pick([0, 0, 0, 20 * MINUTE, 3 * HOUR, 2 * DAY, 6 * DAY]) };
}

export const text = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toISOString());

// One referral under way: rows by table, and the changes that get their versions by the order in which they were recorded.
export class Story {
	constructor(random, world, receivedAt) {
		Object.assign(this, { random, world, receivedAt, tables: {}, changes: [], id: randomUuid7() });
	}

	add(table, row) {
		const whole = { partnership_id: this.world.partnership, referral_id: this.id, ...row };
		(this.tables[table] ??= []).push(whole);
		return whole;
	}

	// A row that is a change of the referral: `at` is when it was recorded.
	change(table, at, row) {
		const added = this.add(table, row);
		this.changes.push({ at, added });
		return added;
	}

	event(at, type, data, followUp = null) {
		return this.change('event', at, { id: randomUuid7(), recorded_at: text(at), type, occurred_at: text(at), actor_kind: 'system', follow_up_id: followUp, data });
	}

	// A moment after another one, within days.
	later(than, days = 5) {
		return than + MINUTE * this.random.below(days * 1440);
	}

	// Nothing more will change.
	number() {
		this.changes.sort((a, b) => a.at - b.at);
		this.changes.forEach(({ added }, i) => { added.version = i + 2; });
		this.row.version = this.changes.length + 1;
	}
}
