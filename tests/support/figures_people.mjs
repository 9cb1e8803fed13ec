// For the generated year (figures_year.mjs): what staff say about who the people on its referrals are, in the order of time and
// within the rules of lib/person: confirmed, in chains too, undone, confirmed again, rejected.
import { DAY, MINUTE, text } from './figures_story.mjs';
import { randomUuid7 } from './statements.mjs';

class People {
	constructor(random, world, stories) {
		Object.assign(this, { random, world, persons: [], waiting: [] });
		this.rows = stories.flatMap((s) => {
			const from = Date.parse(s.row.recorded_at);
			const adults = s.adult ? [{ s, subject: 'household', row: s.adult, from }] : [];
			return [...s.children.map((c) => ({ s, subject: 'child', row: c.row, from: Math.max(from, c.joined) })), ...adults];
		});
	}

	// Something that staff will do, some days after a moment and after the rows are there.
	plan(what, than, days, ...rows) {
		const at = Math.max(than, ...rows.filter((r) => r).map((r) => r.from)) + MINUTE * this.random.below(days * 1440);
		this.waiting.push({ at, what, rows });
	}

	carryOut() {
		while (this.waiting.length > 0) {
			const next = this.waiting.reduce((a, b) => (b.at < a.at ? b : a));
			this.waiting.splice(this.waiting.indexOf(next), 1);
			this[next.what](next.at, ...next.rows);
		}
	}

	link(at, r, status, more) {
		return r.s.change('person_link', at, {
			id: randomUuid7(), subject: r.subject, subject_id: r.row.id, status, person_id: null, other_referral_id: null, other_subject_id: null, undoes: null,
			decided_by: this.world.staff, decided_at: text(at), ...more,
		});
	}

	confirmOne(at, r, person, other) {
		r.row.person_id = person;
		r.confirmed = this.link(at, r, 'confirmed', { person_id: person, ...(other && { other_referral_id: other.s.id, other_subject_id: other.row.id }) });
		if (this.random.chance(0.35)) this.plan('undo', at, 60, r);
	}

	confirm(at, r, other) {
		const known = other?.row.person_id ?? null;
		const another = r.subject === 'child' && r.s.children.some((c) => c.row !== r.row && ((known !== null && c.row.person_id === known) || c.row === other?.row));
		if (r.row.person_id || another || r === other) return;
		const person = known ?? randomUuid7();
		if (known === null) {
			this.persons.push({ partnership_id: this.world.partnership, id: person, version: 1, created_by: this.world.staff, created_at: text(at), ended_at: null });
			if (other) this.confirmOne(at, other, person, r);
		}
		this.confirmOne(at, r, person, other);
	}

	undo(at, r) {
		const { id, person_id: person, other_referral_id: referral, other_subject_id: other } = r.confirmed;
		r.row.person_id = null;
		this.link(at, r, 'undone', { person_id: person, other_referral_id: referral, other_subject_id: other, undoes: id });
		if (!this.rows.some((x) => x.row.person_id === person)) this.persons.find((x) => x.id === person).ended_at = text(at);
		const again = this.random.chance(0.5) ? this.rows.find((x) => x.row.id === other) : this.rows.find((x) => x.row.person_id === person);
		if (again && this.random.chance(0.6)) this.plan('confirm', at, 60, r, again);
	}

	reject(at, r, other) {
		const person = other.row.person_id ?? null;
		if (person !== null && r.row.person_id === person) return;
		const ofRow = person === null || this.random.chance(0.4) ? { other_referral_id: other.s.id, other_subject_id: other.row.id } : {};
		this.link(at, r, 'rejected', { person_id: person, ...ofRow });
		if (this.random.chance(0.3)) this.plan('confirm', at, 60, r, other);
	}
}

// Adds the links to the stories; the persons.
export function recognise(random, world, stories) {
	const people = new People(random, world, stories);
	const { rows } = people;
	const child = () => random.pick(rows.filter((r) => r.subject === 'child'));
	const near = (r) => random.pick(rows.filter((x) => x.s !== r.s && Math.abs(x.from - r.from) < 200 * DAY)) ?? r;
	// Chains: each link names the one before.
	for (let i = 0; i < stories.length / 3; i++) {
		for (let n = random.pick([1, 1, 2, 3]), last = child(); n > 0; n--) {
			const next = near(last);
			people.plan('confirm', 0, 60, next, last);
			last = next;
		}
	}
	// One NHS number that nobody else has, of two children, as staff say in several ways.
	for (let i = 0; i < stories.length / 2; i++) {
		const r = child();
		const other = near(r);
		if (r.subject !== other.subject || r.s === other.s) continue;
		r.row.nhs_number = other.row.nhs_number = String(9995000000 + i);
		const way = random.pick(['rejected', 'not that person', 'not that person', 'two persons']);
		if (way === 'rejected') people.plan('reject', 0, 90, ...(random.chance(0.5) ? [r, other] : [other, r]));
		if (way === 'not that person') people.plan('confirm', 0, 5, other, near(other));
		if (way === 'not that person') people.plan('reject', other.from + 10 * DAY, 90, r, other);
		if (way === 'two persons') for (const each of [r, other]) people.plan('confirm', 0, 60, each, random.chance(0.5) ? near(each) : null);
	}
	people.carryOut();
	return people.persons;
}
