// A screening that rates a referral higher than a final decision stood on puts that decision in question: another one is owed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, childrenOf, decide, decided, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const TUESDAY = '2027-03-02';
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const TWO = { children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.', family_name: 'Example' }] };
const NOTHING = { outcome: 'no_further_action', legal_basis: 'none' };
let hub;
before(async () => { hub = await addPeople(await startHub('decisions_questioned')); });
after(() => hub?.stop());

const whole = (id, now = at('16:30')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const open = ({ follow_ups: all }) => all.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const stands = async (id) => whole(id).then((record) => [record.state, open(record)]);
const of = ({ follow_ups: all }, kind) => all.findLast((f) => f.kind === kind);
const timeline = async (id, who = hub.manager) => (await who.at(at('16:30')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items;
const questioned = async (id) => (await timeline(id)).filter((e) => e.type === 'decision_questioned');
const tell = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
const close = async (id, now) => hub.practitioner.at(now).post(`/v1/referrals/${id}/closure`, { reason: 'no_further_action' }, { 'if-match': `"${(await whole(id)).version}"` });
const screen = (now, id, rating, more = {}) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
	rating, reason: 'The school rang.', clarification_needed: true, topics: ['significant_harm'], ...more } });
const WAITS = () => ({ clarification_needed: false, topics: undefined, not_needed_reason: 'answered_by_hub_records', agreed_by: hub.colleagueId });
async function answer(now, id, body) {
	const { items: [{ id: signOff }] } = await hub.colleague.at(now).ok('GET', `/v1/sign-offs?state=open&mine=true&referral_id=${id}`);
	return hub.colleague.at(now).ok('POST', `/v1/sign-offs/${signOff}/answer`, { body });
}

// Received at 10:00, screened at 10:30 as complete, decided at 11:00 with nothing more to do, told at 11:10.
async function over(rating = 'amber', members = {}, more = NOTHING) {
	const { id } = await hub.refer(at('10:00'), members);
	await hub.screen(at('10:30'), id, rating, false);
	const decision = await decided(hub, at('11:00'), id, more);
	await tell(id, at('11:10'));
	return { id, decision };
}

describe('a higher rating', () => {
	test('owes a final decision again: state, clock, timeline, no closing until it is made', async () => {
		const { id, decision } = await over();
		assert.deepEqual(await stands(id), ['decided', []]);
		const said = await screen(at('12:00'), id, 'red');
		assert.deepEqual([said.referral.state, open(said)], ['in_progress', ['decide_outcome', 'discuss']]);
		assert.deepEqual([of(said, 'decide_outcome').started_at, of(said, 'decide_outcome').due_at], [exact('12:00'), exact('16:00')]);

		const [told, ...more] = await questioned(id);
		assert.deepEqual([told.version, told.occurred_at, told.actor.id, more], [said.version, exact('12:00'), hub.staffId, []]);
		assert.deepEqual(told.data, { decision_id: decision.id, children: decision.children, screening_id: said.id, from: 'amber', to: 'red' });
		const seen = (await timeline(id, hub.agency)).filter((e) => e.version === said.version);
		assert.deepEqual(seen.filter((e) => e.type === 'state_changed').map((e) => e.data), [{ from: 'decided', to: 'in_progress' }]);
		assert.ok(!seen.some((e) => ['decision_questioned', 'rating_changed'].includes(e.type)), 'the rating is the hub\'s own');
		const record = await whole(id);
		assert.deepEqual(record.decisions.map((d) => [d.questioned_by, d.governs, d.standing]), [[said.id, decision.children, 'in_effect']]);
		assert.match((await close(id, at('12:30'))).json.detail, /in_progress.*allowed now/);

		await attempt(hub, at('12:40'), id, { result: 'declined' });
		const again = await decided(hub, at('13:00'), id, { undiscussed_reason: 'declined' });
		assert.deepEqual([again.referral.state, of(again, 'decide_outcome').met_at, open(again)], ['decided', exact('13:00'), ['discuss', 'feedback']]);
		assert.deepEqual((await whole(id)).decisions.map((d) => d.questioned_by), [said.id, null]);
		await tell(id, at('13:10'));
		assert.deepEqual(faults(await close(id, at('13:20'))), [409, 'wrong-state', ['', 'discuss']], 'and what else is owed');
	});

	for (const [from, to, due] of [['green', 'amber', exact('12:00', TUESDAY)], ['green', 'red', exact('16:00')], ['amber', 'red', exact('16:00')]]) {
		test(`${from}, then ${to}: due by ${to}`, async () => {
			const { id } = await over(from);
			const said = await hub.screen(at('12:00'), id, to, false);
			assert.deepEqual([said.referral.state, open(said), of(said, 'decide_outcome').due_at], ['in_progress', ['decide_outcome'], due]);
			const again = await decided(hub, at('13:00'), id);
			assert.deepEqual([again.referral.state, open(again)], ['decided', ['feedback']]);
			await tell(id, at('13:10'));
			assert.equal((await close(id, at('13:20'))).status, 201);
		});
	}

	for (const [from, ...to] of [['green', 'green'], ['amber', 'amber', 'green'], ['red', 'red', 'amber', 'green', 'red']]) {
		test(`${from}, then ${to.join(', ')}: nothing`, async () => {
			const { id } = await over(from);
			for (const rating of to) {
				assert.deepEqual([(await hub.screen(at('12:00'), id, rating, false)).referral.state, await stands(id)], ['decided', ['decided', []]]);
				assert.equal((await screen(at('12:10'), id, rating)).referral.state, 'decided');
				await hub.screen(at('12:20'), id, rating, false); // nothing is asked after all
			}
			assert.deepEqual([await questioned(id), (await whole(id)).decisions[0].questioned_by], [[], null]);
			assert.equal((await close(id, at('13:00'))).status, 201);
		});
	}

	test('once; a yet higher one re-times it, a lower one takes nothing back', async () => {
		const { id } = await over('green');
		const { id: first } = await screen(at('12:00'), id, 'amber');
		const red = await screen(at('12:30'), id, 'red');
		assert.deepEqual([of(red, 'decide_outcome').started_at, of(red, 'decide_outcome').due_at], [exact('12:00'), exact('16:00')]);
		const green = await screen(at('13:00'), id, 'green');
		assert.deepEqual([green.referral.state, open(green)], ['in_progress', ['decide_outcome', 'discuss']]);
		assert.deepEqual([(await questioned(id)).length, (await whole(id)).decisions[0].questioned_by], [1, first]);
	});

	test('than before what came in since had raised it', async () => {
		const { id } = await over('amber', { agency_reference: 'OAK/SINCE' });
		await hub.refer(at('11:30'), { agency_reference: 'OAK/SINCE', immediate_protection_needed: true });
		assert.equal((await whole(id, at('11:40'))).rating, 'red');
		const said = await hub.screen(at('12:00'), id, 'red', false);
		assert.deepEqual([said.referral.state, of(said, 'decide_outcome').started_at], ['in_progress', exact('11:30')]);
		assert.deepEqual((await questioned(id)).map((e) => [e.data.from, e.data.to]), [['amber', 'red']]);
	});

	test('judged before the decision, written down after it: owed from when the decision took effect', async () => {
		const { id } = await over();
		const said = await screen(at('12:00'), id, 'red', { screened_at: at('10:45') });
		assert.deepEqual([of(said, 'decide_outcome').started_at, of(said, 'decide_outcome').due_at], [exact('11:00'), exact('15:00')]);
	});

	test('a closed referral is reopened first, and is then in question as any other', async () => {
		const { id } = await over();
		assert.equal((await close(id, at('11:20'))).status, 201);
		const refused = await hub.practitioner.at(at('12:00')).post(`/v1/referrals/${id}/screenings`, { rating: 'red', reason: 'The school rang.', clarification_needed: true, topics: ['significant_harm'] });
		assert.deepEqual(faults(refused), [409, 'wrong-state']);
		assert.match(refused.json.detail, /closed.*allowed now: .*reopen/);
		await hub.practitioner.at(at('12:10')).ok('POST', `/v1/referrals/${id}/reopening`, { body: { reason: 'new_information', note: 'The school rang.' }, headers: { 'if-match': `"${(await whole(id)).version}"` } });
		const said = await screen(at('12:20'), id, 'red');
		assert.deepEqual([said.referral.state, of(said, 'decide_outcome').started_at, of(said, 'decide_outcome').due_at], ['in_progress', exact('12:10'), exact('16:10')]);
		assert.equal((await questioned(id)).length, 1);
	});
});

describe('"not needed" that waits for a second person', () => {
	for (const word of [{ answer: 'agreed' }, { answer: 'refused', note: 'Nobody has rung the school.' }]) {
		test(`in question at once, as the rating stands whatever they answer: ${word.answer}`, async () => {
			const { id, decision } = await over();
			const said = await screen(at('12:00'), id, 'red', WAITS());
			assert.deepEqual([said.standing, said.referral.state, open(said)], ['awaiting_sign_off', 'in_progress', ['decide_outcome']]);
			assert.deepEqual([of(said, 'decide_outcome').started_at, of(said, 'decide_outcome').due_at], [exact('12:00'), exact('16:00')]);
			const [told] = await questioned(id);
			assert.deepEqual([told.version, told.actor.id, told.data], [said.version, hub.staffId,
				{ decision_id: decision.id, children: decision.children, screening_id: said.id, from: 'amber', to: 'red' }]);
			const reply = await answer(at('13:00'), id, word);
			assert.deepEqual([reply.referral.state, of(reply, 'decide_outcome').due_at, (await questioned(id)).length], ['in_progress', exact('16:00'), 1]);
			assert.deepEqual((await whole(id)).decisions.map((d) => d.questioned_by), [said.id]);
		});
	}

	test('overtaken by one that rates as the decision was: in question still', async () => {
		const { id } = await over();
		await screen(at('12:00'), id, 'red', WAITS());
		await hub.screen(at('12:10'), id, 'amber', false);
		assert.deepEqual([(await stands(id))[0], (await questioned(id)).length], ['in_progress', 1]);
	});
});

describe('of several children', () => {
	test('each must be decided again; deciding one is not enough', async () => {
		const { id } = await over('amber', TWO);
		const [one, other] = await childrenOf(hub, at('11:30'), id);
		await hub.screen(at('12:00'), id, 'red', false);
		const first = await decided(hub, at('12:30'), id, { children: [one] });
		assert.deepEqual([first.referral.state, open(first)], ['in_progress', ['decide_outcome']]);
		// As if it counted as decided all the same.
		await hub.db.query(`UPDATE referral SET state = 'decided' WHERE id = $1`, [id]);
		const refused = await close(id, at('12:40'));
		assert.deepEqual(faults(refused), [409, 'wrong-state', ['', 'decide_outcome'], ['', 'final_decision']]);
		assert.match(refused.json.errors[1].detail, /^1 child /);
		await hub.db.query(`UPDATE referral SET state = 'in_progress' WHERE id = $1`, [id]);
		const second = await decided(hub, at('13:00'), id, { children: [other] });
		assert.deepEqual([second.referral.state, open(second)], ['decided', ['feedback']]);
	});

	test('where one of them is still to be decided, too', async () => {
		const { id } = await hub.refer(at('10:00'), TWO);
		await hub.screen(at('10:30'), id, 'amber', false);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		await decided(hub, at('11:00'), id, { children: [one] });
		await hub.screen(at('12:00'), id, 'red', false);
		assert.deepEqual((await questioned(id)).map((e) => e.data.children), [[one]]);
		const second = await decided(hub, at('13:00'), id, { children: [other] });
		assert.deepEqual([second.referral.state, open(second)], ['in_progress', ['decide_outcome']]);
		assert.equal((await decided(hub, at('13:30'), id, { children: [one] })).referral.state, 'decided');
	});

	test('what protects a child is not in question: it acts as a red rating asks', async () => {
		for (const [outcome, basis] of [['strategy_discussion', 's47'], ['immediate_protection', 's46']]) {
			const { id } = await over('amber', TWO);
			const [one, other] = await childrenOf(hub, at('11:30'), id);
			await decided(hub, at('11:40'), id, { outcome, legal_basis: basis, children: [one] });
			await hub.screen(at('12:00'), id, 'red', false);
			assert.deepEqual((await questioned(id)).map((e) => e.data.children), [[other]]);
			await decided(hub, at('12:30'), id, { outcome, legal_basis: basis, children: [other] });
			assert.equal((await whole(id)).state, 'decided');
			assert.equal((await hub.screen(at('13:00'), id, 'green', false)).referral.state, 'decided');
			assert.equal((await hub.screen(at('13:10'), id, 'red', false)).referral.state, 'decided');
		}
	});
});

describe('while the hub is closed, red asks duty as any other red does', () => {
	const handover = ({ follow_ups: all }) => all.filter((f) => f.kind === 'out_of_hours_handover').map((f) => [f.state, f.started_at, f.due_at]);

	test('at once', async () => {
		const { id } = await over();
		const said = await screen(at('19:00'), id, 'red');
		assert.deepEqual([handover(said), of(said, 'decide_outcome').due_at], [[['open', exact('19:00'), exact('19:30')]], exact('23:00')]);
	});

	test('from the closing before which it falls due', async () => {
		const { id } = await over();
		assert.deepEqual(handover(await screen(at('15:00'), id, 'red')), [['open', exact('17:00'), exact('17:30')]]);
	});

	test('at once where a second person is asked, too; not where it is decided again before', async () => {
		const { id } = await over();
		assert.deepEqual(handover(await screen(at('18:50'), id, 'red', WAITS())), [['open', exact('18:50'), exact('19:20')]]);
		const other = (await over()).id;
		await hub.screen(at('15:00'), other, 'red', false);
		assert.deepEqual(handover(await decided(hub, at('15:30'), other)), [['cancelled', exact('17:00'), exact('17:30')]]);
	});
});
