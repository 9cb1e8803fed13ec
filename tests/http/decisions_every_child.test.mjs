// A final decision for every child: one that is in effect, and not older than what came in since.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addPeople, childrenOf, decide, decided, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('decisions_every_child')); });
after(() => hub?.stop());

let references = 0;
// Two children, screened at 10:30; `members` are what a further post about them is known by.
async function referred() {
	const members = { agency_reference: `EVERY-${references++}`, children: ['A.', 'B.'].map((name, i) => ({ first_name: name, family_name: 'Example', date_of_birth: `201${i}-01-01` })) };
	const { id } = await hub.refer(at('10:00'), members);
	await hub.screen(at('10:30'), id, 'amber', false);
	const [a, b] = await childrenOf(hub, at('10:40'), id);
	return { id, a, b, members };
}
const whole = (id, now = at('16:30')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const ifMatch = async (id) => ({ 'if-match': `"${(await whole(id)).version}"` });
const open = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const stands = ({ referral, follow_ups: all }) => [referral.state, open(all)];
const told = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
const close = async (id, now) => hub.practitioner.at(now).post(`/v1/referrals/${id}/closure`, { reason: 'no_further_action' }, await ifMatch(id));
const reopen = async (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/reopening`, { body: { reason: 'new_information', note: 'The school rang.' }, headers: await ifMatch(id) });
const more = (members, now) => hub.refer(now, { ...members, concerns: [{ description: 'Both are bruised.' }] });
const NOTHING = { outcome: 'no_further_action', legal_basis: 'none' };
const S46 = { outcome: 'immediate_protection', legal_basis: 's46' };
async function closed() {
	const referral = await referred();
	await decided(hub, at('11:00'), referral.id, NOTHING);
	await told(referral.id, at('11:10'));
	assert.equal((await close(referral.id, at('11:20'))).status, 201);
	return referral;
}

describe('a final decision for every child', () => {
	test('is not one that protection took the place of: the other child alone does not do', async () => {
		const { id, a, b } = await referred();
		await decided(hub, at('11:00'), id);
		await told(id, at('11:10'));
		await decided(hub, at('12:00'), id, { ...S46, stage: 'next_steps', children: [a] });
		assert.deepEqual(stands(await decided(hub, at('12:30'), id, { outcome: 'early_help', children: [b] })), ['in_progress', ['decide_outcome']]);
		const last = await decided(hub, at('13:00'), id, { children: [a] });
		assert.deepEqual(stands(last), ['decided', ['feedback']]);
		assert.equal(last.follow_ups.findLast((f) => f.kind === 'decide_outcome').met_at, exact('13:00'));
	});

	test('and what was decided of the other before that stays decided', async () => {
		const { id, a } = await referred();
		await decided(hub, at('11:00'), id);
		await told(id, at('11:10'));
		await decided(hub, at('12:00'), id, { ...S46, stage: 'next_steps', children: [a] });
		assert.deepEqual(stands(await decided(hub, at('13:00'), id, { children: [a] })), ['decided', ['feedback']]);
	});

	test('is not one from before more was sent', async () => {
		const { id, a, b, members } = await referred();
		await decided(hub, at('11:00'), id, NOTHING);
		await told(id, at('11:10'));
		await more(members, at('12:00'));
		await hub.screen(at('12:30'), id, 'amber', false);
		assert.deepEqual(stands(await decided(hub, at('13:00'), id, { children: [a] })), ['in_progress', ['decide_outcome']]);
		assert.deepEqual(faults(await close(id, at('13:10'))), [409, 'wrong-state']);
		const last = await decided(hub, at('13:30'), id, { ...NOTHING, children: [b] });
		assert.deepEqual(stands(last), ['decided', ['feedback']]);
		await told(id, at('13:40'));
		assert.equal((await close(id, at('13:50'))).status, 201);
	});

	test('nor from before it was reopened', async () => {
		const { id, a, b } = await closed();
		await reopen(id, at('12:00'));
		await hub.screen(at('12:30'), id, 'amber', false);
		assert.deepEqual(stands(await decided(hub, at('13:00'), id, { children: [b] })), ['in_progress', ['decide_outcome']]);
		assert.deepEqual(stands(await decided(hub, at('13:30'), id, { children: [a] })), ['decided', ['feedback']]);
	});

	test('nor from before protection reopened it; the one that did so is one', async () => {
		const { id, a, b } = await closed();
		const { json: protection } = await decide(hub, at('12:00'), id, { ...S46, children: [a] });
		assert.deepEqual(stands(protection), ['in_progress', ['decide_outcome', 'triage']]);
		await hub.screen(at('12:30'), id, 'amber', false);
		await hub.agree(at('12:40'), protection, hub.leader);
		assert.deepEqual(stands(await decided(hub, at('13:00'), id, { children: [b] })), ['decided', ['feedback']]);
		await told(id, at('13:10'));
		assert.equal((await close(id, at('13:20'))).status, 201);
	});

	test('closing looks at it the same way, on a record that counts as decided all the same', async () => {
		const { id, a, members } = await referred();
		await decided(hub, at('11:00'), id, NOTHING);
		await more(members, at('12:00'));
		await hub.screen(at('12:30'), id, 'amber', false);
		await decided(hub, at('13:00'), id, { children: [a] });
		await hub.db.query(`UPDATE referral SET state = 'decided' WHERE id = $1`, [id]);
		const answer = await close(id, at('13:30'));
		assert.deepEqual(faults(answer).slice(0, 2), [409, 'wrong-state']);
		assert.match(answer.json.errors.find((e) => e.code === 'final_decision').detail, /^1 child has no final decision/);
	});

	test('the clock is met when the last child had its first, whatever was decided anew of the others meanwhile', async () => {
		const { id, a, b } = await referred();
		await decided(hub, at('11:00'), id, { ...S46, children: [a] });
		await decided(hub, at('12:00'), id, { ...S46, children: [a] });
		const last = await decided(hub, at('13:00'), id, { ...S46, children: [b], decided_at: at('11:30') });
		assert.deepEqual(last.follow_ups.filter((f) => f.kind === 'decide_outcome').map((f) => [f.state, f.met_at]), [['met', exact('11:30')]]);
	});
});

describe('a strategy discussion that is decided again', () => {
	const S47 = { outcome: 'strategy_discussion', legal_basis: 's47' };
	const clocks = ({ follow_ups: all }) => all.filter((f) => f.kind === 'strategy_discussion').map((f) => [f.state, f.started_at.slice(11, 16)]);
	const s47 = async (id, now, members = {}) => clocks((await decide(hub, now, id, { ...S47, ...members })).json);
	const meet = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/strategy-discussions`, { body: {
		held_at: now, summary: 'A joint enquiry.', present: ['social_care', 'police', 'health'].map((agency) => ({ agency, name: 'Somebody' })) } });
	const met = [['met', '11:00']];

	test('at the next stage, while it is owed or once it was held: the clock that there is', async () => {
		const { id, a } = await referred();
		const first = [['open', '11:00']];
		assert.deepEqual(await s47(id, at('11:00'), { stage: 'next_steps' }), first);
		assert.deepEqual(await s47(id, at('11:30'), { children: [a] }), first);
		await meet(id, at('12:00'));
		assert.deepEqual(await s47(id, at('12:30')), met);
	});

	test('after more was sent, or it was reopened: a clock of its own', async () => {
		const { id, members } = await referred();
		await s47(id, at('11:00'), { stage: 'next_steps' });
		await meet(id, at('12:00'));
		await more(members, at('12:30'));
		assert.deepEqual(await s47(id, at('13:00'), { stage: 'next_steps' }), [...met, ['open', '13:00']]);
		const again = await referred();
		const said = await decide(hub, at('11:00'), again.id, S47);
		await hub.agree(at('11:05'), said.json, hub.leader);
		await told(again.id, at('11:10'));
		await meet(again.id, at('12:00'));
		assert.equal((await close(again.id, at('12:10'))).status, 201);
		// Protection reopens it, and is what it is owed for.
		assert.deepEqual(await s47(again.id, at('13:00'), { stage: 'next_steps' }), [...met, ['open', '13:00']]);
	});

	test('after a withdrawal closed it in error: the meeting that never was is owed', async () => {
		const { id } = await referred();
		await s47(id, at('11:00'));
		const { id: withdrawal } = await hub.agency.at(at('11:10')).ok('POST', `/v1/referrals/${id}/withdrawals`, { body: { reason: 'Another family.' } });
		await hub.leader.at(at('11:20')).ok('POST', `/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, { body: { answer: 'closed_sent_in_error', reason: 'Rang them.' }, headers: await ifMatch(id) });
		await reopen(id, at('12:00'));
		await hub.screen(at('12:30'), id, 'amber', false);
		assert.deepEqual(await s47(id, at('13:00')), [['cancelled', '11:00'], ['open', '13:00']]);
		assert.ok((await close(id, at('13:30'))).json.errors.some((e) => e.code === 'strategy_discussion'));
	});

	test('after another decision took its place: it is decided anew', async () => {
		const { id } = await referred();
		await s47(id, at('11:00'), { stage: 'next_steps' });
		await meet(id, at('12:00'));
		await decided(hub, at('12:30'), id);
		assert.deepEqual(await s47(id, at('13:00')), [...met, ['open', '13:00']]);
	});
});
