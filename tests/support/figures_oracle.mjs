// The figures of DOMAIN section 7 once more, in plain JavaScript from the raw rows, written from the words of that section (and
// of the contract where it is more exact). Shares nothing with the SQL that it checks. Times are microseconds since 1970.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkingTime } from './working_time.mjs';

const TIMES = /^(.*_at|until_at)$/;
const TABLES = ['referral', 'referral_child', 'former_nhs_number', 'former_topics', 'submission', 'screening', 'clarification_topic', 'contact_attempt', 'discussion_confirmation', 'decision',
	'decision_child', 'sign_off', 'decision_discussion', 'feedback', 'follow_up', 'flag', 'closure', 'reopening', 'open_case', 'sampled_referral', 'sample_review', 'event', 'referral_link', 'person_link', 'agency'];

const us = (value) => {
	const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d+))?\+00(?::00)?$/.exec(value);
	return Date.parse(`${seconds.replace(' ', 'T')}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
};

// Every table that the figures are about, as it is, by referral.
export async function rawTables(database, partnership) {
	const raw = { partnership };
	for (const table of TABLES) {
		const rows = await database.query(`SELECT to_jsonb(t) AS row FROM ${table} AS t WHERE t.partnership_id = $1`, [partnership]);
		raw[table] = rows.map(({ row }) => Object.fromEntries(Object.entries(row).map(([name, value]) =>
			[name, TIMES.test(name) && typeof value === 'string' && value !== 'infinity' ? us(value.replace(/Z$/, '+00:00')) : value])));
	}
	raw.of = {};
	for (const table of TABLES) {
		raw.of[table] = new Map();
		for (const row of raw[table]) {
			const list = raw.of[table].get(row.referral_id) ?? [];
			list.push(row);
			raw.of[table].set(row.referral_id, list);
		}
	}
	raw.agencies = new Map(raw.agency.map((a) => [a.id, a.name]));
	raw.byId = new Map(raw.referral.map((r) => [r.id, r]));
	return raw;
}

// ---- working time: Monday to Friday, nine to five, without bank holidays

const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../api/calendars/england-and-wales.json'), 'utf8'));
const office = new WorkingTime({
	from: '2026-10-01', until: '2028-12-26', week: [1, 2, 3, 4, 5].map((day) => [day, '09:00', '17:00']), days: Object.fromEntries(shipped.days.map(({ date }) => [date, []])),
});
const memo = (work) => {
	const known = new Map();
	return (...args) => {
		const key = args.join();
		if (!known.has(key)) known.set(key, work(...args));
		return known.get(key);
	};
};
const oneWorkingDayAfter = memo((at) => office.due(at / 1e6, 'working_days', 1) * 1e6);
const workingMinutes = memo((from, to) => office.between(from / 1e6, to / 1e6));
const promptly = (occurred, recorded) => recorded <= oneWorkingDayAfter(occurred);
const yearsMonths = (at, months) => {
	const date = new Date(at / 1000);
	const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
	const day = Math.min(date.getUTCDate(), last);
	return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()) * 1000;
};

// ---- one referral as at an instant

const min = (list) => (list.length === 0 ? null : list.reduce((a, b) => Math.min(a, b)));
const max = (list) => (list.length === 0 ? null : list.reduce((a, b) => Math.max(a, b)));

class Known {
	constructor(raw, referral, at) {
		Object.assign(this, { raw, referral, at });
	}

	rows(table) { return this.raw.of[table].get(this.referral.id) ?? []; }
	by(table, column = 'recorded_at') { return this.rows(table).filter((x) => x[column] <= this.at); }

	// The first event after the instant that says what was before.
	before(wanted) {
		return this.rows('event').filter((e) => e.recorded_at > this.at && wanted(e)).sort((a, b) => a.version - b.version || a.recorded_at - b.recorded_at || (a.id < b.id ? -1 : 1))[0];
	}

	corrected(pointer, now) {
		const of = (e) => (e.data.changes ?? []).find((c) => c.pointer === pointer);
		const event = this.before((e) => e.type === 'corrected' && of(e));
		return event ? { value: of(event).before } : now;
	}

	get rating() { return this.before((e) => e.type === 'rating_changed')?.data.from ?? this.referral.rating; }
	get source() { return this.corrected('/source', { value: this.referral.source }).value; }

	get referrer() {
		const whole = this.corrected('/referrer', { value: this.referral.document.referrer }).value ?? {};
		return Object.fromEntries(['kind', 'name', 'identity_wish'].map((name) => [name, this.corrected(`/referrer/${name}`, { value: whole[name] }).value ?? null]));
	}

	get anonymous() {
		const { kind, name, identity_wish: wish } = this.referrer;
		if (kind === 'professional') return false;
		if (wish === 'anonymous') return true;
		return !name?.trim() && (this.source === '9' || (kind ? kind === 'public' : ['1A', '1B', '1C', '1D', '10'].includes(this.source)));
	}

	// The children, with the NHS number that each had, and who each is as staff had said; null: nobody in particular.
	get children() {
		return (this.kids ??= this.by('referral_child').map((c) => {
			const former = this.rows('former_nhs_number').filter((f) => f.child_id === c.id && f.until_at > this.at).sort((a, b) => a.until_at - b.until_at)[0];
			const said = this.by('person_link', 'decided_at').filter((l) => l.subject_id === c.id);
			const is = said.find((l) => l.status === 'confirmed' && !said.some((u) => u.undoes === l.id));
			return { id: c.id, number: former ? former.nhs_number : c.nhs_number, person: is ? is.person_id : null };
		}));
	}

	// Decisions that govern somebody: those that wait for a word govern nobody yet.
	get decisions() { return this.rows('decision').filter((d) => this.by('decision_child', 'in_effect_at').some((l) => l.decision_id === d.id)); }

	// The first final decision about a child.
	firstDecision(child) {
		const links = this.by('decision_child', 'in_effect_at').filter((l) => l.child_id === child.id && l.first_final);
		return this.rows('decision').find((d) => links.some((l) => l.decision_id === d.id)) ?? null;
	}

	// Judgements that count: "not needed" that names somebody does once they have agreed.
	get screenings() {
		const asked = (s) => this.rows('sign_off').filter((o) => o.subject_id === s.id);
		return this.by('screening').filter((s) => s.clarification_needed || asked(s).every((o) => o.state === 'agreed' && o.answered_at <= this.at));
	}

	get followUps() {
		const rank = (a, b) => a.started_at - b.started_at || a.recorded_at - b.recorded_at || (a.id < b.id ? -1 : 1);
		const all = this.by('follow_up').sort(rank);
		return all.map((f) => {
			const event = this.before((e) => e.follow_up_id === f.id && 'due_at_before' in e.data);
			const ended = f.ended_at !== null && f.ended_at <= this.at;
			const due = !event ? f.due_at : event.data.due_at_before === null ? null : Date.parse(event.data.due_at_before) * 1000;
			return {
				id: f.id, kind: f.kind, first: all.find((x) => x.kind === f.kind) === f, state: ended ? f.state : 'open', due, met: ended ? f.met_at : null, ended: ended ? f.ended_at : null,
				flags: this.rows('flag').filter((g) => g.follow_up_id === f.id && g.raised_at <= this.at),
			};
		});
	}

	get leftOut() {
		const closed = this.by('closure', 'closed_at').filter((c) => ['sent_in_error', 'duplicate'].includes(c.reason)).map((c) => c.closed_at);
		const linked = this.by('referral_link', 'confirmed_at').filter((l) => l.kind === 'duplicate' && l.confirmed_at !== null && (l.ended_at === null || l.ended_at > this.at));
		const takenUp = [...this.by('reopening', 'reopened_at').map((o) => o.reopened_at), ...this.by('submission', 'received_at').filter((s) => s.kind === 'additional').map((s) => s.received_at)];
		return [...closed, ...linked.map((l) => l.confirmed_at)].some((confirmed) => !takenUp.some((at) => at > confirmed));
	}

	get isRequest() {
		const r = this.referral;
		return r.record_kind === 'request_for_service' && (r.promoted_at === null || r.promoted_at <= this.at) && r.recorded_at <= this.at && r.received_at <= this.at;
	}

	get discussions() { return this.by('contact_attempt').filter((t) => t.counts_as_discussion); }

	// Staff had said that this child is not that child of another referral, or not that child's person.
	isNot(child, other) {
		return this.by('person_link', 'decided_at').some((l) => l.status === 'rejected' && l.subject_id === child.id
			&& (l.other_subject_id === other.id || (other.person !== null && l.person_id === other.person)));
	}

	// The same person, or the same NHS number of what staff have not told apart; never by way of a third.
	isSame(child, known, other) {
		if (child.person !== null && other.person !== null) return child.person === other.person;
		return child.number !== null && child.number === other.number && !this.isNot(child, other) && !known.isNot(other, child);
	}

	// The other referrals of a child: [referral, child or null for any of it].
	sameChild(child) {
		const { raw, at } = this;
		const found = [];
		for (const r of raw.referral) {
			if (r.id === this.referral.id) continue;
			const known = knownAt(raw, r, at);
			for (const other of known.children) if (this.isSame(child, known, other)) found.push([r.id, other.id]);
		}
		for (const l of raw.referral_link) {
			if (l.kind !== 'same_child' || l.linked_at > at || (l.ended_at !== null && l.ended_at <= at)) continue;
			if (l.referral_id === this.referral.id) found.push([l.other_referral_id, null]);
			if (l.other_referral_id === this.referral.id) found.push([l.referral_id, null]);
		}
		return found.map(([id, of]) => [knownAt(raw, raw.byId.get(id), at), of]);
	}
}

function knownAt(raw, referral, at) {
	const key = `${referral.id} ${at}`;
	const all = (raw.known ??= new Map());
	if (!all.has(key)) all.set(key, new Known(raw, referral, at));
	return all.get(key);
}

const MATERIAL = ['nature_of_concern', 'cause_of_concern', 'significant_harm', 'urgent_action', 'direct_or_third_party', 'who_has_been_told', 'whereabouts_of_child',
	'how_to_reach_referrer', 'level_of_need_differs', 'neglect_without_description', 'unborn_without_date', 'no_further_action_proposed'];

function topicsSettled(known, lastVersion, lastAt) {
	const screening = known.screenings.filter((s) => lastAt === null || s.version < lastVersion || s.screened_at <= lastAt).sort((a, b) => b.ordinal - a.ordinal)[0];
	const asked = screening?.topics ?? [];
	const setAside = screening && !screening.clarification_needed && known.rows('sign_off').some((o) => o.subject_id === screening.id);
	const moment = lastAt === null ? known.at : Math.min(known.at, lastAt);
	const { topics_offered: offered } = known.rows('former_topics').filter((f) => f.until_at > moment).sort((a, b) => a.until_at - b.until_at)[0] ?? known.referral;
	const named = known.rows('clarification_topic').map((k) => k.code);
	const since = (t) => !screening || t.version > screening.version || t.held_at >= screening.screened_at;
	const before = known.discussions.filter((t) => lastAt === null || t.held_at <= lastAt).sort((a, b) => b.version - a.version);
	return MATERIAL.filter((code) => offered.includes(code) || named.includes(code)).every((code) => {
		const byRuleAlone = offered.includes(code) && !asked.includes(code);
		for (const t of before.filter((x) => byRuleAlone || since(x))) {
			const topic = t.topics.find((x) => x.code === code);
			if (topic) return topic.outcome === 'resolved' || Boolean(topic.reason?.trim());
			if (t.confirmed_no_topic_open) return true;
		}
		return byRuleAlone ? Boolean(setAside) : !asked.includes(code);
	});
}

// Whether the worker of a child's open case had taken it over before the hub decided anything else about the child.
function wentOver(known, child, decision) {
	const until = decision === null || decision.outcome === 'passed_to_allocated_worker' ? known.at : decision.decided_at;
	const last = known.by('open_case', 'passed_at').filter((o) => o.passed_at <= until && o.children.includes(child.id))
		.sort((a, b) => b.passed_at - a.passed_at || (a.id < b.id ? 1 : -1))[0];
	return last !== undefined && last.accepted_recorded_at !== null && last.accepted_recorded_at <= known.at && last.accepted_at <= until;
}

function placeOf(known, f) {
	if (!known.followUps.some((x) => x.first && x.kind === 'decide_outcome' && x.due !== null && x.due <= known.at)) return 'not_yet_due';
	if (known.leftOut) return 'duplicate_or_error';
	if (known.anonymous) return 'anonymous';
	if (f.protectedAt !== null) return 'protection_first';
	if (f.children.every((c, i) => wentOver(known, c, f.decisions[i]))) return 'passed_on';
	return f.judgedBefore && !f.neededBefore ? 'not_needed' : 'counted';
}

function talkedOf(known, f) {
	const cites = (child, d) => known.rows('decision_discussion').some((x) => {
		const t = x.decision_id === d.id && known.discussions.find((y) => y.id === x.contact_attempt_id);
		return t && t.held_at <= d.decided_at && promptly(t.held_at, t.recorded_at) && t.children.includes(child.id);
	});
	const beforeAll = (t) => f.firstAt !== null && t.held_at <= f.firstAt;
	if (f.decided && f.children.every((c, i) => cites(c, f.decisions[i])) && known.discussions.some((t) => beforeAll(t) && promptly(t.held_at, t.recorded_at))
		&& topicsSettled(known, f.lastVersion, f.lastAt)) return 'fully';
	if (known.discussions.length > 0) return f.firstAt === null || known.discussions.some(beforeAll) ? 'incomplete' : 'after';
	const tries = known.by('contact_attempt');
	if (tries.some((t) => ['discussed', 'written_reply'].includes(t.result))) return 'written_or_deputy';
	if (tries.some((t) => t.result === 'declined')) return 'declined';
	return tries.length > 0 ? 'attempted' : 'none';
}

function answers(known) {
	return known.discussions.map((t) => known.by('discussion_confirmation').filter((n) => n.contact_attempt_id === t.id).sort((a, b) => b.ordinal - a.ordinal)[0]?.answer);
}

function facts(raw, referral, at) {
	const known = knownAt(raw, referral, at);
	const { children } = known;
	const decisions = children.map((c) => known.firstDecision(c));
	const made = decisions.filter((d) => d !== null);
	const f = {
		id: referral.id, received: referral.received_at, agency: raw.agencies.get(referral.agency_id) ?? 'no agency', source: known.source, rating: known.rating, known, children, decisions,
		decided: children.length > 0 && made.length === children.length, firstAt: min(made.map((d) => d.decided_at)), lastAt: max(made.map((d) => d.decided_at)),
		firstVersion: min(made.map((d) => d.version)), lastVersion: max(made.map((d) => d.version)),
	};
	const screenings = known.screenings;
	const before = screenings.filter((s) => f.firstAt === null || s.version < f.firstVersion || s.screened_at <= f.firstAt);
	f.everNeeded = screenings.some((s) => s.clarification_needed);
	f.neededBefore = before.some((s) => s.clarification_needed);
	f.judgedBefore = before.length > 0;
	f.attemptedAt = min(known.by('contact_attempt').map((t) => t.held_at));
	f.discussedAt = min(known.discussions.map((t) => t.held_at));
	f.protectedAt = min(known.decisions.filter((d) => d.undiscussed_reason === 'protection_first' && (f.lastVersion === null || d.version <= f.lastVersion)).map((d) => d.decided_at));
	f.place = placeOf(known, f);
	f.talked = talkedOf(known, f);
	f.answers = answers(known);
	f.samples = known.by('sampled_referral', 'drawn_at');
	f.findings = f.samples.flatMap((m) => known.by('sample_review').filter((n) => n.screening_id === m.screening_id)).map((n) => n.finding);
	f.followUps = known.followUps;
	f.nothing = children.map((c, i) => ({ child: c, decision: decisions[i] })).filter((x) => x.decision?.outcome === 'no_further_action');
	f.changed = known.discussions.some((t) => t.effect_on_rating !== 'none')
		|| known.rows('decision_discussion').some((x) => ['changed_rating', 'changed_outcome'].includes(x.effect) && known.decisions.some((d) => d.id === x.decision_id));
	return f;
}

function repeated(f, { child, decision }) {
	return f.known.sameChild(child).some(([other, of]) => other.children.filter((c) => of === null || c.id === of).some((c) => {
		const d = other.firstDecision(c);
		return d?.outcome === 'no_further_action' && d.decided_at < decision.decided_at && d.decided_at >= yearsMonths(decision.decided_at, -12);
	}));
}

function referredAgain(f, { child, decision }) {
	return f.known.sameChild(child).some(([other]) => other.isRequest && !other.leftOut && other.referral.received_at > decision.decided_at
		&& other.referral.received_at <= yearsMonths(decision.decided_at, 12));
}

// ---- the lines

const HOURS = 3.6e9;

function percentile(values, p) {
	if (values.length === 0) return null;
	const sorted = values.toSorted((a, b) => a - b);
	const place = p * (sorted.length - 1);
	const low = Math.floor(place);
	return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

function lines(cohort, at) {
	const out = [];
	const percent = (n, of) => (of === 0 ? null : (100 * n) / of);
	const line = (figure, name, cases, is, { band = null, unit = 'percent', value } = {}) => {
		const numerator = cases.filter(is).length;
		out.push({ figure, name, band, numerator, denominator: cases.length, unit, value: value === undefined ? (unit === 'count' ? numerator : percent(numerator, cases.length)) : value });
	};
	const count = { unit: 'count' };
	const counted = cohort.filter((f) => f.place === 'counted');
	for (const [name, talked] of [['discussed_incompletely', 'incomplete'], ['discussed_after', 'after'], ['written_or_deputy_only', 'written_or_deputy'], ['declined', 'declined'],
		['attempted', 'attempted'], ['not_attempted', 'none']]) {
		if (name === 'discussed_incompletely') line(0, 'fully_discussed', counted, (f) => f.talked === 'fully');
		line(0, name, counted, (f) => f.talked === talked, count);
	}
	for (const [name, place] of [['not_yet_due', 'not_yet_due'], ['duplicates_and_errors', 'duplicate_or_error'], ['anonymous_public', 'anonymous'], ['protection_first', 'protection_first'],
		['passed_to_allocated_worker', 'passed_on'], ['judged_not_needed', 'not_needed']]) line(0, name, cohort, (f) => f.place === place, count);
	line(0, 'protection_first_discussed', cohort.filter((f) => f.place === 'protection_first'), (f) => f.discussedAt !== null && f.discussedAt <= oneWorkingDayAfter(f.protectedAt));
	line(0, 'passed_and_discussed', cohort.filter((f) => f.place === 'passed_on'), (f) => f.discussedAt !== null);
	line(0, 'agency_confirmed', counted, (f) => f.answers.includes('confirmed'), count);
	line(0, 'agency_disputed', counted, (f) => f.answers.includes('disputed'), count);
	line(0, 'discussion_logged_late', counted, (f) => f.known.discussions.some((t) => (f.firstAt === null || t.held_at <= f.firstAt) && !promptly(t.held_at, t.recorded_at)), count);
	line(0, 'decision_logged_late', counted, (f) => f.decisions.some((d) => d && !promptly(d.decided_at, d.recorded_at)), count);
	line(0, 'sample_read', cohort.filter((f) => f.samples.length > 0), (f) => f.findings.length > 0);
	line(0, 'sample_was_needed', cohort.filter((f) => f.findings.length > 0), (f) => f.findings.includes('was_needed'));
	line(1, 'electronic_received', cohort, () => true, count);
	line(2, 'clarification_needed', cohort, (f) => f.everNeeded);
	line(3, 'needed_and_discussed', cohort.filter((f) => f.everNeeded), (f) => f.discussedAt !== null);
	line(4, 'electronic_discussed', cohort, (f) => f.discussedAt !== null);
	for (const [what, column] of [['first_attempt', 'attemptedAt'], ['discussion', 'discussedAt']]) {
		const minutes = cohort.filter((f) => f[column] !== null).map((f) => workingMinutes(f.received, Math.max(f.received, f[column])));
		line(5, `median_to_${what}`, cohort, (f) => f[column] !== null, { unit: 'working_minutes', value: percentile(minutes, 0.5) });
		line(5, `p90_to_${what}`, cohort, (f) => f[column] !== null, { unit: 'working_minutes', value: percentile(minutes, 0.9) });
	}
	const decided = cohort.filter((f) => f.decided);
	line(6, 'discussed_before_decision', decided, (f) => f.discussedAt !== null && f.discussedAt <= f.firstAt);
	const inTime = (figure, name, kind) => line(figure, name, cohort.flatMap((f) => f.followUps.filter((x) => x.kind === kind && x.first && x.due !== null
		&& (['met', 'waived'].includes(x.state) || (x.state === 'open' && x.due <= at)))), (x) => x.state === 'met' && x.met <= x.due);
	inTime(7, 'acknowledged_in_time', 'acknowledge');
	inTime(8, 'next_steps_in_time', 'decide_next_steps');
	inTime(8, 'outcome_in_time', 'decide_outcome');
	const told = (f) => f.known.by('feedback').some((b) => b.content !== null);
	line(9, 'feedback_given', decided, told);
	line(9, 'feedback_withheld', decided, (f) => !told(f) && f.known.by('feedback').some((b) => b.not_given_reason !== null), count);
	inTime(9, 'feedback_in_time', 'feedback');
	const followUps = cohort.flatMap((f) => f.followUps);
	const open = followUps.filter((x) => x.state === 'open');
	const late = (from, to) => (x) => x.due !== null && x.due < at && at - x.due >= from * HOURS && at - x.due < to * HOURS;
	for (const [band, from, to] of [['under_4_hours', 0, 4], ['4_to_24_hours', 4, 24], ['1_to_3_days', 24, 72], ['over_3_days', 72, Infinity]]) line(10, 'overdue_now', open, late(from, to), { band, ...count });
	line(11, 'ever_overdue', followUps, (x) => x.flags.length > 0 || (x.due !== null && x.due < (x.ended ?? at)));
	line(11, 'met_in_time_logged_late', followUps, (x) => x.flags.some((g) => g.cleared_by === 'met_in_time_logged_late' && g.cleared_at <= at));
	line(12, 'discussion_changed_something', cohort.filter((f) => f.discussedAt !== null), (f) => f.changed);
	const nothing = cohort.filter((f) => f.nothing.length > 0);
	line(13, 'referred_again', nothing, (f) => f.nothing.some((x) => referredAgain(f, x)));
	line(14, 'repeated_no_further_action', nothing.flatMap((f) => f.nothing.map((x) => ({ f, x }))), ({ f, x }) => repeated(f, x));
	line(15, 'no_further_action_undiscussed', nothing, (f) => f.neededBefore && !(f.discussedAt !== null && f.discussedAt <= min(f.nothing.map((x) => x.decision.decided_at))));
	return out;
}

const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', year: 'numeric', month: '2-digit', day: '2-digit' });
const dayOf = (at) => localDay.format(new Date(Math.floor(at / 1000)));
const labels = { agency: (f) => f.agency, source: (f) => f.source, rating: (f) => f.rating, month: (f) => dayOf(f.received).slice(0, 7) };

// The figures of a period of local days as at an instant, in the order of the answer.
export function recompute(raw, { from, to, groupBy, at }) {
	const electronic = ['api', 'web_form', 'secure_email', 'file_transfer'];
	const kept = (raw.kept ??= new Map());
	const factsOf = (r) => {
		const key = `${r.id} ${at}`;
		if (!kept.has(key)) kept.set(key, facts(raw, r, at));
		return kept.get(key);
	};
	const cohort = raw.referral.filter((r) => electronic.includes(r.channel) && dayOf(r.received_at) >= from && dayOf(r.received_at) < to && knownAt(raw, r, at).isRequest)
		.map(factsOf);
	if (!groupBy) return lines(cohort, at).map((l) => ({ ...l, group: null }));
	const groups = [...new Set(cohort.map(labels[groupBy]))].sort();
	const each = groups.map((group) => lines(cohort.filter((f) => labels[groupBy](f) === group), at).map((l) => ({ ...l, group })));
	return each.length === 0 ? [] : each[0].flatMap((_, i) => each.map((figures) => figures[i]));
}
