// recordFeedback: what the referrer was told, or the lawful reason not to tell; what the agency sees of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, childrenOf, decided, decidedReferral, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const FULL = { content: 'full', method: 'phone', text: 'A social worker will see the family this week.' };
const PUBLIC = { channel: 'web_form', referrer: { kind: 'public', name: 'Sam Invented', phone: '01632 960001' } };
let hub;
before(async () => { hub = await addPeople(await startHub('feedback')); });
after(() => hub?.stop());

const decidedOne = (members) => decidedReferral(hub, DAY, members).then((r) => r.id);
const tell = (id, body, now = at('11:30'), who = hub.practitioner) => who.at(now).post(`/v1/referrals/${id}/feedback`, body);
async function told(...args) {
	const answer = await tell(...args);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const feedbackOf = (followUps) => followUps.filter((f) => f.kind === 'feedback').map((f) => [f.state, f.met_at]);

describe('what it changes', () => {
	test('the obligation is met when they were told, the record has it', async () => {
		const id = await decidedOne();
		const answer = await tell(id, { ...FULL, told: 'The deputy head', given_by: hub.leaderId, given_at: at('11:20') });
		const { follow_ups: followUps, referral, ...said } = answer.json;
		assert.deepEqual([answer.status, answer.headers.etag], [201, `"${said.version}"`]);
		assert.deepEqual(said, {
			...FULL, id: said.id, referral_id: id, version: said.version, content_reason: null, not_given_reason: null, told: 'The deputy head',
			given_by: hub.leaderId, given_at: exact('11:20'), recorded_by: hub.staffId, recorded_at: exact('11:30'),
		});
		assert.deepEqual([feedbackOf(followUps), referral.state, referral.next_due_at], [[['met', exact('11:20')]], 'decided', null]);
		const record = await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual(record.feedback, [said]);
	});

	test('a lawful reason not to tell meets it too', async () => {
		for (const reason of ['anonymous', 'no_safe_contact', 'risk_to_child', 'risk_to_adult', 'police_request', 'referrer_is_alleged_perpetrator']) {
			const said = await told(await decidedOne(reason === 'anonymous' ? { channel: 'web_form', source: '9', referrer: { kind: 'public' } } : {}), { not_given_reason: reason });
			assert.deepEqual([said.content, said.not_given_reason, said.method, feedbackOf(said.follow_ups)], [null, reason, null, [['met', exact('11:30')]]]);
		}
	});

	test('nobody who is known is told nothing for being anonymous', async () => {
		const constable = { kind: 'professional', name: 'PC Example', phone: '01632 960002' };
		for (const members of [{}, { referrer: constable }, { source: '9', referrer: constable }, PUBLIC]) {
			const refused = await tell(await decidedOne(members), { not_given_reason: 'anonymous' });
			assert.deepEqual(faults(refused), [422, 'rule-broken', ['/not_given_reason', 'rule_broken']], JSON.stringify(members));
		}
	});

	test('the public is told that it arrived, unless there is a reason for more', async () => {
		const id = await decidedOne(PUBLIC);
		assert.equal((await told(id, { method: 'letter' })).content, 'receipt_only');
		for (const content of ['full', 'limited']) {
			assert.deepEqual(faults(await tell(id, { ...FULL, content })), [422, 'rule-broken', ['/content_reason', 'rule_broken']]);
			assert.equal((await told(id, { ...FULL, content, content_reason: 'She looks after the child now.' })).content, content);
		}
	});

	test('once closed, it can still be recorded', async () => {
		const id = await decidedOne();
		const { version } = (await told(id, FULL)).referral;
		await hub.practitioner.at(at('12:00')).ok('POST', `/v1/referrals/${id}/closure`, { body: { reason: 'passed_to_assessment' }, headers: { 'if-match': `"${version}"` } });
		assert.equal((await told(id, FULL, at('12:30'))).referral.state, 'closed');
	});

	test('a repeat with the same key records it once', async () => {
		const id = await decidedOne();
		const key = { 'idempotency-key': randomUUID() };
		const ask = () => hub.practitioner.at(at('11:30')).post(`/v1/referrals/${id}/feedback`, FULL, key);
		assert.deepEqual([(await ask()).json.id, 1], [(await ask()).json.id, (await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}`)).feedback.length]);
	});
});

describe('what the agency sees', () => {
	test('that it was given, how, and the words meant for it', async () => {
		const id = await decidedOne();
		const said = await told(id, { ...FULL, told: 'Mx Whispering' });
		const view = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}`);
		assert.deepEqual(view.json.feedback, [{ id: said.id, ...FULL, given_at: exact('11:30') }]);
		assert.ok(!view.text.includes('Whispering'));
		const { items } = await hub.agency.at(at('12:00')).ok('GET', `/v1/referrals/${id}/timeline`);
		const [event] = items.filter((e) => e.type === 'feedback_recorded');
		assert.deepEqual([event.data, event.actor.name], [{ feedback_id: said.id, content: 'full', method: 'phone' }, null]);
	});

	test('nothing where nothing was told, least of all why', async () => {
		const id = await decidedOne();
		await told(id, { not_given_reason: 'referrer_is_alleged_perpetrator' });
		for (const path of ['', '/timeline']) {
			const view = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}${path}`);
			assert.ok(view.status === 200 && !/perpetrator|not_given|feedback_recorded/.test(view.text), view.text);
		}
		assert.deepEqual((await hub.agency.at(at('12:00')).ok('GET', `/v1/referrals/${id}`)).feedback, []);
		assert.equal((await hub.otherAgency.at(at('12:00')).get(`/v1/referrals/${id}`)).status, 404);
	});
});

describe('what it is refused for', () => {
	test('before every child has a final decision', async () => {
		const { id } = await hub.refer(at('10:00'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		await hub.screen(at('10:30'), id, 'amber', false);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		const refuse = async () => {
			const answer = await tell(id, FULL);
			assert.deepEqual(faults(answer), [409, 'wrong-state']);
			assert.match(answer.json.detail, /allowed now: decide/);
		};
		await refuse();
		await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		await decided(hub, at('11:10'), id, { children: [one] });
		await refuse();
		await decided(hub, at('11:20'), id, { children: [other] });
		await told(id, FULL);
	});

	test('each alone, with its place', async () => {
		const id = await decidedOne();
		const { text: _, ...without } = FULL;
		for (const [body, pointer] of [
			[{ method: 'phone' }, '/content'], [without, '/text'], [{ ...without, content: 'limited' }, '/text'],
			[{ ...FULL, given_by: randomUUID() }, '/given_by'], [{ ...FULL, given_at: at('11:31') }, '/given_at'], [{ ...FULL, given_at: at('10:59') }, '/given_at'],
		]) assert.deepEqual(faults(await tell(id, body)), [422, 'rule-broken', [pointer, 'rule_broken']], JSON.stringify(body));
	});

	test('the shape: told and not told at once, no way of telling', async () => {
		const id = await decidedOne();
		for (const [body, pointer] of [
			[{ not_given_reason: 'police_request', content: 'full' }, '/content'], [{ not_given_reason: 'police_request', text: 'x' }, '/text'],
			[{ not_given_reason: 'police_request', method: 'phone' }, '/method'], [{ content: 'full', text: 'x' }, '/method'],
			[{ ...FULL, content: 'all' }, '/content'], [{ not_given_reason: 'no_time' }, '/not_given_reason'],
		]) {
			const answer = await tell(id, body);
			assert.deepEqual([answer.status, answer.json.type, answer.json.errors[0].pointer], [422, '/problems/invalid-body', pointer]);
		}
	});

	test('a system', async () => {
		assert.deepEqual(faults(await tell(await decidedOne(), FULL, at('11:30'), hub.system)), [403, 'forbidden']);
	});
});
