// recordStrategyDiscussion and recordWrittenConfirmation: what was held and what arrived, and the follow-ups that it meets.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const TUESDAY = '2027-03-02';
let hub, support;
before(async () => {
	hub = await startHub('meetings');
	support = (await mashctl(hub.db, 'staff', 'add', '--name', 'S. Support', '--role', 'support')).stdout.trim();
});
after(() => hub?.stop());

const refer = (members = {}, by) => hub.refer(at('10:00'), members, by).then((receipt) => receipt.id);
const whole = (id, now = at('12:00', TUESDAY)) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
async function done(answer) {
	const { status, json, text, headers } = await answer;
	assert.equal(status, 201, text);
	assert.equal(headers.etag, `"${json.version}"`);
	assert.equal(json.referral.version, json.version);
	return json;
}
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}
const of = ({ follow_ups: followUps }, kind) => followUps.findLast((f) => f.kind === kind);

describe('strategy discussions', () => {
	const person = (agency) => ({ agency, name: `Somebody of ${agency}` });
	const meet = (id, more = {}, who = hub.practitioner, now = at('15:00')) => who.at(now).post(`/v1/referrals/${id}/strategy-discussions`, {
		held_at: at('14:00'), present: ['social_care', 'police', 'health'].map(person), summary: 'A joint enquiry.', ...more,
	});
	// As a decision under section 47 opens it.
	const owe = (id) => hub.db.query(`INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, rule, source, started_at, counted_from, unit, amount, due_at)
		VALUES ($1, $2, $3, 'strategy_discussion', 'test', 'strategy_discussion', 'test', $4, $4, 'working_days', 1, $5)`, [hub.partnership, randomUUID(), id, at('11:00'), at('11:00', TUESDAY)]);

	test('all that is said stands on the record, and the follow-up is met when it was held', async () => {
		const id = await refer({ children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		await owe(id);
		const { children: [first] } = await whole(id);
		const body = { held_at: at('14:00'), chaired_by: hub.managerId, children: [first.id], present: [{ ...person('social_care'), role: 'Social worker' }, person('police'), person('health'), person('school')], summary: 'A joint enquiry.' };
		const { follow_ups: f, referral, ...said } = await done(meet(id, body));
		assert.deepEqual(said, { ...body, id: said.id, referral_id: id, version: said.version, held_at: exact('14:00'), present: body.present.map((p) => ({ role: null, ...p })), missing: [], compliant: true,
			recorded_by: hub.staffId, recorded_at: exact('15:00') });
		assert.deepEqual([of({ follow_ups: f }, 'strategy_discussion').state, of({ follow_ups: f }, 'strategy_discussion').met_at], ['met', exact('14:00')]);
		assert.deepEqual((await whole(id)).strategy_discussions, [said]);
		const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'strategy_discussion_recorded');
		assert.deepEqual([event.occurred_at, event.data], [exact('14:00'), { strategy_discussion_id: said.id, compliant: true, missing: [] }]);
		const seen = JSON.stringify([await hub.agency.ok('GET', `/v1/referrals/${id}`), await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)]);
		assert.ok(!seen.includes('strategy') && !seen.includes('joint enquiry'), 'not for the agency');
	});

	const three = ['social_care', 'police', 'health'];
	for (let there = 0; there < 8; there++) {
		const present = three.filter((_, i) => there & (1 << i));
		test(`with ${present.join(', ') || 'none of the three'}: ${present.length === 3 ? 'compliant' : 'not'}; it meets all the same`, async () => {
			const id = await refer();
			await owe(id);
			const said = await done(meet(id, { present: [...present, 'school'].map(person) }));
			assert.deepEqual([said.compliant, said.missing], [present.length === 3, three.filter((a) => !present.includes(a))]);
			assert.equal(of(said, 'strategy_discussion').state, 'met');
		});
	}

	test('about one child of two that it was decided of: the clock runs until the other had its own', async () => {
		const id = await refer({ children: [{ first_name: 'A.' }, { first_name: 'B.' }, { first_name: 'C.' }] });
		const [one, other] = (await whole(id)).children.map((c) => c.id);
		const s47 = { stage: 'next_steps', outcome: 'strategy_discussion', legal_basis: 's47', children: [one, other] };
		await hub.practitioner.at(at('11:00')).ok('POST', `/v1/referrals/${id}/decisions`, { body: s47 });
		const clock = (said) => [of(said, 'strategy_discussion').state, of(said, 'strategy_discussion').met_at];
		assert.deepEqual(clock(await done(meet(id, { children: [other], held_at: at('10:30') }))), ['open', null], 'before it was decided');
		assert.deepEqual(clock(await done(meet(id, { children: [one] }))), ['open', null]);
		assert.deepEqual(clock(await done(meet(id, { children: [one], held_at: at('14:30') }))), ['open', null]);
		assert.deepEqual(clock(await done(meet(id, { children: [other], held_at: at('13:00') }))), ['met', exact('14:00')], 'when the last of them had the first');
	});

	test('one that nobody had decided is recorded all the same; chaired by whoever records it, about all children', async () => {
		const id = await refer({ children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		const said = await done(meet(id));
		assert.deepEqual([said.chaired_by, said.children], [hub.staffId, (await whole(id)).children.map((c) => c.id)]);
		assert.equal(of(said, 'strategy_discussion'), undefined);
	});

	test('what is refused', async () => {
		const id = await refer();
		const other = (await whole(await refer())).children[0].id;
		for (const [more, place] of [[{ held_at: at('15:01') }, '/held_at'], [{ held_at: at('09:59') }, '/held_at'], [{ chaired_by: support }, '/chaired_by'], [{ chaired_by: randomUUID() }, '/chaired_by'],
			[{ children: [other] }, '/children']])
			await refused(meet(id, more), 422, 'rule-broken', place);
		for (const [more, place] of [[{ held_at: undefined }, '/held_at'], [{ present: [] }, '/present'], [{ present: [{ agency: 'army', name: 'x' }] }, '/present/0/agency'], [{ present: [{ agency: 'police' }] }, '/present/0/name'],
			[{ summary: '' }, '/summary'], [{ compliant: true }, '/compliant']])
			await refused(meet(id, more), 422, 'invalid-body', place);
		for (const who of [hub.system, hub.agency]) await refused(meet(id, {}, who), 403, 'forbidden');
		await refused(meet(randomUUID()), 404, 'not-found');
		assert.deepEqual((await whole(id)).strategy_discussions, []);
	});
});

describe('written confirmations', () => {
	const call = (more = {}) => refer({ channel: 'phone', ...more }, hub.practitioner);
	const confirm = (id, more = {}, who = hub.practitioner, now = at('15:00')) => who.at(now).post(`/v1/referrals/${id}/written-confirmation`, { channel: 'secure_email', ...more });

	test('a call is confirmed within a day of the clock: the follow-up is met when the document arrived', async () => {
		const id = await call();
		const before = of(await whole(id, at('10:00')), 'written_confirmation');
		assert.deepEqual([before.state, before.due_at], ['open', exact('10:00', TUESDAY)]);
		const { follow_ups: f, referral, ...said } = await done(confirm(id, { received_at: at('14:00'), document_reference: 'Inbox 14', note: 'Adds the grandmother.' }));
		assert.deepEqual(said, { id: said.id, referral_id: id, version: said.version, channel: 'secure_email', received_at: exact('14:00'), document_reference: 'Inbox 14', note: 'Adds the grandmother.',
			recorded_by: hub.staffId, recorded_at: exact('15:00') });
		assert.deepEqual([of({ follow_ups: f }, 'written_confirmation').state, of({ follow_ups: f }, 'written_confirmation').met_at], ['met', exact('14:00')]);
		assert.deepEqual((await whole(id)).written_confirmations, [said]);
		const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'document_received');
		assert.deepEqual(event.data, { channel: 'secure_email', document_reference: 'Inbox 14' });
	});

	test('one that was waived may arrive all the same', async () => {
		const id = await call();
		const { id: followUp } = of(await whole(id), 'written_confirmation');
		await hub.manager.at(at('11:00')).ok('POST', `/v1/follow-ups/${followUp}/waiver`, { body: { reason: 'They have no e-mail.' } });
		assert.equal(of(await done(confirm(id, { channel: 'post' })), 'written_confirmation').state, 'waived');
	});

	test('what is refused', async () => {
		const id = await call();
		for (const [more, place] of [[{ received_at: at('15:01') }, '/received_at'], [{ received_at: at('09:59') }, '/received_at']]) await refused(confirm(id, more), 422, 'rule-broken', place);
		for (const [more, place] of [[{ channel: 'phone' }, '/channel'], [{ channel: undefined }, '/channel'], [{ note: '' }, '/note']]) await refused(confirm(id, more), 422, 'invalid-body', place);
		await done(confirm(id));
		assert.match((await refused(confirm(id), 409, 'wrong-state')).detail, /already; allowed now: nothing/);
		assert.match((await refused(confirm(await refer()), 409, 'wrong-state')).detail, /only a referral by phone/);
		for (const who of [hub.system, hub.agency]) await refused(confirm(id, {}, who), 403, 'forbidden');
		await refused(confirm(randomUUID()), 404, 'not-found');
	});
});
