// The clocks of the database against an oracle that counts minutes: due_instant() and working_minutes_between() over
// calendars with breaks, half days, nights, one-off holidays, and the nights on which the clocks change.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createDatabase } from '../support/database.mjs';
import { mashctl } from '../support/daemon.mjs';
import { runStatement } from '../support/statements.mjs';
import { WorkingTime } from '../support/working_time.mjs';

const [FROM, UNTIL] = ['2022-03-01', '2023-06-30'];
const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../api/calendars/england-and-wales.json'), 'utf8'));
const holidays = Object.fromEntries(shipped.days.map(({ date }) => [date, []]));
const weekdays = (...stretches) => [1, 2, 3, 4, 5].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));
const everyDay = (...stretches) => [1, 2, 3, 4, 5, 6, 7].flatMap((day) => stretches.map(([opens, closes]) => [day, opens, closes]));

// No edge of opening hours lies in a local hour that a change of the clocks repeats: its minutes would be two stretches.
const calendars = {
	office: { week: weekdays(['09:00', '17:00']), days: holidays },
	breaks: {
		week: [...weekdays(['08:30', '12:30'], ['13:15', '17:20']), [6, '09:00', '12:00']],
		days: { ...holidays, '2022-12-23': [['09:00', '13:00']], '2022-10-30': [['08:00', '12:00']], '2022-08-17': [], '2023-05-08': [['10:00', '12:00']] },
	},
	nights: { week: everyDay(['00:00', '06:00'], ['22:00', '24:00']), days: { '2022-09-19': [], '2022-12-24': [['18:00', '24:00']] } },
	always: { week: everyDay(['00:00', '24:00']), days: {} },
	// Several stretches on single days, extra working days, and edges in the hour that London skips on 2022-03-27 and 2023-03-26.
	stretches: {
		week: [...weekdays(['09:00', '12:00'], ['13:00', '15:30'], ['16:00', '18:00']), [7, '00:15', '00:45'], [7, '02:00', '04:00']],
		days: {
			...holidays, '2022-05-14': [['09:00', '11:00'], ['12:00', '14:00']], '2022-05-15': [['10:00', '10:01']], '2022-11-16': [['06:00', '06:30'], ['07:00', '07:15'], ['20:00', '24:00']],
			'2022-03-27': [['00:30', '01:20'], ['01:40', '02:30']], '2023-03-26': [['01:15', '01:45'], ['03:00', '05:00']], '2023-01-03': [],
		},
	},
	// A zone west of London, whose clocks change on other days (2022-03-13, 2022-11-06, 2023-03-12), at two o'clock.
	'New York': {
		zone: 'America/New_York', week: [...weekdays(['09:00', '12:30'], ['13:00', '17:00']), [7, '00:00', '00:30'], [7, '02:30', '06:00']],
		days: { '2022-07-04': [], '2022-12-26': [['10:00', '12:00'], ['13:00', '14:00']], '2022-03-13': [['01:30', '02:20'], ['03:10', '04:00']] },
	},
};

let db;
let partnership;
before(async () => {
	db = await createDatabase('clocks');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Clocks')).stdout.trim();
	await db.session(async (client) => {
		for (const [name, calendar] of Object.entries(calendars)) {
			calendar.id = randomUUID();
			calendar.oracle = new WorkingTime({ from: FROM, until: UNTIL, ...calendar });
			const document = JSON.stringify({
				name, time_zone: calendar.zone ?? 'Europe/London', covers_from: FROM, covers_until: UNTIL,
				hours: calendar.week.map(([weekday, opens, closes]) => ({ weekday, opens, closes })),
				days: Object.entries(calendar.days).map(([date, hours]) => ({
					date, title: 'Another day', kind: hours.length ? 'other_hours' : 'closure', hours: hours.map(([opens, closes]) => ({ opens, closes })),
				})),
			});
			const of = [partnership, calendar.id];
			await runStatement(client, 'calendar/insert', [...of, false, document, null]);
			for (const part of ['insert_hours', 'insert_days', 'insert_day_hours']) await runStatement(client, `calendar/${part}`, [...of, document]);
			await runStatement(client, 'calendar/fill_working_intervals', of);
		}
	}, { as: 'app', partnership });
});
after(() => db?.drop());

const iso = (second) => (second === null ? null : new Date(second * 1000).toISOString());
const seconds = (text) => Date.parse(text) / 1000;

// Many questions in one statement, as the application asks them.
const dueInstants = (calendar, questions) => db.query(
	`SELECT extract(epoch FROM d.due_at)::float8::text AS due
	 FROM ROWS FROM (unnest($3::timestamptz[]), unnest($4::text[]), unnest($5::integer[])) WITH ORDINALITY AS q (started_at, unit, amount, n)
	 LEFT JOIN LATERAL due_instant($1, $2, q.started_at, q.unit, q.amount) AS d ON true ORDER BY q.n`,
	[partnership, calendar.id, questions.map((q) => iso(q.start)), questions.map((q) => q.unit), questions.map((q) => q.amount)],
	{ as: 'app', partnership }).then((rows) => rows.map(({ due }) => (due === null ? null : Number(due))));

const workingMinutes = (calendar, questions) => db.query(
	`SELECT w.working_minutes::text AS minutes
	 FROM ROWS FROM (unnest($3::timestamptz[]), unnest($4::timestamptz[])) WITH ORDINALITY AS q (from_at, to_at, n)
	 LEFT JOIN LATERAL working_minutes_between($1, $2, q.from_at, q.to_at) AS w ON true ORDER BY q.n`,
	[partnership, calendar.id, questions.map((q) => iso(q.from)), questions.map((q) => iso(q.to))],
	{ as: 'app', partnership }).then((rows) => rows.map(({ minutes }) => (minutes === null ? null : Number(minutes))));

// Anywhere in the range, and often where it hurts: holidays, half days, the nights on which the clocks change, the end.
const special = ['2022-03-27T01:00Z', '2022-10-30T01:00Z', '2023-03-26T01:00Z', '2022-06-03T09:00Z', '2022-09-19T09:00Z', '2023-05-08T09:00Z', '2022-12-23T13:00Z', '2023-06-30T15:00Z'];
const instant = fc.oneof(
	fc.integer({ min: seconds(`${FROM}T00:00Z`), max: seconds(`${UNTIL}T20:00Z`) }),
	fc.tuple(fc.constantFrom(...special), fc.integer({ min: -3 * 86_400, max: 2 * 86_400 })).map(([near, by]) => Math.min(seconds(near) + by, seconds(`${UNTIL}T22:00Z`))),
	fc.tuple(fc.constantFrom(...special), fc.integer({ min: -60 * 24, max: 60 * 24 })).map(([near, by]) => Math.min(seconds(near) + by * 60, seconds(`${UNTIL}T22:00Z`))),
);
const question = fc.tuple(instant, fc.oneof(
	fc.record({ unit: fc.constant('elapsed_minutes'), amount: fc.integer({ min: 1, max: 5000 }) }),
	fc.record({ unit: fc.constant('working_minutes'), amount: fc.integer({ min: 1, max: 3000 }) }),
	fc.record({ unit: fc.constant('working_days'), amount: fc.integer({ min: 1, max: 10 }) }),
	fc.record({ unit: fc.constant('working_day_ends'), amount: fc.integer({ min: 0, max: 10 }) }),
	fc.record({ unit: fc.constant('calendar_months'), amount: fc.integer({ min: -14, max: 14 }) }),
)).map(([start, rest]) => ({ start, ...rest }));

for (const [name, calendar] of Object.entries(calendars)) {
	describe(`calendar "${name}"`, () => {
		test('due instants are those that counting gives', async () => {
			await fc.assert(fc.asyncProperty(fc.array(question, { minLength: 60, maxLength: 60 }), async (questions) => {
				const answers = await dueInstants(calendar, questions);
				questions.forEach((q, i) => {
					const expected = calendar.oracle.due(q.start, q.unit, q.amount);
					assert.equal(iso(answers[i]), iso(expected), `${q.amount} ${q.unit} from ${iso(q.start)}`);
				});
			}), { numRuns: 15, seed: 7 });
		});

		test('working time between two instants is what counting gives', async () => {
			const span = fc.tuple(instant, instant).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
			await fc.assert(fc.asyncProperty(fc.array(span, { minLength: 40, maxLength: 40 }), async (questions) => {
				const answers = await workingMinutes(calendar, questions);
				questions.forEach((q, i) => {
					const expected = calendar.oracle.between(q.from, q.to);
					const near = expected === null ? answers[i] === null : Math.abs(answers[i] - expected) < 1e-6;
					assert.ok(near, `from ${iso(q.from)} to ${iso(q.to)}: ${answers[i]}, counted ${expected}`);
				});
			}), { numRuns: 7, seed: 8 });
		});
	});
}

test('whether the calendar is closed at an instant', async () => {
	const closed = (calendar, at) => db.query('SELECT closed FROM calendar_closed($1, $2, $3)', [partnership, calendar.id, at], { as: 'app', partnership });
	for (const [at, expected] of [['2022-11-01T08:59:59Z', true], ['2022-11-01T09:00Z', false], ['2022-11-01T16:59:59Z', false], ['2022-11-01T17:00Z', true],
		['2022-06-03T10:00Z', true], ['2022-11-05T10:00Z', true], ['2024-01-02T10:00Z', true]])
		assert.deepEqual(await closed(calendars.office, at), [{ closed: expected }], at);
	assert.deepEqual(await closed(calendars.breaks, '2022-11-01T13:00Z'), [{ closed: true }]);
});

describe('by hand', () => {
	const cases = [
		['over two bank holidays and a weekend', 'office', '2022-06-01T16:00Z', 'working_days', 1, '2022-06-07T08:00Z'],
		['over the day of the Queen\'s funeral', 'office', '2022-09-16T14:00Z', 'working_days', 1, '2022-09-20T14:00Z'],
		['to the closing before the coronation\'s holiday', 'office', '2023-05-05T14:00Z', 'working_minutes', 120, '2023-05-05T16:00Z'],
		['a minute past it', 'office', '2023-05-05T14:00Z', 'working_minutes', 121, '2023-05-09T08:01Z'],
		['the same clock time after the clocks went back', 'office', '2022-10-28T15:00Z', 'working_days', 1, '2022-10-31T16:00Z'],
		['the same clock time after the clocks went forward', 'office', '2023-03-24T10:00Z', 'working_days', 1, '2023-03-27T09:00Z'],
		['elapsed time takes no notice of clocks', 'office', '2022-10-29T23:30Z', 'elapsed_minutes', 240, '2022-10-30T03:30Z'],
		['no later than the closing of a half day', 'breaks', '2022-12-22T15:00Z', 'working_days', 1, '2022-12-23T13:00Z'],
		['a start in the lunch break counts from its end', 'breaks', '2022-11-01T12:45Z', 'working_minutes', 30, '2022-11-01T13:45Z'],
		['the night that is an hour longer', 'nights', '2022-10-29T21:00Z', 'working_minutes', 540, '2022-10-30T06:00Z'],
		['the night that is an hour shorter', 'nights', '2023-03-25T22:00Z', 'working_minutes', 420, '2023-03-26T05:00Z'],
		['a local time that does not exist', 'always', '2022-03-26T01:30Z', 'working_days', 1, '2022-03-27T01:30Z'],
		['a local time that comes twice', 'always', '2022-10-29T00:30Z', 'working_days', 1, '2022-10-30T01:30Z'],
		['the last working day', 'office', '2023-06-29T10:00Z', 'working_days', 1, '2023-06-30T10:00Z'],
		['past the calendar\'s end', 'office', '2023-06-30T10:00Z', 'working_days', 1, null],
		['working minutes past the end', 'office', '2023-06-30T15:00Z', 'working_minutes', 61, null],
		['the end of the same day', 'office', '2023-05-05T14:00Z', 'working_day_ends', 0, '2023-05-05T16:00Z'],
		['after closing: the end of the next working day', 'office', '2023-05-05T16:00Z', 'working_day_ends', 0, '2023-05-09T16:00Z'],
		['the end of the day after the half day', 'breaks', '2022-12-22T17:00Z', 'working_day_ends', 1, '2022-12-23T13:00Z'],
		['the end of the last working day', 'office', '2023-06-30T10:00Z', 'working_day_ends', 0, '2023-06-30T16:00Z'],
		['the end of a working day past the end', 'office', '2023-06-30T10:00Z', 'working_day_ends', 1, null],
		['a month later, at the same local time', 'office', '2022-03-15T10:00Z', 'calendar_months', 1, '2022-04-15T09:00Z'],
		['a month later, its last day', 'office', '2023-01-31T10:00Z', 'calendar_months', 1, '2023-02-28T10:00Z'],
		['two months before', 'office', '2023-05-01T09:00Z', 'calendar_months', -2, '2023-03-01T10:00Z'],
		['months past the calendar\'s end are months all the same', 'office', '2023-06-30T10:00Z', 'calendar_months', 6, '2023-12-30T11:00Z'],
		['working minutes up to the end', 'office', '2023-06-30T15:00Z', 'working_minutes', 60, '2023-06-30T16:00Z'],
		['days from before the calendar\'s first day', 'office', '2022-02-28T23:59Z', 'working_days', 1, null],
		['working minutes from before it', 'office', '2022-02-28T10:00Z', 'working_minutes', 60, null],
		['elapsed time needs no calendar', 'office', '2022-02-28T10:00Z', 'elapsed_minutes', 60, '2022-02-28T11:00Z'],
		['days from the first day\'s first moment', 'office', '2022-03-01T00:00Z', 'working_days', 1, '2022-03-02T09:00Z'],
		['working minutes from it', 'office', '2022-03-01T00:00Z', 'working_minutes', 60, '2022-03-01T10:00Z'],
	];
	for (const [name, calendar, start, unit, amount, expected] of cases) {
		test(name, async () => {
			const [due] = await dueInstants(calendars[calendar], [{ start: seconds(start), unit, amount }]);
			assert.equal(iso(due), expected === null ? null : iso(seconds(expected)));
		});
	}
});

// `discuss` and its bound `decide_outcome`, found_after 120 working minutes (DOMAIN section 3). By hand, winter time.
describe('a time that another one bounds', () => {
	const red = ['elapsed_minutes', 240];
	const day = ['working_days', 1];
	const found = ['working_minutes', 120];
	const cases = [
		['own first', '2022-11-01T10:00Z', '2022-11-01T10:00Z', day, ['working_days', 3], '2022-11-02T10:00Z', 'own'],
		['the bound first', '2022-11-01T10:00Z', '2022-11-01T12:00Z', day, day, '2022-11-02T10:00Z', 'latest'],
		['both at once', '2022-11-01T10:00Z', '2022-11-01T10:00Z', red, red, '2022-11-01T14:00Z', 'own'],
		['found when the bound is due: found_after', '2022-11-01T10:00Z', '2022-11-01T14:00Z', red, red, '2022-11-01T16:00Z', 'found_after'],
		['red, found after, on a Friday evening: its own elapsed time', '2022-11-04T10:00Z', '2022-11-04T16:58Z', red, red, '2022-11-04T20:58Z', 'own'],
		['red, found after, at night', '2022-11-04T10:00Z', '2022-11-05T02:00Z', red, red, '2022-11-05T06:00Z', 'own'],
		['red, found after, at the opening', '2022-11-01T10:00Z', '2022-11-02T09:00Z', red, red, '2022-11-02T11:00Z', 'found_after'],
		['red, found after, both at the very same instant', '2022-11-01T10:00Z', '2022-11-02T07:00Z', red, red, '2022-11-02T11:00Z', 'own'],
		['amber, found after, on a Friday evening: working minutes', '2022-11-02T10:00Z', '2022-11-04T16:58Z', day, day, '2022-11-07T10:58Z', 'found_after'],
		['amber, found after, on a Saturday', '2022-11-02T10:00Z', '2022-11-05T12:00Z', day, day, '2022-11-07T11:00Z', 'found_after'],
		['the calendar ends before its own time and the bound\'s', '2023-06-30T10:00Z', '2023-06-30T11:00Z', day, day, null, 'own'],
		['the calendar ends before its own time', '2023-06-29T10:00Z', '2023-06-30T11:00Z', day, day, '2023-06-30T13:00Z', 'found_after'],
		['the calendar ends before found_after: elapsed time does not', '2023-06-29T10:00Z', '2023-06-30T15:30Z', red, red, '2023-06-30T19:30Z', 'own'],
	];
	for (const [name, received, needed, own, latest, expected, applies] of cases) {
		test(name, async () => {
			const [row] = await db.query(
				`SELECT to_char(d.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS due, d.applies
				 FROM bounded_due_instant($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS d`,
				[partnership, calendars.office.id, needed, ...own, received, ...latest, ...found], { as: 'app', partnership });
			assert.deepEqual([row.due, row.applies], [expected, applies]);
		});
	}
});

test('why there is no due instant', async () => {
	const problem = async (start, due) => (await db.query('SELECT p.due_problem FROM due_problem($1, $2, $3, $4) AS p', [partnership, calendars.office.id, start, due]))[0].due_problem;
	assert.equal(await problem('2022-02-28T23:59:59Z', null), 'before_calendar');
	assert.equal(await problem('2022-03-01T00:00:00Z', null), 'calendar_ends');
	assert.equal(await problem('2022-02-28T23:59:59Z', '2022-03-01T10:00:00Z'), null);
	assert.equal(await problem('2022-03-01T00:00:00Z', '2022-03-01T10:00:00Z'), null);
});

test('the shipped calendar has the bank holidays, one-off ones too, and reaches to the end of 2028', async () => {
	const days = await db.query(
		`SELECT w.local_day::text FROM working_interval AS w JOIN calendar AS c ON c.id = w.calendar_id WHERE c.is_default ORDER BY 1`);
	const working = new Set(days.map((row) => row.local_day));
	for (const closed of ['2022-06-02', '2022-06-03', '2022-09-19', '2023-05-08', '2023-05-06', '2026-12-28']) assert.ok(!working.has(closed), closed);
	for (const open of ['2022-06-01', '2022-09-20', '2023-05-09', '2026-12-24', '2028-12-29']) assert.ok(working.has(open), open);
	assert.equal(days[0].local_day, '2012-01-03');
	assert.equal(days.at(-1).local_day, '2028-12-29');
});
