// What is stored of random histories, compared with the oracle: the rows, the rows from their events, the invariant, explanations.
import assert from 'node:assert/strict';
import { iso } from './ledger_history.mjs';

// ---- what is stored, read for all histories at once, and compared

const text = (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const byFollowUp = (rows) => Map.groupBy(rows, (row) => row.id);

export async function stored(db, { partnership }) {
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

export const short = (instant) => instant?.replace('000Z', 'Z') ?? null; // events have six decimals

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
function checkExplanation({ oracle, explainedBy: { clock, days }, explained: { head, stretches } }) {
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
		if (s.why === 'bank_holiday') assert.deepEqual(days[day.toISOString().slice(0, 10)], []);
	}
}

export function check(history, found, hint) {
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
		error.message = `${error.message}\n${hint}, history ${history.number}:\n  ${history.text()}`;
		throw error;
	}
}
