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
});
