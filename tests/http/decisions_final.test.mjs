// Final decisions: what may take their place, and that every child of a referral has one before it is closed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addPeople, childrenOf, decide, decided, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const TWO = { children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.', family_name: 'Example' }] };
let hub;
before(async () => { hub = await addPeople(await startHub('decisions_final')); });
after(() => hub?.stop());

async function screened(needed = false, members = {}) {
	const { id } = await hub.refer(at('10:00'), members);
	await hub.screen(at('10:30'), id, 'amber', needed);
	return id;
}
const whole = (id, now = at('16:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const S47 = { outcome: 'strategy_discussion', legal_basis: 's47' };
const open = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const followUps = async (id, now) => (await hub.practitioner.at(now).ok('GET', `/v1/referrals/${id}/follow-ups`)).items;
const ifMatch = async (id) => ({ 'if-match': `"${(await whole(id)).version}"` });
const close = async (id, now = at('14:00')) => hub.practitioner.at(now).post(`/v1/referrals/${id}/closure`, { reason: 'no_further_action' }, await ifMatch(id));
const tell = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
// Corrects the record: these children come to it.
async function add(id, now, ...more) {
	const { children } = await whole(id);
	return hub.practitioner.at(now).patch(`/v1/referrals/${id}`, { children: [...children, ...more], reason: 'The midwife rang: there are two.' }, await ifMatch(id));
}
const NOTHING = { outcome: 'no_further_action', legal_basis: 'none' };

describe('what takes the place of a final decision', () => {
	const refused = [422, 'rule-broken', ['/stage', 'final_governs']];

	test('the next steps of one manager never do, s47 included, nor of anybody', async () => {
		for (const outcome of [{}, S47]) {
			const id = await screened();
			const last = await decided(hub, at('11:00'), id, outcome);
			for (const [who, authoriser] of [[hub.leader, hub.leaderId], [hub.practitioner, hub.leaderId]]) {
				const answer = await decide(hub, at('12:00'), id, { ...NOTHING, stage: 'next_steps', authorised_by: authoriser }, who);
				assert.deepEqual(faults(answer), refused);
				assert.match(answer.json.errors[0].detail, /at stage `final`/);
			}
			assert.deepEqual((await whole(id)).decisions.map((d) => [d.id, d.governs]), [[last.id, last.children]]);
		}
	});

	test('of one child of several, by its children', async () => {
		const id = await screened(false, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		await decided(hub, at('11:00'), id, { children: [one] });
		const steps = (children) => decide(hub, at('12:00'), id, { ...NOTHING, stage: 'next_steps', ...children }, hub.leader);
		assert.deepEqual([faults(await steps({})), faults(await steps({ children: [other, one] }))], [refused, refused]);
		assert.equal((await steps({ children: [other] })).status, 201);
	});

	test('another final one does, and protection at any stage', async () => {
		const id = await screened();
		await decided(hub, at('11:00'), id);
		assert.equal((await decided(hub, at('11:30'), id, { outcome: 'early_help' })).governs.length, 1);
		for (const [clock, outcome] of [['12:00', S47], ['12:30', { outcome: 'immediate_protection', legal_basis: 's46' }]]) {
			const said = await decided(hub, at(clock), id, { ...outcome, stage: 'next_steps' });
			assert.deepEqual([said.governs.length, said.standing, said.exceptions], [1, 'in_effect', []]);
		}
	});

	test('after protection at an earlier stage a final one is owed again', async () => {
		const id = await screened();
		await decided(hub, at('11:00'), id);
		const stands = async () => whole(id).then(({ state, follow_ups: all }) => [state, open(all)]);
		assert.deepEqual(await stands(), ['decided', ['feedback']]);
		await decided(hub, at('12:00'), id, { outcome: 'immediate_protection', legal_basis: 's46', stage: 'next_steps' });
		assert.deepEqual(await stands(), ['in_progress', ['decide_outcome', 'feedback']]);
		await decided(hub, at('12:30'), id, { outcome: 'immediate_protection', legal_basis: 's46', stage: 'next_steps' });
		assert.deepEqual(await stands(), ['in_progress', ['decide_outcome', 'feedback']]);
		await decided(hub, at('13:00'), id);
		assert.deepEqual(await stands(), ['decided', ['feedback']]);
		await decided(hub, at('14:00'), id, { outcome: 'immediate_protection', legal_basis: 's46' });
		assert.equal((await whole(id)).state, 'decided', 'a final one in the place of a final one');
	});

	test('so it is for the child whom it protected, whatever is decided of the others', async () => {
		const id = await screened(false, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		await decided(hub, at('11:00'), id);
		await decided(hub, at('12:00'), id, { outcome: 'immediate_protection', legal_basis: 's46', stage: 'next_steps', children: [one] });
		const another = await decided(hub, at('12:30'), id, { outcome: 'early_help', children: [other] });
		assert.deepEqual([another.referral.state, open(another.follow_ups)], ['in_progress', ['decide_outcome', 'feedback']]);
		assert.equal((await decided(hub, at('13:00'), id, { children: [one] })).referral.state, 'decided');
	});
});

describe('every child has one before the referral is closed', () => {
	const TWIN = { first_name: 'T.', family_name: 'Example' };

	test('a child that a correction adds takes a decided referral back, its clocks open anew, and it is decided too', async () => {
		const id = await screened();
		await decided(hub, at('11:00'), id);
		await tell(id, at('11:10'));
		const answer = await add(id, at('12:00'), TWIN);
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual([answer.json.state, answer.json.children.length], ['in_progress', 2]);
		assert.deepEqual(open(await followUps(id, at('12:00'))), ['decide_next_steps', 'decide_outcome']);
		const told = (await hub.agency.at(at('12:30')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'state_changed').at(-1);
		assert.deepEqual([told.version, told.data], [answer.json.version, { from: 'decided', to: 'in_progress' }]);
		assert.match((await close(id)).json.detail, /in_progress.*allowed now/);
		const [, twin] = answer.json.children;
		const last = await decided(hub, at('13:00'), id, { children: [twin.id] });
		assert.deepEqual([last.referral.state, open(last.follow_ups)], ['decided', ['feedback']]);
		await tell(id, at('13:10'));
		assert.equal((await close(id)).status, 201);
	});

	test('while it is worked on, clocks that are met open again, and those that are open stay', async () => {
		const { id: received } = await hub.refer(at('10:00'));
		const before = (await followUps(received, at('10:05'))).map((f) => f.id);
		assert.equal((await add(received, at('10:10'), TWIN)).json.state, 'received');
		assert.deepEqual((await followUps(received, at('10:20'))).map((f) => f.id), before);
		const id = await screened();
		await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		assert.equal((await add(id, at('12:00'), TWIN)).json.state, 'in_progress');
		assert.deepEqual(open(await followUps(id, at('12:00'))), ['decide_next_steps', 'decide_outcome']);
	});

	test('what an agency sends about another child does the same', async () => {
		const reference = { agency_reference: 'A-TWIN-1', children: [{ first_name: 'A.', family_name: 'Example', date_of_birth: '2020-01-01' }] };
		const id = await screened(false, reference);
		await decided(hub, at('11:00'), id);
		await hub.refer(at('12:00'), { ...reference, children: [...reference.children, { ...TWIN, date_of_birth: '2021-01-01' }] });
		assert.deepEqual(open(await followUps(id, at('12:00'))), ['decide_next_steps', 'decide_outcome', 'feedback', 'triage']);
	});

	test('a closed referral takes no new child: it is reopened first; a known one is corrected all the same', async () => {
		const id = await screened();
		await decided(hub, at('11:00'), id);
		await tell(id, at('11:10'));
		assert.equal((await close(id, at('11:20'))).status, 201);
		const answer = await add(id, at('12:00'), TWIN);
		assert.deepEqual(faults(answer), [409, 'wrong-state']);
		assert.match(answer.json.detail, /closed.*'add_child'.*allowed now: .*reopen/);
		const { children: [child] } = await whole(id);
		const mended = await hub.practitioner.at(at('12:10')).patch(`/v1/referrals/${id}`, { children: [{ ...child, first_name: 'Anna' }], reason: 'Spelt out.' }, await ifMatch(id));
		assert.deepEqual([mended.status, mended.json.state, mended.json.children.length], [200, 'closed', 1]);
		await hub.practitioner.at(at('12:20')).ok('POST', `/v1/referrals/${id}/reopening`, { body: { reason: 'new_information', note: 'Twins.' }, headers: await ifMatch(id) });
		assert.equal((await add(id, at('12:30'), TWIN)).status, 200);
	});

	test('closing counts the children that no final decision governs, on a record that counts as decided all the same', async () => {
		const id = await screened(false, TWO);
		const [one] = await childrenOf(hub, at('10:40'), id);
		await decided(hub, at('11:00'), id);
		await tell(id, at('11:10'));
		// Protection takes the place of what is final.
		await decided(hub, at('12:00'), id, { outcome: 'immediate_protection', legal_basis: 's46', stage: 'next_steps', children: [one] });
		assert.deepEqual(faults(await close(id)).slice(0, 2), [409, 'wrong-state']);
		// As what was decided before it was taken back for that stands.
		const before = () => hub.db.query(`UPDATE referral SET state = 'decided' WHERE id = $1`, [id]);
		await before();
		const answer = await close(id);
		assert.deepEqual(faults(answer), [409, 'wrong-state', ['', 'decide_outcome'], ['', 'final_decision']]);
		assert.match(answer.json.errors[1].detail, /^1 child has no final decision/);
		await decided(hub, at('12:30'), id, { outcome: 'immediate_protection', legal_basis: 's46', stage: 'next_steps' });
		await before();
		assert.match((await close(id)).json.errors[1].detail, /^2 children have no final decision/);
	});
});
