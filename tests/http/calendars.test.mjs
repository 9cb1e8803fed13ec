// Calendars over HTTP: reading, adding, replacing, trying, what a change does to the open follow-ups, and every refusal.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { until } from '../support/raw_http.mjs';

let hub;
let foreign; // a manager of another partnership
before(async () => {
	hub = await startHub('calendars');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	await ctl('partnership', 'add', '--name', 'elsewhere');
	foreign = new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--partnership', 'elsewhere', '--system', 'M', '--role', 'manager') });
});
after(() => hub?.stop());

// A Monday morning; every test that moves follow-ups has a week of its own from 2027-03-01 on.
const NOW = '2027-02-22T10:00:00Z';
const week = (n) => (day, time) => `${new Date(Date.UTC(2027, 2, 1 + 7 * n + day)).toISOString().slice(0, 10)}${time ? `T${time}:00.000000Z` : ''}`;
const names = ['name', 'time_zone', 'is_default', 'covers_from', 'covers_until', 'hours', 'days'];
const documentOf = (calendar) => Object.fromEntries(names.map((name) => [name, calendar[name]]));
const office = (members = {}) => ({
	name: randomUUID(), time_zone: 'Europe/London', covers_from: '2026-01-01', covers_until: '2028-12-31',
	hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '09:00', closes: '17:00' })), days: [], ...members,
});

const refused = (answer, status, type, pointer) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
	if (pointer !== undefined) assert.ok(answer.json.errors?.some((e) => e.pointer === pointer), answer.text);
	return answer.json;
};

const put = (now, id, document, etag) => hub.manager.at(now).put(`/v1/calendars/${id}`, document, { 'if-match': etag });
const tryIt = (now, id, document, query = '') => hub.manager.at(now).ok('POST', `/v1/calendars/${id}/dry-run${query}`, { body: document });

async function defaultCalendar(now = NOW) {
	const { items } = await hub.manager.at(now).ok('GET', '/v1/calendars');
	const answer = await hub.manager.at(now).get(`/v1/calendars/${items.find((c) => c.is_default).id}`);
	return { id: answer.json.id, etag: answer.headers.etag, calendar: answer.json, document: documentOf(answer.json) };
}

const byDate = (a, b) => (a.date < b.date ? -1 : 1);
const withDays = (document, ...days) => ({ ...document, days: [...document.days.filter((d) => !days.some((n) => n.date === d.date)), ...days].sort(byDate) });
const withoutDays = (document, ...dates) => ({ ...document, days: document.days.filter((d) => !dates.includes(d.date)) });

// Replaces the default calendar's document with what `edit` makes of it.
async function change(now, edit) {
	const { id, etag, document } = await defaultCalendar(now);
	const answer = await put(now, id, edit(document), etag);
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}

const refer = async (now) => (await hub.refer(now, { channel: 'secure_email', agency_reference: randomUUID() })).id;
const due = async (now, referral, kind) => (await hub.followUp(now, referral, kind)).due_at;
const events = async (now, referral, type) => (await hub.practitioner.at(now).ok('GET', `/v1/referrals/${referral}/timeline?limit=200`)).items.filter((e) => e.type === type);

describe('reading', () => {
	test('a partnership begins with one, the default, which names its days', async () => {
		const { items } = await hub.practitioner.at(NOW).ok('GET', '/v1/calendars');
		assert.equal(items.length, 1);
		const [head] = items;
		assert.deepEqual([head.name, head.version, head.is_default, head.covers_until, head.days_left], ['england-and-wales', 1, true, '2028-12-31', 678]);
		const { json, headers } = await hub.practitioner.at(NOW).get(`/v1/calendars/${head.id}`);
		assert.equal(headers.etag, '"1"');
		assert.deepEqual({ ...json, hours: undefined, days: undefined }, { ...head, hours: undefined, days: undefined });
		assert.deepEqual(json.hours[0], { weekday: 1, opens: '09:00', closes: '17:00' });
		assert.deepEqual(json.days.at(-1), { date: '2028-12-26', kind: 'bank_holiday', title: 'Boxing Day' });
	});

	test('unknown and foreign ones are the same 404, for whatever is asked', async () => {
		const { id, document } = await defaultCalendar();
		const details = new Set();
		for (const [who, path] of [[hub.manager, randomUUID()], [foreign, id]]) {
			const headers = { 'if-match': '"1"' };
			for (const answer of [await who.get(`/v1/calendars/${path}`), await who.put(`/v1/calendars/${path}`, document, headers), await who.post(`/v1/calendars/${path}/dry-run`, document)])
				details.add(refused(answer, 404, 'not-found').detail);
		}
		assert.equal(details.size, 1);
	});
});

describe('adding', () => {
	const days = [
		{ date: '2027-01-01', kind: 'bank_holiday', title: 'New Year\'s Day' },
		{ date: '2027-05-08', kind: 'extra_working_day', title: 'A Saturday', hours: [{ opens: '09:00', closes: '12:00' }, { opens: '13:00', closes: '24:00' }] },
		{ date: '2027-12-24', kind: 'other_hours', title: 'A half day', hours: [{ opens: '09:00', closes: '12:30' }] },
	];

	test('one comes back as it was sent, and its repeat adds nothing', async () => {
		const body = office({ days, time_zone: 'America/New_York' });
		const key = { 'idempotency-key': randomUUID() };
		const answer = await hub.manager.at(NOW).post('/v1/calendars', body, key);
		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.headers.etag, '"1"');
		assert.equal(answer.headers.location, `/v1/calendars/${answer.json.id}`);
		assert.deepEqual(documentOf(answer.json), { ...body, is_default: false });
		assert.deepEqual((await hub.manager.at(NOW).get(answer.headers.location)).json, answer.json);
		const again = await hub.manager.at(NOW).post('/v1/calendars', body, key);
		assert.deepEqual([again.status, again.json, again.headers['idempotent-replayed']], [201, answer.json, 'true']);
		refused(await hub.manager.post('/v1/calendars', office(), key), 422, 'idempotency-key-reused');
		refused(await hub.manager.post('/v1/calendars', body), 409, 'already-exists', '/name');
		const stored = await hub.db.query('SELECT version, document, changed_by FROM calendar_version WHERE calendar_id = $1', [answer.json.id]);
		assert.deepEqual(stored, [{ version: 1, document: body, changed_by: hub.managerId }]);
	});

	test('what makes no sense is refused with its place, everywhere', async () => {
		const { id } = await defaultCalendar();
		const day = (members) => ({ days: [{ date: '2027-05-04', kind: 'closure', title: 'x', ...members }] });
		const stretch = (opens, closes) => ({ opens, closes });
		const cases = [
			[{ name: '' }, '/name'], [{ time_zone: 'Europe/Londno' }, '/time_zone'], [{ time_zone: 'GMT+1' }, '/time_zone'], [{ covers_from: '2027-02-30' }, '/covers_from'],
			[{ covers_until: '2025-12-31' }, '/covers_until'], [{ covers_until: '2056-01-02' }, '/covers_until'], [{ hours: [] }, '/hours'],
			[{ hours: [{ weekday: 1, ...stretch('17:00', '09:00') }] }, '/hours/0'],
			[{ hours: [{ weekday: 1, ...stretch('09:00', '13:00') }, { weekday: 1, ...stretch('12:00', '17:00') }] }, '/hours/1'],
			[{ hours: [{ weekday: 8, ...stretch('09:00', '13:00') }] }, '/hours/0/weekday'], [{ hours: [{ weekday: 1, ...stretch('9:00', '13:00') }] }, '/hours/0/opens'],
			[day({ date: '2025-05-04' }), '/days/0'], [day({ kind: 'holiday' }), '/days/0/kind'], [day({ title: '' }), '/days/0/title'],
			[day({ hours: [stretch('09:00', '10:00')] }), '/days/0/hours'], [day({ kind: 'other_hours' }), '/days/0/hours'],
			[day({ kind: 'extra_working_day', hours: [stretch('09:00', '10:00'), stretch('09:30', '11:00')] }), '/days/0/hours/1'],
			[{ days: [...day().days, ...day().days] }, '/days/1'], [{ colour: 'blue' }, '/colour'],
		];
		for (const [members, pointer] of cases) {
			refused(await hub.manager.post('/v1/calendars', office(members)), 422, 'invalid-body', pointer);
			refused(await put(NOW, id, office(members), '"1"'), 422, 'invalid-body', pointer);
			refused(await hub.manager.post(`/v1/calendars/${id}/dry-run`, office(members)), 422, 'invalid-body', pointer);
		}
		assert.equal((await defaultCalendar()).etag, '"1"');
	});

	test('the twenty-first is refused', async () => {
		for (let n = 1; n < 20; n++) await foreign.ok('POST', '/v1/calendars', { body: office() });
		refused(await foreign.post('/v1/calendars', office()), 422, 'rule-broken');
		assert.equal((await foreign.ok('GET', '/v1/calendars')).items.length, 20);
	});
});

describe('replacing', () => {
	const added = async (members) => {
		const { json, headers } = await hub.manager.at(NOW).post('/v1/calendars', office(members));
		return { id: json.id, etag: headers.etag, document: documentOf(json) };
	};

	test('a stale, foreign or missing version changes nothing', async () => {
		const { id, document } = await added();
		for (const etag of ['"2"', '"0"', '"999999999999999999"']) refused(await put(NOW, id, document, etag), 412, 'stale-version');
		for (const etag of ['"x"', '1']) refused(await put(NOW, id, document, etag), 400, 'invalid-parameter');
		refused(await hub.manager.put(`/v1/calendars/${id}`, document), 428, 'version-required');
		assert.equal((await hub.manager.get(`/v1/calendars/${id}`)).headers.etag, '"1"');
	});

	test('of two changes at once on one version one is made', async () => {
		const { id, document } = await added();
		const both = await Promise.all(['a', 'b'].map((n) => put(NOW, id, { ...document, name: `${document.name} ${n}` }, '"1"')));
		assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
	});

	test('a name of another one is refused; a default cannot be none', async () => {
		const { id, document } = await added();
		const other = await defaultCalendar();
		refused(await put(NOW, id, { ...document, name: other.document.name }, '"1"'), 409, 'already-exists', '/name');
		refused(await put(NOW, other.id, { ...other.document, is_default: false }, other.etag), 422, 'rule-broken', '/is_default');
	});

	test('bodies and parameters of another form are refused', async () => {
		const { id } = await added();
		const headers = { 'if-match': '"1"' };
		for (const send of [(body, more) => hub.manager.put(`/v1/calendars/${id}`, body, { ...headers, ...more }), (body, more) => hub.manager.post(`/v1/calendars/${id}/dry-run`, body, more)]) {
			refused(await send('{"name":'), 400, 'invalid-json');
			refused(await send('name=x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
			refused(await send(JSON.stringify({ name: 'x'.repeat(1 << 20) })), 413, 'body-too-large');
		}
		refused(await hub.manager.post(`/v1/calendars/${id}/dry-run?limit=201`, office()), 400, 'invalid-parameter');
		refused(await hub.manager.get('/v1/calendars/7'), 400, 'invalid-parameter');
		refused(await hub.manager.get('/v1/calendars?colour=blue'), 400, 'invalid-parameter');
	});

	test('one that is not the default moves nothing', async () => {
		const { id, etag, document } = await added();
		const on = week(0);
		const referral = await refer(on(0, '10:00'));
		const edited = { ...document, hours: [{ weekday: 7, opens: '09:00', closes: '10:00' }] };
		const dry = await tryIt(on(0, '10:00'), id, edited);
		assert.deepEqual([dry.moved, dry.referrals, dry.items], [0, 0, []]);
		const { json } = await put(on(0, '10:00'), id, edited, etag);
		assert.deepEqual([json.version, json.retimed_at, json.hours], [2, null, edited.hours]);
		assert.equal(await due(on(0, '10:00'), referral, 'decide_next_steps'), on(1, '10:00'));
	});
});

describe('what a change of the default does to open follow-ups', () => {
	test('a holiday declared late moves what is due, once, and says so', async () => {
		const on = week(1);
		const referral = await refer(on(0, '10:00'));
		const red = await refer(on(0, '11:00'));
		await hub.screen(on(0, '11:10'), red, 'red');
		const before = { next: await due(on(0, '12:00'), referral, 'decide_next_steps'), red: await due(on(0, '12:00'), red, 'discuss') };
		assert.deepEqual(before, { next: on(1, '10:00'), red: on(0, '15:00') });
		const day = { date: on(1), kind: 'bank_holiday', title: 'A day of mourning' };
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const { json: whole } = await hub.manager.at(on(0, '12:00')).get(`/v1/referrals/${referral}`);

		const { id, document } = await defaultCalendar();
		const dry = await tryIt(on(0, '12:00'), id, withDays(document, day));
		const row = dry.items.find((i) => i.referral_id === referral && i.kind === 'decide_next_steps');
		assert.deepEqual([row.due_at_before, row.due_at, row.change, row.reference], [on(1, '10:00'), on(2, '10:00'), 'later', whole.reference]);
		assert.ok(dry.moved >= 3 && dry.moved === dry.later && dry.complete, JSON.stringify(dry));
		assert.ok(!dry.items.some((i) => i.referral_id === red && i.kind === 'discuss'));
		assert.equal(await due(on(0, '12:00'), referral, 'decide_next_steps'), on(1, '10:00'));
		assert.deepEqual((await hub.manager.at(on(0, '12:00')).get(`/v1/referrals/${referral}`)).json, whole);
		const admin = hub.manager.as((await mashctl(hub.db, 'key', 'issue', '--partnership', hub.partnership, '--system', 'Directory', '--role', 'admin')).stdout.trim());
		const unnamed = await admin.at(on(0, '12:00')).ok('POST', `/v1/calendars/${id}/dry-run`, { body: withDays(document, day) });
		assert.deepEqual(unnamed, { ...dry, items: [] }, 'who may see no referral is told how many');
		const { later, moved } = dry.by_kind.find((k) => k.kind === 'decide_next_steps');
		assert.deepEqual([later, moved], Array(2).fill(dry.items.filter((i) => i.kind === 'decide_next_steps').length));
		for (const name of ['moved', 'later', 'unchanged', 'opened']) assert.equal(dry.by_kind.reduce((sum, k) => sum + k[name], 0), dry[name], name);
		const short = await tryIt(on(0, '12:00'), id, withDays(document, day), '?limit=1');
		assert.deepEqual([short.items.length, short.moved], [1, dry.moved]);

		const changed = await change(on(0, '12:00'), (d) => withDays(d, day));
		assert.equal(changed.retimed_at, on(0, '12:00'));
		const next = await hub.followUp(on(0, '12:00'), referral, 'decide_next_steps');
		assert.deepEqual([next.due_at, next.timing], [on(2, '10:00'), 2]);
		assert.equal(await due(on(0, '12:00'), red, 'discuss'), on(0, '15:00'));
		const [event] = (await events(on(0, '12:00'), referral, 'follow_up_retimed')).filter((e) => e.data.kind === 'decide_next_steps');
		assert.deepEqual([event.data.reason, event.data.due_at_before, event.data.due_at, event.data.timing], ['calendar', on(1, '10:00'), on(2, '10:00'), 2]);
		const { json: now } = await hub.manager.at(on(0, '12:00')).get(`/v1/referrals/${referral}`);
		assert.equal(now.version, whole.version + 1);
		// Said again, nothing moves.
		const again = await change(on(0, '12:30'), (d) => d);
		assert.equal(again.version, changed.version + 1);
		assert.equal((await events(on(0, '12:30'), referral, 'follow_up_retimed')).length, (await events(on(0, '12:00'), referral, 'follow_up_retimed')).length);
		assert.equal((await hub.manager.at(on(0, '12:30')).get(`/v1/referrals/${referral}`)).json.version, now.version);
	});

	test('declared after the breach, it clears the flag as re-timed, and the next breach has its own', async () => {
		const on = week(2);
		const referral = await refer(on(0, '10:00'));
		await hub.sweep(on(1, '12:00'));
		const raised = await hub.flags(on(1, '12:00'), `referral_id=${referral}`);
		assert.equal(raised.filter((f) => f.kind === 'decide_next_steps').length, 1);
		await change(on(1, '13:00'), (d) => withDays(d, { date: on(1), kind: 'bank_holiday', title: 'One-off' }));
		const flags = async () => hub.db.query(
			`SELECT timing, breached_at::text, cleared_by FROM flag WHERE referral_id = $1 AND kind = 'decide_next_steps' ORDER BY timing`, [referral]);
		assert.deepEqual((await flags()).map((f) => [f.timing, f.cleared_by]), [[1, 'retimed']]);
		assert.equal(await due(on(1, '13:00'), referral, 'decide_next_steps'), on(2, '10:00'));
		await hub.sweep(on(2, '10:01'));
		assert.deepEqual((await flags()).map((f) => [f.timing, f.cleared_by]), [[1, 'retimed'], [2, null]]);
	});

	test('overdue before the day that changes stays overdue', async () => {
		const on = week(3);
		const referral = await refer(on(0, '10:00'));
		await change(on(2, '12:00'), (d) => withDays(d, { date: on(2), kind: 'closure', title: 'Flood' }));
		const next = await hub.followUp(on(2, '12:00'), referral, 'decide_next_steps');
		assert.deepEqual([next.due_at, next.timing], [on(1, '10:00'), 1]);
	});

	test('a closure of a week moves discussion and decision; taken back, they return', async () => {
		const on = week(6); // summer time; no bank holiday near
		const referral = await refer(on(4, '09:00'));
		await hub.screen(on(4, '10:00'), referral, 'amber');
		const both = async (now) => [await due(now, referral, 'discuss'), await due(now, referral, 'decide_outcome')];
		const before = await both(on(4, '10:00'));
		assert.deepEqual(before, [on(7, '09:00'), on(7, '09:00')]);
		const days = [7, 8, 9, 10, 11].map((n) => ({ date: on(n), kind: 'closure', title: 'Moving house' }));
		await change(on(4, '11:00'), (d) => withDays(d, ...days));
		assert.deepEqual(await both(on(4, '11:00')), [on(14, '09:00'), on(14, '09:00')]);
		const { items } = await hub.practitioner.at(on(4, '11:00')).ok('GET', `/v1/referrals/${referral}/follow-ups`);
		const soonest = items.filter((f) => f.state === 'open').map((f) => f.due_at).sort()[0];
		const [{ next_due_at: kept }] = await hub.db.query('SELECT to_char(next_due_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS next_due_at FROM referral WHERE id = $1', [referral]);
		assert.equal(kept, soonest);
		await change(on(4, '12:00'), (d) => withoutDays(d, ...days.map((day) => day.date)));
		assert.deepEqual(await both(on(4, '12:00')), before);
		assert.equal((await hub.followUp(on(4, '12:00'), referral, 'discuss')).timing, 3);
	});

	test('an extra working day, of two stretches, brings it forward', async () => {
		const on = week(9);
		const referral = await refer(on(4, '15:00')); // Friday 16:00 by local time
		await hub.screen(on(4, '15:10'), referral, 'green', false);
		assert.equal(await due(on(4, '15:10'), referral, 'decide_next_steps'), on(7, '15:00'));
		const { id, document } = await defaultCalendar();
		const saturday = { date: on(5), kind: 'extra_working_day', title: 'Catching up', hours: [{ opens: '09:00', closes: '11:00' }, { opens: '12:00', closes: '15:00' }] };
		assert.ok((await tryIt(on(4, '15:20'), id, withDays(document, saturday))).earlier >= 2);
		await change(on(4, '15:20'), (d) => withDays(d, saturday));
		assert.equal(await due(on(4, '15:20'), referral, 'decide_next_steps'), on(5, '14:00')); // its closing, 15:00 by local time
	});
});

describe('the end of the calendar', () => {
	test('it does not draw near over open follow-ups without saying so; then they are timed as soon as it reaches', async () => {
		const now = '2028-12-27T10:00:00Z';
		const referral = await refer(now);
		assert.equal(await due(now, referral, 'decide_next_steps'), '2028-12-28T10:00:00.000000Z');
		const { id, etag, document } = await defaultCalendar(now);
		const shorter = { ...document, covers_until: '2028-12-27' };
		assert.ok((await tryIt(now, id, shorter)).lost >= 2);
		refused(await put(now, id, shorter, etag), 422, 'rule-broken', '/covers_until');
		const later = { ...withoutDays(document, ...document.days.filter((d) => d.date < '2028-12-28').map((d) => d.date)), covers_from: '2028-12-28' };
		refused(await put(now, id, later, etag), 422, 'rule-broken', '/covers_from');

		const cut = await put(now, id, { ...shorter, allow_uncovered: true }, etag);
		assert.equal(cut.status, 200, cut.text);
		const lost = await hub.followUp(now, referral, 'decide_next_steps');
		assert.deepEqual([lost.due_at, lost.due_problem, lost.timing], [null, 'calendar_ends', 2]);
		const fresh = await refer('2028-12-27T11:00:00Z');
		assert.equal((await hub.followUp(now, fresh, 'decide_next_steps')).due_problem, 'calendar_ends');

		const longer = { ...document, covers_until: '2030-12-31' };
		const dry = await tryIt('2028-12-27T12:00:00Z', id, longer);
		assert.ok(dry.timed >= 4 && dry.items.some((i) => i.referral_id === fresh && i.change === 'timed' && i.due_at_before === null), JSON.stringify(dry));
		assert.equal((await put('2028-12-27T12:00:00Z', id, longer, cut.headers.etag)).status, 200);
		assert.equal(await due(now, referral, 'decide_next_steps'), '2028-12-28T10:00:00.000000Z');
		const timed = await hub.followUp(now, fresh, 'decide_next_steps');
		assert.deepEqual([timed.due_at, timed.due_problem, timed.timing], ['2028-12-28T11:00:00.000000Z', null, 2]);
	});
});

describe('several calendars', () => {
	test('the one that is made the default times what is open, and what comes', async () => {
		const on = week(12);
		const referral = await refer(on(0, '10:00'));
		assert.equal(await due(on(0, '10:00'), referral, 'decide_next_steps'), on(1, '10:00'));
		const former = await defaultCalendar();
		const body = office({ is_default: true, hours: [1, 3, 5].map((weekday) => ({ weekday, opens: '09:00', closes: '17:00' })) });
		const { json } = await hub.manager.at(on(0, '11:00')).post('/v1/calendars', body);
		assert.equal(json.is_default, true);
		assert.equal(await due(on(0, '11:00'), referral, 'decide_next_steps'), on(2, '10:00'));
		assert.equal(await due(on(0, '11:00'), await refer(on(0, '11:00')), 'decide_next_steps'), on(2, '11:00'));
		const { items } = await hub.manager.ok('GET', '/v1/calendars');
		assert.deepEqual(items.filter((c) => c.is_default).map((c) => c.id), [json.id]);
		// And back, by replacing: the former one has a version more, for it is no default any more.
		refused(await put(on(0, '12:00'), former.id, former.document, former.etag), 412, 'stale-version');
		const { headers } = await hub.manager.get(`/v1/calendars/${former.id}`);
		assert.equal((await put(on(0, '12:00'), former.id, { ...former.document, is_default: true }, headers.etag)).status, 200);
		assert.equal(await due(on(0, '12:00'), referral, 'decide_next_steps'), on(1, '10:00'));
	});
});

test('what a killed daemon left undone, the next one does', async () => {
	const on = week(14);
	const referral = await refer(on(0, '10:00'));
	const { id } = await defaultCalendar();
	// As it is when the change was committed and nothing was re-timed yet.
	await hub.db.query(`UPDATE follow_up SET due_at = due_at - interval '1 day' WHERE referral_id = $1 AND kind = 'decide_next_steps'`, [referral]);
	await hub.db.query(`UPDATE calendar SET version = version + 1, retime_from = $2, retimed_at = NULL WHERE id = $1`, [id, on(0)]);
	const other = await startDaemon(hub.db);
	try {
		// By whichever daemon's job comes first.
		await until(async () => (await defaultCalendar()).calendar.retimed_at !== null);
		assert.equal(await due(on(0, '10:00'), referral, 'decide_next_steps'), on(1, '10:00'));
	} finally {
		await other.stop();
	}
});
