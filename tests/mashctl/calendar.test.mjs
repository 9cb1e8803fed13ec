// mashctl calendar: list, show, import bank-holidays, and what config check says of a calendar that ends soon.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startDaemon, tryMashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

const NOW = '2027-03-01T10:00:00Z'; // a Monday

let hub;
let folder;
const ctl = (...args) => tryMashctl(hub.db, '--now', NOW, ...args);
const ok = async (...args) => {
	const { code, stdout, stderr } = await ctl(...args);
	assert.equal(code, 0, stdout + stderr);
	return stdout;
};
const fails = async (code, pattern, ...args) => {
	const result = await ctl(...args);
	assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
	assert.match(result.stderr, pattern, args.join(' '));
};

// Eight holidays a year, as the government writes them.
const HOLIDAYS = { '01-01': 'New Year’s Day', '03-26': 'Good Friday', '03-29': 'Easter Monday', '05-03': 'Early May', '05-31': 'Spring', '08-30': 'Summer', '12-27': 'Christmas', '12-28': 'Boxing Day' };
const year = (number, more = {}) => Object.entries({ ...HOLIDAYS, ...more }).map(([day, title]) => ({ title, date: `${number}-${day}`, notes: '', bunting: true }));
const file = async (events, division = 'vale') => {
	const path = join(folder, `${randomUUID()}.json`);
	await writeFile(path, typeof events === 'string' ? events : JSON.stringify({ [division]: { division, events } }));
	return path;
};

before(async () => {
	hub = await startHub('calendar');
	folder = await mkdtemp(join(tmpdir(), 'calendar-'));
	const { items } = await hub.manager.at(NOW).ok('GET', '/v1/calendars');
	await hub.manager.at(NOW).ok('PUT', `/v1/calendars/${items[0].id}`, { headers: { 'if-match': '"1"' }, body: {
		name: 'vale', time_zone: 'Europe/London', covers_from: '2027-01-01', covers_until: '2027-12-31',
		hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '09:00', closes: '17:00' })),
		days: [
			{ date: '2027-01-01', kind: 'bank_holiday', title: 'New Year' }, { date: '2027-03-26', kind: 'closure', title: 'Painters' },
			{ date: '2027-05-08', kind: 'extra_working_day', title: 'A Saturday', hours: [{ opens: '09:00', closes: '11:00' }, { opens: '12:00', closes: '15:00' }] },
			{ date: '2027-06-11', kind: 'bank_holiday', title: 'Vale’s own' }, { date: '2027-08-30', kind: 'other_hours', title: 'Half a day', hours: [{ opens: '09:00', closes: '12:00' }] },
		],
	} });
});
after(async () => {
	await hub?.stop();
	await rm(folder, { recursive: true, force: true });
});

test('list and show', async () => {
	assert.match(await ok('calendar', 'list'), /^[0-9a-f-]{36} {2}vale {2}2027-01-01 to 2027-12-31, 305 days left, default\n$/);
	const shown = await ok('calendar', 'show', 'vale');
	assert.match(shown, /^vale, version 2, default\nEurope\/London\n2027-01-01 to 2027-12-31\nMon 09:00-17:00\n/);
	assert.match(shown, /\nSat closed\nSun closed\n2027-01-01 {2}bank_holiday {2}New Year\n/);
	assert.match(shown, /\n2027-05-08 {2}extra_working_day {2}A Saturday 09:00-11:00 12:00-15:00\n/);
	await fails(1, /no calendar of this name/, 'calendar', 'show', 'hill');
});

describe('import bank-holidays', () => {
	const importing = (path, ...more) => ctl('calendar', 'import', 'bank-holidays', path, '--division', 'vale', ...more);

	test('shows what it would change, changes it when told to, and then nothing more', async () => {
		const { id } = await hub.refer(NOW, { channel: 'secure_email' });
		const due = async () => (await hub.followUp(NOW, id, 'decide_next_steps')).due_at;
		assert.equal(await due(), '2027-03-02T10:00:00.000000Z');
		const path = await file([...year(2026), ...year(2027, { '03-02': 'Declared late' }), ...year(2028), ...year(2029).slice(0, 7)]);
		const state = () => hub.db.query(`SELECT (SELECT count(*)::int FROM event) AS events, (SELECT count(*)::int FROM working_interval) AS intervals, (SELECT max(version) FROM calendar) AS version`);
		const before = await state();

		const dry = await importing(path);
		assert.equal(dry.code, 4, dry.stderr);
		assert.match(dry.stdout, /^to add:\n(?: {2}\S+ {2}bank_holiday {2}.*\n)* {2}2027-03-02 {2}bank_holiday {2}Declared late\n/);
		assert.match(dry.stdout, /\nkept as they are here[^\n]*\n {2}2027-03-26 {2}closure {2}Painters\n {2}2027-08-30 {2}other_hours {2}Half a day 09:00-12:00\n/);
		assert.match(dry.stdout, /\nbank holidays here that the file does not have[^\n]*\n {2}2027-06-11 {2}bank_holiday {2}Vale’s own\n/);
		assert.match(dry.stdout, /\ncovers until 2028-12-31\n/);
		assert.match(dry.stdout, /decide_next_steps {2}2027-03-02T10:00:00\.000000Z -> 2027-03-03T10:00:00\.000000Z\n/);
		assert.match(dry.stdout, /nothing was changed: --apply does it\n$/);
		assert.ok(!/2026-|2029-/.test(dry.stdout.split('open follow-ups')[0]), dry.stdout);
		assert.deepEqual(await state(), before);
		assert.equal(await due(), '2027-03-02T10:00:00.000000Z');

		const applied = await importing(path, '--apply');
		assert.equal(applied.code, 0, applied.stderr);
		assert.match(applied.stdout, /\nchanged\n[1-9]\d* open follow-ups re-timed\n$/);
		assert.equal(await due(), '2027-03-03T10:00:00.000000Z');
		const shown = await ok('calendar', 'show', 'vale');
		assert.match(shown, /2027-03-26 {2}closure {2}Painters\n/);
		assert.match(shown, /2027-06-11 {2}bank_holiday/);
		assert.match(shown, /2028-12-28 {2}bank_holiday {2}Boxing Day\n$/);

		const after = await state();
		for (const more of [[], ['--apply']]) {
			const again = await importing(path, ...more);
			assert.deepEqual([again.code, again.stdout.endsWith('nothing to change\n')], [0, true], again.stdout);
		}
		assert.deepEqual(await state(), after);
		const [event] = await hub.db.query(`SELECT actor_kind, data ->> 'reason' AS reason FROM event WHERE type = 'follow_up_retimed' AND referral_id = $1 LIMIT 1`, [id]);
		assert.deepEqual(event, { actor_kind: 'system', reason: 'calendar' });
	});

	test('takes the calendar that is named', async () => {
		const body = { name: 'beside', time_zone: 'Europe/London', covers_from: '2027-01-01', covers_until: '2027-12-31', hours: [{ weekday: 1, opens: '09:00', closes: '10:00' }], days: [] };
		await hub.manager.at(NOW).ok('POST', '/v1/calendars', { body });
		const applied = await importing(await file(year(2027)), '--calendar', 'beside', '--apply');
		assert.deepEqual([applied.code, /0 open follow-ups re-timed/.test(applied.stdout)], [0, true], applied.stdout + applied.stderr);
		assert.match(await ok('calendar', 'show', 'beside'), /2027-12-28 {2}bank_holiday/);
	});

	test('what is no such list, or names nothing that is there, is refused', async () => {
		const good = await file(year(2027));
		const run = (...args) => ['calendar', 'import', ...args];
		await fails(2, /no such division/, ...run('bank-holidays', good));
		await fails(2, /no such division/, ...run('bank-holidays', await file('[]'), '--division', 'vale'));
		await fails(2, /event 2 has no title/, ...run('bank-holidays', await file([year(2027)[0], { title: 'x', date: 'soon' }]), '--division', 'vale'));
		await fails(2, /line 1/, ...run('bank-holidays', await file('{"a":'), '--division', 'vale'));
		await fails(1, /cannot be opened/, ...run('bank-holidays', join(folder, 'gone.json')));
		await fails(1, /no calendar of this name/, ...run('bank-holidays', good, '--division', 'vale', '--calendar', 'hill'));
		await fails(2, /only bank-holidays/, ...run('school-holidays', good));
	});
});

describe('a calendar that ends in less than 180 days', () => {
	test('is a warning of config check, a detail of readiness, a metric, and a line in the log, once', async () => {
		const check = () => ok('config', 'check');
		assert.doesNotMatch(await check(), /warning/);
		// The daemon goes by the real clock, so the calendar ends relative to it.
		const [calendar] = await hub.db.query(`UPDATE calendar SET covers_until = (mashd_now() AT TIME ZONE 'Europe/London')::date + 100 WHERE is_default RETURNING id, partnership_id`);
		assert.match((await tryMashctl(hub.db, 'config', 'check')).stdout, /warning: the calendar vale of calendar reaches 100 more days: extend it/);
		const daemon = await startDaemon(hub.db, { env: { MASHD_SWEEP_INTERVAL_MS: '100' } });
		try {
			const get = async (path) => (await fetch(daemon.url + path)).text();
			assert.match(await get('/readyz'), /"name":"calendar","ok":true,"detail":"reaches 100 more days: extend it"/);
			const metrics = await get('/metrics');
			assert.match(metrics, /calendar_coverage_seconds 8640000\b/);
			const swept = (text) => Number(/^mashd_sweeps_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? NaN);
			while (swept(await get('/metrics')) < swept(metrics) + 3) await new Promise((done) => setImmediate(done));
			const lines = daemon.logs().filter((line) => line.event === 'calendar_ends_soon');
			assert.deepEqual(lines.map((l) => [l.partnership, l.calendar, l.days_left, l.level]), [[calendar.partnership_id, calendar.id, '100', 'warning']]);
		} finally {
			await daemon.stop();
		}
	});
});
