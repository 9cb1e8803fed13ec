// Whose work is: by the version of the policy that judges it, whatever governs the partnership now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { addPeople, decide } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const policy = (name) => JSON.parse(readFileSync(new URL(`../../api/policies/${name}.json`, import.meta.url)));
const SATURDAY = '2027-03-06';
const at = (clock, day = SATURDAY) => `${day}T${clock}:00Z`;
let hub;
let number = 0;
before(async () => { hub = await addPeople(await startHub('work_policies')); });
after(() => hub?.stop());

async function activate(document, retime, now) {
	const { id } = await hub.manager.at(now).ok('POST', '/v1/policies', { body: { ...document, version: `v${++number}` } });
	return hub.leader.at(now).ok('POST', `/v1/policies/${id}/activation`, { body: { reason: 'Agreed by the board.', retime_open: retime } });
}
const england = (change = () => {}) => {
	const document = policy('england');
	change(document, (kind) => document.rules.find((r) => r.kind === kind));
	return document;
};
const people = { practitioner: 'practitioner', manager: 'manager', duty: 'duty' };
// [kind, responsible] of a referral's follow-ups in a role's team view, whose number its count has too.
async function team(role, id, now) {
	const { items, counts } = await hub[people[role]].at(now).ok('GET', '/v1/work?view=team&limit=200');
	assert.deepEqual(counts.team, { count: items.length, or_more: false });
	return items.filter((i) => i.referral_id === id).map((i) => [i.kind, i.responsible]).toSorted();
}
const whole = async (id, now) => (await Promise.all(Object.keys(people).map((role) => team(role, id, now)))).flat().map(([kind]) => kind).toSorted();
const owed = async (id, now) => (await hub.manager.at(now).ok('GET', `/v1/referrals/${id}/follow-ups`)).items.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();

test('a policy without a rule for it leaves what is open in the view where it was', async () => {
	const now = at('02:00');
	const { id } = await hub.refer(now, { channel: 'secure_email', immediate_protection_needed: true });
	assert.equal((await decide(hub, at('02:10'), id, { stage: 'next_steps', outcome: 'strategy_discussion', legal_basis: 's47' })).status, 201);
	const kinds = await owed(id, at('02:15'));
	for (const kind of ['out_of_hours_handover', 'strategy_discussion', 'triage']) assert.ok(kinds.includes(kind), kinds.join());
	const before_ = await Promise.all(Object.keys(people).map((role) => team(role, id, at('02:15'))));
	for (const retime of [false, true]) {
		await activate(policy('scotland'), retime, at(retime ? '02:40' : '02:20'));
		const then = at(retime ? '02:45' : '02:25');
		assert.deepEqual(await Promise.all(Object.keys(people).map((role) => team(role, id, then))), before_, `re-timed: ${retime}`);
		assert.deepEqual(await whole(id, then), await owed(id, then));
	}
	assert.ok((await team('duty', id, at('02:50'))).some(([kind]) => kind === 'out_of_hours_handover'));
	assert.ok((await team('manager', id, at('02:50'))).some(([kind]) => kind === 'strategy_discussion'));
});

test('decide_next_steps that the next version knows nothing of is still the manager\'s; what it re-times is whose it says', async () => {
	const [early, now, late] = ['10:00', '11:00', '12:00'].map((clock) => at(clock, DAY));
	await activate(england(), false, early);
	const { id } = await hub.refer(early, { channel: 'secure_email' });
	assert.deepEqual((await team('manager', id, now)).map(([kind]) => kind), ['decide_next_steps', 'decide_outcome']);
	const next = (document, rule) => {
		document.rules = document.rules.filter((r) => r.kind !== 'decide_next_steps');
		rule('triage').responsible = 'duty';
	};
	await activate(england(next), false, now);
	assert.deepEqual([await team('duty', id, late), (await team('manager', id, late)).map(([kind]) => kind)], [[], ['decide_next_steps', 'decide_outcome']]);
	const later = await hub.refer(now, { channel: 'secure_email' });
	assert.deepEqual(await team('duty', later.id, late), [['triage', 'duty']], 'what opens under it');
	await activate(england(next), true, late);
	assert.deepEqual([await team('duty', id, late), (await team('manager', id, late)).map(([kind]) => kind)], [[['triage', 'duty']], ['decide_next_steps', 'decide_outcome']]);
	await hub.practitioner.at(late).ok('POST', '/v1/referrals/actions', { body: { action: 'assign', assigned_to: hub.staffId, reason: 'Rota.', referrals: [{ id }] } });
	const { items } = await hub.practitioner.at(late).ok('GET', '/v1/work?view=mine');
	assert.deepEqual(Object.fromEntries(items.map((i) => [i.kind, i.responsible])), { acknowledge: 'support', triage: 'duty', decide_next_steps: 'manager', decide_outcome: 'manager' });
});

test('what no version says anything of is a manager\'s', async () => {
	const now = at('10:00', '2027-03-02');
	const { id } = await hub.refer(now, { channel: 'secure_email' });
	await hub.db.query("UPDATE follow_up SET policy_id = gen_random_uuid() WHERE referral_id = $1 AND kind = 'triage'", [id]);
	assert.ok((await team('manager', id, now)).some(([kind]) => kind === 'triage'));
});
