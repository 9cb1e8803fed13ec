// For the tests of the figures: a year of referrals with everything that the figures look at, made by a seeded generator and
// written straight into the tables, as consistent as the daemon leaves them: each change of a referral has its version, what was
// overwritten has its event, and much is written down later than it happened. Times are whole minutes, so that ties occur.
import { randomUUID } from 'node:crypto';
import { recognise } from './figures_people.mjs';
import { DAY, generator, HOUR, MINUTE, Story, text } from './figures_story.mjs';
import { randomUuid7 } from './statements.mjs';

const MATERIAL = ['significant_harm', 'urgent_action', 'whereabouts_of_child'];
const COMPLETENESS = ['needs', 'level_of_need_missing'];
export const SOURCES = ['1A', '2A', '3B', '6', '9'];

function children(s) {
	const { random } = s;
	const n = random.pick([1, 1, 2, 3]);
	s.children = Array.from({ length: n }, (_, i) => {
		const joined = i > 0 && random.chance(0.2) ? s.later(s.receivedAt, 20) : s.receivedAt;
		const nhs = random.chance(0.6) ? random.pick(s.world.numbers) : null;
		const row = s.add('referral_child', { id: randomUUID(), ordinal: i, nhs_number: nhs, document: {}, recorded_at: text(joined) });
		if (random.chance(0.15)) {
			s.add('former_nhs_number', { child_id: row.id, nhs_number: random.chance(0.5) ? random.pick(s.world.numbers) : null, until_at: text(s.later(joined, 60)) });
		}
		return { id: row.id, joined, row };
	});
	if (random.chance(0.5)) s.adult = s.add('referral_household', { id: randomUUID(), ordinal: 0, document: {} });
}

// What the rules offer: others once more has come in.
function offers(s, row) {
	const { random } = s;
	const some = () => (random.chance(0.5) ? [] : random.some([...MATERIAL, ...COMPLETENESS]));
	s.offered = row.topics_offered = some();
	for (let i = 0; i < random.pick([0, 0, 0, 1, 2]); i++) s.add('former_topics', { topics_offered: some(), until_at: text(s.later(s.receivedAt, 20)) });
}

function screenings(s) {
	const { random } = s;
	const n = random.pick([0, 1, 1, 1, 2, 3]);
	let at = s.receivedAt;
	s.codes = new Set();
	for (let i = 0; i < n; i++) {
		at = s.later(at, 3);
		const needed = random.chance(0.6);
		const topics = needed ? [random.pick(MATERIAL), ...random.some(COMPLETENESS)] : [];
		for (const code of topics) s.codes.add(code);
		const rating = random.pick(['red', 'amber', 'green']);
		const screened = random.chance(0.2) ? s.receivedAt + MINUTE * random.below((at - s.receivedAt) / MINUTE + 1) : at;
		s.change('screening', at, {
			id: randomUuid7(), ordinal: i + 1, rating, reason: 'x', clarification_needed: needed, topics, not_needed_reason: needed ? null : 'complete_and_consistent',
			screened_by: s.world.staff, screened_at: text(screened), recorded_at: text(at),
		});
		const said = random.pick(['agreed', 'agreed', 'refused', 'open', null, null]);
		if (!needed && said) {
			const screening = s.tables.screening.at(-1).id;
			s.add('sign_off', { id: randomUuid7(), version: 1, subject_kind: 'screening', subject_id: screening, part: 'agrees', asked_of: s.world.manager, asked_by: s.world.staff, asked_at: text(at),
				state: said, ...(said === 'open' ? {} : { answered_by: s.world.manager, answered_at: text(s.later(at, 2)), note: 'x' }) });
		}
		if (rating !== s.rating) s.event(at, 'rating_changed', { from: s.rating, to: rating });
		s.rating = rating;
	}
}

function attemptTopics(s, said) {
	const { random } = s;
	return [...new Set([...(random.chance(0.7) ? [...s.codes, ...s.offered] : []), ...(random.chance(0.15) ? [random.pick(MATERIAL)] : [])])].map((code) => {
		s.codes.add(code);
		const outcome = said && random.chance(0.75) ? 'resolved' : random.pick(['open', 'new']);
		return { code, outcome, reason: outcome === 'open' || random.chance(0.2) ? 'because' : null };
	});
}

function attempt(s, held, recorded, result, counts, more = {}) {
	const row = s.change('contact_attempt', recorded, {
		id: randomUuid7(), result, method: counts ? 'phone' : 'email', counterpart: 'referrer', held_by: s.world.staff, held_at: text(held), recorded_by: s.world.staff,
		recorded_at: text(recorded), children: s.children.map((c) => c.id), topics: [], effect_on_rating: 'none', confirmed_no_topic_open: counts, counts_as_discussion: counts, ...more,
	});
	return { row, held, recorded, counts };
}

function attempts(s) {
	const { random } = s;
	s.attempts = Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, () => {
		const held = s.receivedAt + MINUTE * (random.below(6 * 1440) - (random.chance(0.1) ? 1440 : 0));
		const recorded = Math.max(held + random.delay(), s.receivedAt);
		const counts = random.chance(0.6);
		const result = counts ? 'discussed' : random.pick(['discussed', 'written_reply', 'no_answer', 'no_answer', 'declined', 'message_left']);
		const about = random.chance(0.85) ? s.children.filter((c) => c.joined <= recorded) : random.some(s.children);
		const made = attempt(s, held, recorded, result, counts, {
			children: about.map((c) => c.id), topics: attemptTopics(s, result === 'discussed' || result === 'written_reply'),
			effect_on_rating: random.pick(['none', 'none', 'raised', 'lowered']), confirmed_no_topic_open: counts && random.chance(0.3),
		});
		for (let i = 0, at = recorded; counts && i < random.pick([0, 0, 1, 2]); i++) {
			at = s.later(at, 20);
			s.change('discussion_confirmation', at, {
				id: randomUUID(), contact_attempt_id: made.row.id, ordinal: i + 1, agency_id: s.world.agencies[0], answer: random.pick(['confirmed', 'disputed']), words: 'x', recorded_at: text(at),
			});
		}
		return made;
	});
}

const cite = (s, decision, made, effect) => s.add('decision_discussion', { decision_id: decision.id, contact_attempt_id: made.row.id, effect });

function decide(s, about, decided, recorded, stage, cites) {
	const { random } = s;
	const protects = random.chance(0.2);
	const row = s.change('decision', recorded, {
		id: randomUuid7(), stage, outcome: protects ? 'strategy_discussion' : random.pick(['no_further_action', 'no_further_action', 'early_help', 'passed_to_allocated_worker']),
		legal_basis: 's17', level_of_need: 'x', rationale: 'x', history_considered: {}, authorised_by: s.world.manager, decided_by: s.world.staff,
		undiscussed_reason: protects && random.chance(0.5) ? 'protection_first' : null, decided_at: text(decided), recorded_at: text(recorded), exceptions: [],
	});
	// Most wait a while for the manager whom they name; some are never signed and govern nobody.
	if (!protects && random.chance(0.1)) return;
	const governs = protects || random.chance(0.3) ? recorded : recorded + random.delay();
	for (const child of about) {
		child.decisions ??= [];
		child.decisions.push({ decision: row, stage, recorded: governs });
	}
	for (const a of s.attempts) {
		if (a.counts && a.recorded <= recorded && a.held <= decided && cites) {
			cite(s, row, a, random.pick(['changed_rating', 'changed_outcome', 'confirmed', 'none', 'none']));
		}
	}
}

function decisions(s) {
	const { random } = s;
	if (random.chance(0.15)) return;
	const first = s.later(s.receivedAt, 6);
	if (random.chance(0.3)) decide(s, s.children, s.receivedAt, first, 'next_steps', false);
	const batches = random.chance(0.7) ? [s.children] : s.children.map((c) => [c]);
	let recorded = first;
	for (const batch of batches) {
		if (batch !== s.children && random.chance(0.2)) continue;
		recorded = s.later(Math.max(recorded, ...batch.map((c) => c.joined)), 3);
		decide(s, batch, Math.max(s.receivedAt, recorded - random.delay()), recorded, 'final', random.chance(0.85));
	}
	if (random.chance(0.2)) {
		recorded = s.later(recorded, 30);
		decide(s, s.children, recorded, recorded, 'final', true);
	}
	// What governs which child, in the order of recording.
	for (const child of s.children) {
		const list = (child.decisions ?? []).toSorted((a, b) => a.recorded - b.recorded);
		const firstFinal = list.findIndex((d) => d.stage === 'final');
		list.forEach((d, i) => s.add('decision_child', {
			decision_id: d.decision.id, child_id: child.id, ordinal: i + 1, stage: d.stage, first_final: i === firstFinal,
			superseded_by: list[i + 1]?.decision.id ?? null, superseded_at: text(list[i + 1]?.recorded), in_effect_at: text(d.recorded),
		}));
	}
	s.decidedAt = recorded;
}

function feedback(s) {
	const { random } = s;
	for (let i = 0; s.decidedAt && i < random.pick([0, 1, 1, 2]); i++) {
		const at = s.later(s.decidedAt, 6);
		const told = random.chance(0.7);
		s.change('feedback', at, {
			id: randomUuid7(), content: told ? 'full' : null, method: told ? 'phone' : null, not_given_reason: told ? null : 'anonymous', given_by: s.world.staff, given_at: text(at),
			recorded_by: s.world.staff, recorded_at: text(at),
		});
	}
}

const owed = (s, kind, started, due) => s.add('follow_up', {
	id: randomUuid7(), kind, policy: 'p', rule: 'r', source: 'local', unit: 'elapsed_minutes', amount: 1, started_at: text(started), recorded_at: text(started), state: 'open', timing: 1,
	due_at: text(due), due_problem: due === null ? 'calendar_ends' : null, met_at: null, met_recorded_at: null, ended_at: null, waived_reason: null,
});

const flagged = (s, row, due, raised, ended, clearedBy) => s.add('flag', {
	id: randomUuid7(), follow_up_id: row.id, kind: row.kind, timing: row.timing, breached_at: text(due), raised_at: text(raised), cleared_at: text(ended), cleared_by: clearedBy,
});

function retimed(s, row, when, before, due, type = 'follow_up_retimed') {
	s.event(when, type, { kind: row.kind, due_at_before: text(before), due_at: text(due) }, row.id);
	row.timing++;
}

// One that was re-timed, perhaps twice, perhaps to an instant that had passed already, and may have ended before or after it was
// due. A flag is raised by the sweep, soon, or when something else happens to the follow-up.
function followUp(s, kind, started) {
	const { random } = s;
	let due = random.chance(0.05) ? null : s.later(started, 4);
	let at = started; // when it got this due instant
	const row = owed(s, kind, started, due);
	const flag = (ended, clearedBy) => {
		const breached = Math.max(due, at);
		const raised = random.chance(0.5) ? breached : breached + MINUTE * random.below(((ended ?? breached) - breached) / MINUTE + 1);
		flagged(s, row, due, raised, ended, clearedBy);
	};
	for (let i = 0; i < random.pick([0, 0, 1, 2]); i++) {
		const when = s.later(at, 3);
		const before = due;
		if (due !== null && due < when) flag(when, 'retimed');
		due = random.chance(0.1) ? null : s.later(started, 6);
		retimed(s, row, when, before, due, random.pick(['follow_up_retimed', 'follow_up_paused', 'follow_up_resumed']));
		at = when;
	}
	row.due_at = text(due);
	row.due_problem = due === null ? 'calendar_ends' : null;
	const state = random.pick(['open', 'met', 'met', 'met', 'met', 'waived', 'cancelled']);
	if (state === 'open') {
		if (due !== null && random.chance(0.5)) flag(null, null);
		return null;
	}
	const ended = s.later(at, 4);
	const met = Math.max(started, ended - random.delay());
	if (due !== null && due < ended) flag(ended, state !== 'met' ? state : met <= due ? 'met_in_time_logged_late' : 'met');
	Object.assign(row, {
		state, ended_at: text(ended), met_at: state === 'met' ? text(met) : null, met_recorded_at: state === 'met' ? text(ended) : null, waived_reason: state === 'waived' ? 'x' : null,
	});
	return ended;
}

function followUps(s) {
	const { random } = s;
	for (const kind of ['acknowledge', 'triage', 'decide_next_steps', 'decide_outcome']) {
		if (random.chance(0.05)) continue;
		const ended = followUp(s, kind, s.receivedAt);
		if (ended !== null && kind === 'decide_outcome' && random.chance(0.2)) followUp(s, kind, s.later(ended, 20));
	}
	if (s.decidedAt) followUp(s, 'feedback', s.decidedAt);
}

function leftOut(s) {
	const { random } = s;
	if (!random.chance(0.12)) return;
	const at = s.later(s.receivedAt, 20);
	const duplicate = s.world.earlier.length > 0 && random.chance(0.5) ? random.pick(s.world.earlier) : null;
	const answer = { answer: duplicate ? 'closed_duplicate' : 'closed_sent_in_error', answer_reason: 'x', duplicate_of: duplicate, answered_by: s.world.manager, answered_at: text(at) };
	const withdrawal = s.change('withdrawal', s.receivedAt, { id: randomUuid7(), agency_id: s.world.agencies[0], reason: 'x', requested_at: text(s.receivedAt), ...answer });
	s.change('closure', at, {
		id: randomUuid7(), reason: duplicate ? 'duplicate' : 'sent_in_error', withdrawal_id: withdrawal.id, duplicate_of: duplicate, closed_by: s.world.manager, closed_at: text(at),
	});
	const again = s.later(at, 20);
	if (random.chance(0.3)) s.change('reopening', again, { id: randomUuid7(), reason: 'closed_in_error', reopened_by: s.world.staff, reopened_at: text(again) });
	if (random.chance(0.2)) s.add('submission', { id: randomUUID(), kind: 'additional', received_at: text(again), contract_version: '1', body_digest: 'x', body: '{}' });
}

function links(s) {
	const { random, world } = s;
	for (const [kind, chance] of [['duplicate', 0.06], ['same_child', 0.12]]) {
		if (world.earlier.length === 0 || !random.chance(chance)) continue;
		const at = s.later(s.receivedAt, 20);
		const confirmed = kind === 'duplicate' && random.chance(0.7) ? s.later(at, 5) : null;
		const ended = random.chance(0.3) ? s.later(confirmed ?? at, 20) : null;
		s.add('referral_link', {
			id: randomUUID(), other_referral_id: random.pick(world.earlier), kind, reason: 'x', linked_by: world.staff, linked_at: text(at), confirmed_at: text(confirmed),
			confirmed_by: confirmed && world.manager, ended_at: text(ended), ended_by: ended && world.staff, ended_reason: ended && 'x',
		});
	}
}

function pass(s, at, passed, accepted, recorded = accepted) {
	s.change('open_case', at, {
		id: randomUuid7(), children: passed, worker_name: 'x', worker_team: 'x', passed_by: s.world.staff, passed_at: text(at),
		...(accepted === null ? {} : { accepted_by: s.world.staff, accepted_as: 'manager', accepted_at: text(accepted), accepted_recorded_at: text(recorded) }),
	});
}

// Passed to the workers of open cases, of all children or of some, and perhaps to another worker later. Nobody accepts what was
// passed on again.
function passedOn(s) {
	const { random } = s;
	if (!random.chance(0.25)) return;
	const passings = [];
	for (let i = 0, at = s.receivedAt, n = random.pick([1, 1, 2, 3]); i < n; i++) {
		at = s.later(at, 3);
		const there = s.children.filter((c) => c.joined <= at);
		const some = random.some(there);
		const accepted = random.chance(0.8) ? s.later(at, 4) : null;
		passings.push({ at, children: (random.chance(0.6) || some.length === 0 ? there : some).map((c) => c.id), accepted, recorded: accepted && accepted + random.delay() });
	}
	for (const [i, { at, children: passed, accepted, recorded }] of passings.entries()) {
		const again = passings.slice(i + 1).filter((x) => x.at <= recorded).flatMap((x) => x.children);
		const waits = accepted === null || passed.every((id) => again.includes(id));
		pass(s, at, passed, waits ? null : accepted, recorded);
	}
}

function sample(s) {
	const read = (s.tables.screening ?? []).find((x) => !x.clarification_needed);
	if (!read || !s.random.chance(0.4)) return;
	const drawn = s.later(Date.parse(read.recorded_at), 9);
	s.add('sampled_referral', { week: text(drawn).slice(0, 10), screening_id: read.id, drawn_at: text(drawn), opened_at: text(drawn) });
	if (!s.random.chance(0.6)) return;
	const at = s.later(drawn, 9);
	s.change('sample_review', at, { id: randomUuid7(), screening_id: read.id, finding: s.random.pick(['not_needed', 'was_needed']), reason: 'x', reviewed_by: s.world.manager, recorded_at: text(at) });
}

// What the row says now, and events that say what it said before.
function corrections(s, row) {
	const { random } = s;
	const referrer = row.document.referrer;
	// Never later than the moment at which the year is looked at: what the row says then is what it says.
	const at = () => Math.min(s.later(s.correctedAt ?? s.receivedAt, 60), s.receivedAt + 60 * DAY);
	const change = (pointer, before, after) => s.event(s.correctedAt = at(), 'corrected', { reason: 'x', changes: [{ pointer, before, after }] });
	if (random.chance(0.15)) {
		const after = random.pick(SOURCES);
		change('/source', row.source, after);
		row.source = after;
	}
	if (referrer && random.chance(0.15)) {
		const after = random.pick(['anonymous', 'may_be_named']);
		change('/referrer/identity_wish', referrer.identity_wish ?? null, after);
		referrer.identity_wish = after;
	}
	if (referrer && random.chance(0.1)) {
		change('/referrer', structuredClone(referrer), null);
		delete row.document.referrer;
	}
}

function story(random, world, receivedAt) {
	const s = new Story(random, world, receivedAt);
	s.rating = random.pick(['red', 'amber']);
	children(s);
	const kind = random.pick(['request_for_service', 'request_for_service', 'request_for_service', 'request_for_service', 'notification', 'promoted']);
	const referrer = random.pick([{ kind: 'professional', name: 'P. Q.' }, { kind: 'professional', name: 'P. Q.' }, { kind: 'public', name: 'R. S.' }, { kind: 'public' }, null]);
	const row = {
		partnership_id: world.partnership, id: s.id, reference: randomUUID(), agency_id: random.pick([...world.agencies, ...world.agencies, null]),
		channel: random.pick(['api', 'api', 'api', 'web_form', 'secure_email', 'file_transfer', 'phone', 'census_import']),
		record_kind: kind === 'promoted' ? 'request_for_service' : kind, promoted_at: kind === 'promoted' ? text(s.later(receivedAt, 30)) : null, source: random.pick(SOURCES),
		received_at: text(receivedAt), recorded_at: text(receivedAt + (random.chance(0.1) ? 2 * DAY : 0)), document: referrer ? { referrer: { ...referrer } } : {},
	};
	offers(s, row);
	screenings(s);
	attempts(s);
	decisions(s);
	feedback(s);
	followUps(s);
	leftOut(s);
	links(s);
	passedOn(s);
	sample(s);
	corrections(s, row);
	row.rating = s.rating;
	s.row = row;
	s.tables.clarification_topic = [...s.codes].map((code) => ({ partnership_id: world.partnership, referral_id: s.id, code, weight: MATERIAL.includes(code) ? 'material' : 'completeness' }));
	world.earlier.push(s.id);
	return s;
}

// By how much something is late where a band begins and ends; not yet.
const LATE = [0, MINUTE, ...[4 * HOUR, DAY, 3 * DAY].flatMap((begins) => [begins - MINUTE, begins])];

// Received ten days before an instant, and late then; re-timed a minute later, so that now it isn't late any more, or only now is.
function lateStory(random, world, at, by, later) {
	const s = story(random, world, at - 10 * DAY);
	const due = at - by;
	Object.assign(s.row, { channel: 'api', record_kind: 'request_for_service', promoted_at: null, recorded_at: s.row.received_at });
	const row = owed(s, 'discuss', s.receivedAt, later ? at + (by > 0 ? DAY : -DAY) : due);
	if (later && by > 0) flagged(s, row, due, at + MINUTE, at + MINUTE, 'retimed');
	if (later) retimed(s, row, at + MINUTE, due, Date.parse(row.due_at));
	return s;
}

// Where nothing is left to chance: one child, never screened, nobody asked; nothing followed.
const STEADY = { next: () => 0.5, below: (n) => Math.floor(n / 2), pick: ([first]) => first, chance: () => false, some: (list) => list, delay: () => 0 };
const soon = (s) => s.receivedAt + HOUR;
const talk = (s, when = soon(s), recorded = when) => attempt(s, when, recorded, 'discussed', true);
const protect = (s) => Object.assign(s.tables.decision[0], { outcome: 'strategy_discussion', undiscussed_reason: 'protection_first' });
const passAll = (s) => pass(s, soon(s), s.children.map((c) => c.id), soon(s));
// What a year might lack by chance.
const CERTAIN = [
	(s) => attempt(s, soon(s), soon(s), 'written_reply', false),
	(s) => attempt(s, soon(s), soon(s), 'declined', false),
	(s) => attempt(s, soon(s), soon(s), 'no_answer', false),
	(s) => cite(s, s.tables.decision[0], talk(s), 'confirmed'),
	(s) => talk(s, s.receivedAt + 20 * DAY),
	(s) => talk(s, soon(s), s.receivedAt + 20 * DAY),
	(s) => protect(s),
	(s) => protect(s) && talk(s),
	(s) => passAll(s),
	(s) => passAll(s) ?? talk(s),
];

const ORDER = ['referral_child', 'referral_household', 'former_nhs_number', 'former_topics', 'submission', 'screening', 'clarification_topic', 'contact_attempt', 'discussion_confirmation', 'decision', 'decision_child', 'sign_off',
	'decision_discussion', 'feedback', 'follow_up', 'flag', 'withdrawal', 'closure', 'reopening', 'open_case', 'sampled_referral', 'sample_review', 'person_link', 'event'];

// What is judged of working time when a try or a decision is written down.
const JUDGED = `
	UPDATE contact_attempt AS t
	SET next_working_day_at = (SELECT d.due_at FROM due_instant(t.partnership_id, k.id, t.held_at, 'working_days', 1) AS d),
	    working_minutes = (SELECT w.working_minutes FROM working_minutes_between(t.partnership_id, k.id, r.received_at, greatest(t.held_at, r.received_at)) AS w)
	FROM calendar AS k, referral AS r
	WHERE k.partnership_id = t.partnership_id AND r.partnership_id = t.partnership_id AND r.id = t.referral_id;
	UPDATE decision AS q SET next_working_day_at = (SELECT d.due_at FROM due_instant(q.partnership_id, k.id, q.decided_at, 'working_days', 1) AS d)
	FROM calendar AS k WHERE k.partnership_id = q.partnership_id`;

async function insert(client, table, rows) {
	if (rows.length === 0) return;
	const columns = [...new Set(rows.flatMap(Object.keys))].join(', ');
	await client.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(rows)]);
}

// `count` referrals over the days from `from` on (milliseconds), one on each side of the bounds in `edges`, for each instant of
// `lateAt` some that are late then, by every band, and what a year might lack by chance.
export async function generateYear(database, { partnership, staff, manager, agencies, from, days, count, edges = [], lateAt = [], seed }) {
	const random = generator(seed);
	const numbers = Array.from({ length: Math.ceil(count / 3) }, (_, i) => String(9990000000 + i));
	const world = { partnership, staff, manager, agencies, numbers, earlier: [] };
	const times = [...edges.flatMap((edge) => [edge - MINUTE, edge]), ...Array.from({ length: count }, () => from + MINUTE * random.below(days * 1440))].sort((a, b) => a - b);
	const stories = [...times.map((at) => story(random, world, at)), ...lateAt.flatMap((at) => LATE.flatMap((by) => [false, true].map((later) => lateStory(random, world, at, by, later))))];
	const certain = CERTAIN.map((_, i) => story(STEADY, world, from + (i + 1) * 30 * DAY));
	CERTAIN.forEach((happens, i) => happens(certain[i]));
	stories.push(...certain);
	const persons = recognise(random, world, stories);
	for (const s of stories) s.number();
	const all = (table) => stories.flatMap((s) => s.tables[table] ?? []);
	await database.session(async (client) => {
		await client.query('SET LOCAL session_replication_role = replica'); // rows point at each other in every direction
		await insert(client, 'referral', stories.map((s) => s.row));
		await insert(client, 'person', persons);
		for (const table of ORDER) await insert(client, table, all(table));
		await insert(client, 'referral_link', all('referral_link'));
		await client.query(JUDGED);
	});
	await database.query('ANALYZE');
}
