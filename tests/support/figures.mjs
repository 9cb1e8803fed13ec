// For the tests of the figures: referrals with contacts, follow-ups and flags made by a seeded generator, and the figures of
// DOMAIN section 7 once more, in plain JavaScript from the raw rows. Shares nothing with the SQL that it checks.
import { randomUUID } from 'node:crypto';

const SOURCES = ['1A', '3B', '6', '2A'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function generator(seed) {
	let a = seed;
	const next = () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	return { next, below: (n) => Math.floor(next() * n), chance: (p) => next() < p, pick: (list) => list[Math.floor(next() * list.length)] };
}

const text = (ms) => new Date(ms).toISOString();

// How late, in milliseconds, well away from the edges of the bands; negative: not yet due.
const lateness = (random) => random.pick([-50 * DAY, -2 * HOUR, 2 * HOUR, 5 * HOUR, 23 * HOUR, 25 * HOUR, 71 * HOUR, 73 * HOUR, 40 * DAY]);

function attemptsOf(random, receivedAt, now) {
	return Array.from({ length: random.pick([0, 0, 1, 2, 4]) }, () => {
		const counts = random.chance(0.4);
		const heldAt = Math.min(now - MINUTE, receivedAt + Math.round((random.next() - 0.1) * 6 * DAY));
		return { id: randomUUID(), counts, held_at: text(heldAt), recorded_at: text(now), result: counts ? 'discussed' : 'no_answer' };
	});
}

function openFollowUp(random, followUp, now) {
	if (random.chance(0.1)) return { ...followUp, state: 'open', due_problem: 'calendar_ends' };
	const late = lateness(random);
	return { ...followUp, state: 'open', due_at: text(now - late), flagged: late > 0 && random.chance(0.5) };
}

// Ended before or after it was due; `met` may have happened in time and been written down late.
function endedFollowUp(random, followUp, state, now) {
	const dueAt = now - 10 * DAY + random.below(9 * DAY);
	const endedAt = dueAt + random.pick([-DAY, -HOUR, HOUR, 12 * HOUR]);
	const metAt = Math.min(endedAt, dueAt + random.pick([-2 * DAY, -2 * HOUR, 30 * MINUTE]));
	const late = endedAt > dueAt;
	const clearedBy = state !== 'met' ? state : metAt <= dueAt ? 'met_in_time_logged_late' : 'met';
	return {
		...followUp, state, due_at: text(dueAt), ended_at: text(endedAt), flagged: late, cleared_at: late ? text(endedAt) : null,
		cleared_by: late ? clearedBy : null, ...(state === 'met' ? { met_at: text(metAt), met_recorded_at: text(endedAt) } : {}),
		...(state === 'waived' ? { waived_reason: 'x' } : {}),
	};
}

function followUpsOf(random, receivedAt, now) {
	return ['acknowledge', 'triage', 'discuss'].filter(() => random.chance(0.8)).map((kind) => {
		const followUp = { id: randomUUID(), flag_id: randomUUID(), kind, timing: 1, started_at: text(receivedAt) };
		const state = random.pick(['open', 'open', 'met', 'met', 'waived', 'cancelled']);
		return state === 'open' ? openFollowUp(random, followUp, now) : endedFollowUp(random, followUp, state, now);
	});
}

function referralOf(random, { receivedAt, agencies, now }) {
	const attempts = attemptsOf(random, receivedAt, now);
	return {
		id: randomUUID(), reference: randomUUID(), agency_id: random.pick([...agencies, null]),
		channel: random.pick(['api', 'api', 'api', 'web_form', 'secure_email', 'phone', 'census_import']),
		record_kind: random.pick(['request_for_service', 'request_for_service', 'request_for_service', 'notification']),
		source: random.pick(SOURCES), rating: random.pick(['red', 'amber', 'green']), received_at: text(receivedAt), needed: random.chance(0.6),
		discussed: attempts.some((a) => a.counts) ? 'yes' : attempts.length > 0 ? 'attempted' : 'no',
		attempts, followUps: followUpsOf(random, receivedAt, now),
	};
}

async function insert(client, partnership, staff, referrals) {
	const flat = (name) => JSON.stringify(referrals.flatMap((r) => r[name].map((row) => ({ ...row, referral_id: r.id }))));
	await client.query(`INSERT INTO referral (partnership_id, id, reference, agency_id, channel, record_kind, source, received_at, recorded_at, rating,
			clarification_ever_needed, discussed, document)
		SELECT $1, r.id, r.reference, r.agency_id, r.channel, r.record_kind, r.source, r.received_at, r.received_at, r.rating, r.needed, r.discussed, '{}'
		FROM jsonb_to_recordset($2) AS r (id uuid, reference text, agency_id uuid, channel text, record_kind text, source text, received_at timestamptz,
			rating text, needed boolean, discussed text)`, [partnership, JSON.stringify(referrals)]);
	await client.query(`INSERT INTO contact_attempt (partnership_id, referral_id, id, version, result, method, counterpart, held_by, held_at, recorded_by,
			recorded_at, children, counts_as_discussion)
		SELECT $1, a.referral_id, a.id, 2, a.result, 'phone', 'referrer', $3, a.held_at, $3, a.recorded_at, '{}', a.counts
		FROM jsonb_to_recordset($2) AS a (referral_id uuid, id uuid, result text, held_at timestamptz, recorded_at timestamptz, counts boolean)`,
	[partnership, flat('attempts'), staff]);
	const columns = `referral_id uuid, id uuid, flag_id uuid, kind text, state text, timing integer, started_at timestamptz, due_at timestamptz,
		due_problem text, met_at timestamptz, met_recorded_at timestamptz, ended_at timestamptz, waived_reason text, flagged boolean,
		cleared_at timestamptz, cleared_by text`;
	await client.query(`INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, timing, started_at, unit, amount, due_at,
			due_problem, met_at, met_recorded_at, ended_at, waived_reason)
		SELECT $1, f.id, f.referral_id, f.kind, f.state, 'p', 'r', 'local', f.timing, f.started_at, 'elapsed_minutes', 1, f.due_at, f.due_problem, f.met_at,
			f.met_recorded_at, f.ended_at, f.waived_reason
		FROM jsonb_to_recordset($2) AS f (${columns})`, [partnership, flat('followUps')]);
	await client.query(`INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at, cleared_at, cleared_by)
		SELECT $1, f.flag_id, f.id, f.referral_id, f.kind, f.timing, f.due_at, f.cleared_at, f.cleared_by
		FROM jsonb_to_recordset($2) AS f (${columns}) WHERE f.flagged`, [partnership, flat('followUps')]);
}

// `count` referrals over the days before `now`, and one on each side of the bounds in `edges` (milliseconds).
export async function generate(database, { partnership, staff, agencies, now, days, count, edges = [], seed }) {
	const random = generator(seed);
	const times = [...edges.flatMap((edge) => [edge - 1, edge]), ...Array.from({ length: count }, () => now - random.below(days * DAY) - HOUR)];
	const referrals = times.map((receivedAt) => referralOf(random, { receivedAt, agencies, now }));
	await database.session((client) => insert(client, partnership, staff, referrals));
}

const us = (column) => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

// Everything of a partnership that the figures are about, as the tables have it; times in microseconds.
export async function rawRows(database, partnership) {
	const rows = (query) => database.query(query, [partnership]);
	return {
		referrals: await rows(`SELECT r.*, a.name AS agency, ${us('received_at')} AS received FROM referral r
			LEFT JOIN agency a ON a.partnership_id = r.partnership_id AND a.id = r.agency_id WHERE r.partnership_id = $1`),
		attempts: await rows(`SELECT referral_id, counts_as_discussion AS counts, ${us('held_at')} AS held FROM contact_attempt WHERE partnership_id = $1`),
		followUps: await rows(`SELECT id, referral_id, state, ${us('due_at')} AS due, ${us('met_at')} AS met, ${us('met_recorded_at')} AS written
			FROM follow_up WHERE partnership_id = $1`),
		flags: await rows('SELECT follow_up_id FROM flag WHERE partnership_id = $1'),
		intervals: await rows(`SELECT ${us('opens_at')} AS opens, ${us('closes_at')} AS closes FROM working_interval
			WHERE partnership_id = $1 AND opens_at BETWEEN now() - interval '3 years' AND now() + interval '60 days' ORDER BY opens_at`),
	};
}

const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', year: 'numeric', month: '2-digit', day: '2-digit' });
const dayOf = (r) => localDay.format(new Date(Math.floor(r.received / 1000)));
const labels = { agency: (r) => r.agency ?? 'no agency', source: (r) => r.source, rating: (r) => r.rating, month: (r) => dayOf(r).slice(0, 7) };

const workingMinutes = (intervals, from, to) => intervals.reduce((sum, i) => sum + Math.max(0, Math.min(to, i.closes) - Math.max(from, i.opens)), 0) / 6e7;

function percentile(values, p) {
	if (values.length === 0) return null;
	const sorted = values.toSorted((a, b) => a - b);
	const place = p * (sorted.length - 1);
	const low = Math.floor(place);
	return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

function minutesTo(raw, cohort, wanted) {
	return cohort.flatMap((r) => {
		const held = raw.attempts.filter((a) => a.referral_id === r.id && wanted(a)).map((a) => a.held);
		return held.length === 0 ? [] : [workingMinutes(raw.intervals, r.received, Math.max(r.received, Math.min(...held)))];
	});
}

function figuresOf(raw, cohort, group, now) {
	const ids = new Set(cohort.map((r) => r.id));
	const followUps = raw.followUps.filter((f) => ids.has(f.referral_id));
	const flagged = new Set(raw.flags.map((f) => f.follow_up_id));
	const talked = (r) => raw.attempts.some((a) => a.referral_id === r.id && a.counts);
	const needed = cohort.filter((r) => r.clarification_ever_needed);
	const open = followUps.filter((f) => f.state === 'open');
	const late = (f) => f.state === 'open' && f.due !== null && f.due < now;
	const hours = (f) => (now - f.due) / 3.6e9;
	const percent = (n, of) => (of === 0 ? null : (100 * n) / of);
	const line = (figure, name, numerator, denominator, { band = null, unit = 'percent', value = percent(numerator, denominator) } = {}) =>
		({ figure, name, group, band, numerator, denominator, value, unit });
	const time = (name, p, values) => line(5, name, values.length, cohort.length, { unit: 'working_minutes', value: percentile(values, p) });
	const band = (name, from, to) => {
		const n = open.filter((f) => late(f) && hours(f) >= from && hours(f) < to).length;
		return line(10, 'overdue_now', n, open.length, { band: name, unit: 'count', value: n });
	};
	const attempt = minutesTo(raw, cohort, () => true);
	const discussion = minutesTo(raw, cohort, (a) => a.counts);
	return [
		line(1, 'electronic_received', cohort.length, cohort.length, { unit: 'count', value: cohort.length }),
		line(2, 'clarification_needed', needed.length, cohort.length),
		line(3, 'needed_and_discussed', needed.filter(talked).length, needed.length),
		line(4, 'electronic_discussed', cohort.filter(talked).length, cohort.length),
		time('median_to_first_attempt', 0.5, attempt), time('p90_to_first_attempt', 0.9, attempt),
		time('median_to_discussion', 0.5, discussion), time('p90_to_discussion', 0.9, discussion),
		band('under_4_hours', 0, 4), band('4_to_24_hours', 4, 24), band('1_to_3_days', 24, 72), band('over_3_days', 72, Infinity),
		line(11, 'ever_overdue', followUps.filter((f) => flagged.has(f.id) || late(f)).length, followUps.length),
		line(11, 'met_in_time_logged_late', followUps.filter((f) => f.state === 'met' && f.met <= f.due && f.due < f.written).length, followUps.length),
	];
}

// The figures of a period of local days, in the order of the answer. `now` in microseconds.
export function recompute(raw, { from, to, groupBy, now }) {
	const electronic = ['api', 'web_form', 'secure_email', 'file_transfer'];
	const cohort = raw.referrals.filter((r) => electronic.includes(r.channel) && r.record_kind === 'request_for_service' && dayOf(r) >= from && dayOf(r) < to);
	if (!groupBy) return figuresOf(raw, cohort, null, now);
	const groups = [...new Set(cohort.map(labels[groupBy]))].sort();
	const each = groups.map((group) => figuresOf(raw, cohort.filter((r) => labels[groupBy](r) === group), group, now));
	return each.length === 0 ? [] : each[0].flatMap((_, i) => each.map((figures) => figures[i]));
}
