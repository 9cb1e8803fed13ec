// The clocks over random histories, against an oracle that counts minute by minute (tests/support/ledger_oracle.mjs): pauses,
// re-ratings, other policies, closures that are declared late and taken back, warnings, ladders, ends, with sweeps in between or
// not; over calendars with breaks, half days, nights, one-off holidays and both changes of the clocks. Every timing's due instant
// must be the oracle's, every level that was reached have its flag, and the events alone must give the row. The statements are the
// daemon's own, sent history by history. A failure prints LEDGER_SEED and LEDGER_HISTORIES, which play the same ones again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { mashctl } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { check, short, stored } from '../support/ledger_check.mjs';
import { FROM, History, STATEMENTS, UNTIL, calendars, calendarsOf, chance, iso, ruleOf } from '../support/ledger_history.mjs';
import { FollowUpOracle, least } from '../support/ledger_oracle.mjs';
import { runStatement, statementText } from '../support/statements.mjs';

const HISTORIES = Number(process.env.LEDGER_HISTORIES ?? 2000); // of all calendars
// The same histories each time, of a seed that found a fault once; LEDGER_SEED=… plays others.
const SEED = Number(process.env.LEDGER_SEED ?? 456_415);
const TIMINGS = Number(process.env.LEDGER_TIMINGS ?? 3000); // of each calendar, asked at once

let db;
async function write(client, partnership, { id, name, week, days }, isDefault) {
	await client.query(`INSERT INTO calendar VALUES ($1, $2, $3, 'Europe/London', $4, $5, $6)`, [partnership, id, name, isDefault, FROM, UNTIL]);
	for (const [day, opens, closes] of week) await client.query('INSERT INTO calendar_hours VALUES ($1, $2, $3, $4, $5)', [partnership, id, day, opens, closes]);
	for (const [day, [hours]] of Object.entries(days)) {
		await client.query('INSERT INTO calendar_day VALUES ($1, $2, $3, $4, $5)', [partnership, id, day, 'Another day', hours ? 'other_hours' : 'bank_holiday']);
		if (hours) await client.query('INSERT INTO calendar_day_hours VALUES ($1, $2, $3, $4, $5)', [partnership, id, day, ...hours]);
	}
	await runStatement(client, 'calendar/fill_working_intervals', [partnership, id]);
}

before(async () => {
	db = await createDatabase('ledger');
	for (const [name, calendar] of Object.entries(calendars)) {
		calendar.partnership = (await mashctl(db, 'partnership', 'add', '--name', name)).stdout.trim();
		calendar.staff = (await mashctl(db, 'staff', 'add', '--partnership', calendar.partnership, '--name', 'S. Staff', '--role', 'manager')).stdout.trim();
		calendar.calendars = calendarsOf(calendar);
		await db.session(async (client) => {
			await client.query('UPDATE calendar SET is_default = false');
			for (const one of calendar.calendars) await write(client, calendar.partnership, one, one === calendar.calendars[0]);
		}, { as: 'app', partnership: calendar.partnership });
	}
});
after(() => db?.drop());

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
		if (history.isExplained) history.explained = { head: results[history.first + history.places.explain].rows[0], stretches: results[history.first + history.places.stretches].rows };
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

function randomTiming({ calendars: [{ clock }] }, random, n) {
	const { received, rating, policy } = new History({ calendars: [{ clock }] }, random, n);
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
				return (await client.query(ASK, [calendar.partnership, calendar.calendars[0].id, JSON.stringify(timings.map((t) => t.question))])).rows;
			}, { as: 'app', partnership: calendar.partnership });
			const instant = (stored) => (stored === null ? null : new Date(`${stored.replace(' ', 'T').replace('+00', 'Z')}`).toISOString());
			timings.forEach(({ question, answer, counted }, n) => {
				const { due_at: due, limit_at: limit, warn_at: warn, levels } = rows[n];
				const found = { due: instant(due), limit: instant(limit), warn: instant(warn), levels: due === null ? null : levels.map(([level, at, role]) => [level, short(at), role]) };
				assert.deepEqual(found, answer, `${JSON.stringify(question)}, LEDGER_SEED=${SEED}`);
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
			const histories = Array.from({ length: HISTORIES / 4 }, (_, number) => new History(calendar, random, number).play());
			await playAll(histories);
			const found = await stored(db, calendar);
			assert.ok(histories.length < 50 || [...found.events.values()].flat().some(({ data }) => data.reason === 'calendar'), 'some were re-timed by another calendar');
			for (const history of histories) check(history, found, `LEDGER_SEED=${SEED} LEDGER_HISTORIES=${HISTORIES}`);
			timings += histories.reduce((sum, { oracle }) => sum + oracle.timing, 0);
		});
	}
	after(() => console.log(`${timings} timings, seed ${SEED}`));
});
