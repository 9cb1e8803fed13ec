// closed_since(): after which closing an instant lies, against opening hours written out here by hand. Its edges decide whether
// duty has to take a referral over: to the closing minute itself the hub is there. And hub_opens_after(), until when duty has it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';

let db, partnership, calendar;
before(async () => {
	db = await createDatabase('closed_since');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Closings')).stdout.trim();
	[{ id: calendar }] = await db.query('SELECT id FROM calendar WHERE partnership_id = $1', [partnership]);
});
after(() => db?.drop());

// Easter 2027: closed from Friday the 26th of March to Monday the 29th; clocks go forward on Sunday the 28th.
const days = ['2027-03-24', '2027-03-25', '2027-03-30', '2027-03-31'];
const hours = days.map((day) => { const z = day < '2027-03-28' ? 'Z' : '+01:00'; return [Date.parse(`${day}T09:00:00${z}`), Date.parse(`${day}T17:00:00${z}`)]; });
function expected(instant) {
	if (hours.some(([opens, closes]) => opens <= instant && instant <= closes)) return null;
	return Math.max(...hours.map(([, closes]) => closes).filter((closes) => closes < instant));
}

test('every seven minutes over Easter, and a microsecond around each edge', async () => {
	const instants = [];
	for (let t = hours[0][0]; t < hours.at(-1)[1] + 3_600_000; t += 7 * 60_000) instants.push([t, 0]);
	for (const edge of hours.flat()) for (const micro of [-1, 0, 1]) instants.push([edge, micro]);
	const rows = await db.query(
		`SELECT extract(epoch FROM s.closed_at)::float8::text AS closed
		 FROM ROWS FROM (unnest($3::timestamptz[]), unnest($4::integer[])) WITH ORDINALITY AS q (at, micro, n)
		 CROSS JOIN LATERAL closed_since($1, $2, q.at + q.micro * interval '1 microsecond') AS s ORDER BY q.n`,
		[partnership, calendar, instants.map(([t]) => new Date(t).toISOString()), instants.map(([, micro]) => micro)], { as: 'app', partnership });
	for (const [i, [t, micro]] of instants.entries()) {
		if (micro === -1 && t === hours[0][0]) continue; // the closing before lies outside the hours written here
		const want = expected(t + micro / 1000);
		assert.equal(rows[i].closed === null ? null : Number(rows[i].closed) * 1000, want, `${new Date(t).toISOString()} ${micro}`);
	}
});

test('before the calendar begins nothing is known; past its end the last closing counts', async () => {
	const [row] = await db.query(
		`SELECT (SELECT s.closed_at FROM closed_since($1, $2, c.covers_from - interval '1 year') AS s) AS before,
		        (SELECT s.closed_at FROM closed_since($1, $2, c.covers_until + interval '1 year') AS s)
		          = (SELECT max(w.closes_at) FROM working_interval AS w WHERE w.partnership_id = $1) AS after
		 FROM calendar AS c WHERE c.partnership_id = $1 AND c.id = $2`, [partnership, calendar]);
	assert.deepEqual([row.before, row.after], [null, true]);
});

test('the next opening after an instant, over Easter; past the end of the calendar none is known', async () => {
	const after = async (instant, of = calendar) => (await db.query(`SELECT extract(epoch FROM n.opens_at)::float8::text AS opens FROM hub_opens_after($1, $2, $3) AS n`, [partnership, of, instant], { as: 'app', partnership }))[0].opens;
	for (const [opens] of hours) {
		for (const [before, wanted] of [[1, opens], [60_000, opens], [0, hours.find(([later]) => later > opens)?.[0]]]) {
			if (wanted) assert.equal(Number(await after(new Date(opens - before).toISOString())) * 1000, wanted);
		}
	}
	assert.equal(Number(await after('2027-03-25T16:59:00Z')) * 1000, hours[2][0], 'from within hours: the opening after the next closing');
	assert.equal(await after('2039-01-01T00:00:00Z'), null);
});

test('hours that go on past midnight open once', async () => {
	const [{ id: late }] = await db.query(`INSERT INTO calendar (partnership_id, id, name, time_zone, covers_from, covers_until) SELECT partnership_id, gen_random_uuid(), 'Late', time_zone, covers_from, covers_until FROM calendar WHERE partnership_id = $1 RETURNING id`, [partnership]);
	await db.query(`INSERT INTO working_interval (partnership_id, calendar_id, opens_at, closes_at, minutes_before, local_day, day_number)
		SELECT $1, $2, o::timestamptz, c::timestamptz, n, o::date, n
		FROM (VALUES ('2027-02-01T18:00Z', '2027-02-02T00:00Z', 0), ('2027-02-02T00:00Z', '2027-02-02T02:00Z', 360), ('2027-02-02T18:00Z', '2027-02-03T00:00Z', 480)) AS s (o, c, n)`, [partnership, late]);
	for (const [at, opens] of [['2027-02-01T17:00Z', '2027-02-01T18:00Z'], ['2027-02-01T23:50Z', '2027-02-02T18:00Z'], ['2027-02-02T01:00Z', '2027-02-02T18:00Z'], ['2027-02-02T03:00Z', '2027-02-02T18:00Z']]) {
		const [row] = await db.query('SELECT n.opens_at = $4::timestamptz AS fits FROM hub_opens_after($1, $2, $3) AS n', [partnership, late, at, opens], { as: 'app', partnership });
		assert.equal(row.fits, true, at);
	}
});
