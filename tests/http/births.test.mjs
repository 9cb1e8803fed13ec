// recordBirth: an unborn child of a referral was born. The expected date stays, the names are known, nothing is faulty for it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const NHS = '9990000018';
let hub;
before(async () => { hub = await startHub('births'); });
after(() => hub?.stop());

const unborn = { expected_date_of_delivery: '2027-03-20', sex: 'U', family_name: 'Example' };
const refer = (children = [unborn], now = at('10:00')) => hub.refer(now, { children }).then((receipt) => receipt.id);
const whole = (id, now = at('12:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
async function birth(id, more = {}, { child, etag, who = hub.practitioner, now = at('11:00', '2027-03-18') } = {}) {
	const record = await whole(id);
	const path = `/v1/referrals/${id}/children/${child ?? record.children[0].id}/birth`;
	return who.at(now).post(path, { date_of_birth: '2027-03-17', ...more }, { 'if-match': etag === undefined ? `"${record.version}"` : etag });
}
async function done(...of) {
	const { status, json, text, headers } = await birth(...of);
	assert.equal(status, 201, text);
	assert.equal(headers.etag, `"${json.version}"`);
	return json;
}
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}

describe('what it changes', () => {
	test('the child has a name, a day and a number; the expected date stays', async () => {
		const id = await refer([unborn, { first_name: 'B.', family_name: 'Example', date_of_birth: '2020-01-01' }]);
		const before = await whole(id);
		const { follow_ups: f, referral, ...said } = await done(id, { first_name: 'Dara', sex: 'F', nhs_number: NHS, note: 'The midwife rang.' });
		assert.deepEqual(said, { child_id: before.children[0].id, referral_id: id, version: before.version + 1, expected_date_of_delivery: '2027-03-20', date_of_birth: '2027-03-17',
			recorded_by: hub.staffId, recorded_at: exact('11:00', '2027-03-18') });
		assert.equal(referral.version, said.version);
		const record = await whole(id);
		const { id: child, origin, person_id: p, ...members } = record.children[0];
		assert.deepEqual(members, { ...unborn, date_of_birth: '2027-03-17', date_of_birth_status: 'reported', first_name: 'Dara', sex: 'F', nhs_number: NHS });
		assert.deepEqual(record.children[1], before.children[1]);
		assert.deepEqual(record.births, [said]);
		assert.deepEqual(record.submissions, before.submissions, 'what was sent stays');
		const [row] = await hub.db.query('SELECT date_of_birth::text, expected_date_of_delivery::text, nhs_number FROM referral_child WHERE id = $1', [child]);
		assert.deepEqual(row, { date_of_birth: '2027-03-17', expected_date_of_delivery: '2027-03-20', nhs_number: NHS });
		const { items } = await hub.manager.at(at('12:00')).ok('GET', '/v1/referrals?limit=200');
		assert.equal(items.find((r) => r.id === id).child_names, 'D. Example, B. Example');
	});

	test('both dates are no fault then, and no fault later', async () => {
		const id = await refer();
		const codes = async () => (await whole(id)).quality_issues.map((q) => `${q.pointer} ${q.code}`);
		await done(id, { first_name: 'Dara', sex: 'M' });
		assert.ok(!(await codes()).some((code) => /birth_and_delivery_date|unborn_sex|missing_birth_date|missing_name/.test(code)), String(await codes()));
		const { version } = await whole(id);
		await hub.practitioner.at(at('12:00')).ok('PATCH', `/v1/referrals/${id}`, { body: { level_of_need: 'level 3', reason: 'x' }, headers: { 'if-match': `"${version}"` } });
		assert.ok(!(await codes()).some((code) => /birth_and_delivery_date/.test(code)), String(await codes()));
	});

	test('the hub\'s timeline holds old and new; the agency\'s nothing of it', async () => {
		const id = await refer();
		await done(id, { first_name: 'Dara', note: 'The midwife rang.' });
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const [event] = items.filter((e) => e.type === 'birth_recorded');
		const child = (await whole(id)).children[0].id;
		assert.deepEqual([event.actor.id, event.data.child_id, event.data.reason], [hub.staffId, child, 'The midwife rang.']);
		assert.ok(event.data.changes.some((c) => c.pointer === `/children/${child}/date_of_birth` && c.before === null && c.after === '2027-03-17'));
		assert.ok(!items.some((e) => e.type === 'corrected'));
		const seen = JSON.stringify([await hub.agency.ok('GET', `/v1/referrals/${id}`), await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)]);
		assert.ok(!seen.includes('Dara') && !seen.includes('midwife'));
	});

	test('expected without a date, by sex U alone; of twins each', async () => {
		const id = await refer([{ sex: 'U' }, unborn]);
		const { children: [first, second] } = await whole(id);
		await done(id, { sex: 'F' }, { child: first.id });
		await done(id, { date_of_birth: '2027-03-18', sex: 'M' }, { child: second.id });
		assert.deepEqual((await whole(id)).births.map((b) => [b.child_id, b.expected_date_of_delivery, b.date_of_birth]), [[first.id, null, '2027-03-17'], [second.id, '2027-03-20', '2027-03-18']]);
	});

	test('a closed referral takes it all the same', async () => {
		const id = await refer();
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		await done(id);
	});
});

describe('what is refused', () => {
	test('who is born already, or was never expected', async () => {
		const id = await refer([unborn, { first_name: 'B.', date_of_birth: '2020-01-01' }, { first_name: 'C.' }]);
		const { children: [, born, unknown] } = await whole(id);
		for (const child of [born.id, unknown.id]) await refused(birth(id, {}, { child }), 409, 'wrong-state');
		await done(id);
		assert.match((await refused(birth(id), 409, 'wrong-state')).detail, /allowed now: correction/);
		assert.equal((await whole(id)).births.length, 1);
	});

	test('days and numbers that cannot be', async () => {
		const id = await refer();
		await refused(birth(id, { date_of_birth: '2027-03-19' }), 422, 'rule-broken', '/date_of_birth');
		await refused(birth(id, { nhs_number: '9990000019' }), 422, 'rule-broken', '/nhs_number');
		for (const [more, place] of [[{ date_of_birth: '17.3.2027' }, '/date_of_birth'], [{ date_of_birth: undefined }, '/date_of_birth'], [{ sex: 'X' }, '/sex'], [{ nhs_number: '123' }, '/nhs_number'],
			[{ date_of_birth_status: 'guessed' }, '/date_of_birth_status'], [{ first_name: '' }, '/first_name']])
			await refused(birth(id, more), 422, 'invalid-body', place);
		assert.deepEqual((await whole(id)).births, []);
		assert.equal((await done(id, { date_of_birth: '2027-03-18' })).date_of_birth, '2027-03-18', 'today');
	});

	test('days on which no child that was expected can have been born', async () => {
		const id = await refer([unborn, { sex: 'U' }]); // expected on 2027-03-20, received on 2027-03-01
		const { children: [, undated] } = await whole(id);
		for (const day of ['1987-03-17', '2026-05-01', '2026-05-02']) {
			const { detail } = await refused(birth(id, { date_of_birth: day }), 422, 'rule-broken', '/date_of_birth');
			assert.match(detail, day < '2026-05-02' ? /322 days before the expected/ : /280 days before the receipt/);
			assert.match((await refused(birth(id, { date_of_birth: day }, { child: undated.id }), 422, 'rule-broken', '/date_of_birth')).detail, /280 days before the receipt/);
		}
		for (const child of [undefined, undated.id]) await done(id, { date_of_birth: '2026-05-25' }, { child });
	});

	test('the day is the hub\'s: past midnight in London, not yet in UTC', async () => {
		const id = await refer([unborn], '2027-06-01T10:00:00Z');
		await done(id, { date_of_birth: '2027-06-03' }, { now: '2027-06-02T23:30:00Z' });
	});

	test('versions, people and places', async () => {
		const id = await refer();
		await refused(birth(id, {}, { etag: null }), 428, 'version-required', 'header: If-Match');
		await refused(birth(id, {}, { etag: '"99"' }), 412, 'stale-version', 'If-Match');
		const other = (await whole(await refer())).children[0].id;
		for (const child of [randomUUID(), other]) await refused(birth(id, {}, { child }), 404, 'not-found');
		for (const who of [hub.system, hub.agency]) await refused(birth(id, {}, { who }), 403, 'forbidden');
	});

	test('twice at once: one birth', async () => {
		const id = await refer();
		const both = await Promise.all([birth(id), birth(id)]);
		assert.deepEqual(both.map((a) => a.status).toSorted(), [201, 412]);
	});
});
