// "Not needed" was refused by the second person: nobody has judged, and somebody has to. Triage begins again.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { addPeople, decide, decided, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('refused_judgement')); });
after(() => hub?.stop());

const NOT_NEEDED = { clarification_needed: false, not_needed_reason: 'complete_and_consistent' };
const screen = (now, id, more) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/screenings`, { body: { rating: 'green', reason: 'Read twice.', ...more } });
const notNeeded = (now, id) => screen(now, id, { ...NOT_NEEDED, agreed_by: hub.managerId });
const needed = (now, id, more = {}) => screen(now, id, { clarification_needed: true, topics: ['significant_harm'], ...more });
async function refuse(now, id) {
	const { items: [{ id: signOff }] } = await hub.manager.at(now).ok('GET', `/v1/sign-offs?state=open&mine=true&referral_id=${id}`);
	return hub.manager.at(now).ok('POST', `/v1/sign-offs/${signOff}/answer`, { body: { answer: 'refused', note: 'Ask them.' } });
}
const triage = ({ follow_ups: followUps }) => followUps.filter((f) => f.kind === 'triage').map((f) => [f.state, f.started_at, f.due_at]);
const FIRST = ['met', exact('10:00'), exact('12:00')];
// Received at 10:00, "not needed" at 10:30.
async function judged(members = {}) {
	const { id } = await hub.refer(at('10:00'), { agency_reference: randomUUID(), ...members });
	await notNeeded(at('10:30'), id);
	return id;
}
const ofTeam = async (now, id) => {
	const { items } = await hub.practitioner.at(now).ok('GET', '/v1/work?view=team&limit=200');
	return items.filter((i) => i.referral_id === id && i.kind !== 'acknowledge').map((i) => [i.kind, i.due_at]);
};

test('it is the practitioners\' work again, with the time of a triage from the refusal; screening meets it', async () => {
	const id = await judged();
	assert.deepEqual(await ofTeam(at('10:40'), id), []);
	assert.deepEqual(triage(await refuse(at('11:00'), id)), [FIRST, ['open', exact('11:00'), exact('13:00')]]);
	assert.deepEqual(await ofTeam(at('11:10'), id), [['triage', exact('13:00')]]);
	const early = await decide(hub, at('11:10'), id);
	assert.deepEqual(faults(early), [409, 'wrong-state']);
	assert.match(early.json.detail, /screened again.*since the last screening; allowed now: screen, and decisions that protect/);
	const said = await needed(at('11:30'), id);
	assert.deepEqual(triage(said), [FIRST, ['met', exact('11:00'), exact('13:00')]]);
	assert.deepEqual(said.follow_ups.filter((f) => f.kind === 'discuss').map((f) => f.state), ['open']);
});

test('"not needed" again asks again, and is refused again', async () => {
	const id = await judged();
	await refuse(at('11:00'), id);
	assert.deepEqual(triage(await notNeeded(at('11:30'), id))[1][0], 'met');
	assert.deepEqual(triage(await refuse(at('12:00'), id))[2], ['open', exact('12:00'), exact('14:00')]);
});

test('a screening from before the refusal, written down after it, does not meet it', async () => {
	const id = await judged();
	await refuse(at('11:00'), id);
	assert.deepEqual(triage(await needed(at('11:30'), id, { screened_at: at('10:50') }))[1][0], 'open');
});

test('where it was open already for what came in, it keeps its time', async () => {
	const reference = randomUUID();
	const id = await judged({ agency_reference: reference });
	await hub.refer(at('10:45'), { agency_reference: reference, concerns: [{ description: 'Hurt as well.' }] });
	assert.deepEqual(triage(await refuse(at('11:00'), id)), [FIRST, ['open', exact('10:45'), exact('12:45')]]);
});

test('after a decision that protected it is owed as well, within two hours: the rating has judged the claim', async () => {
	const id = await judged({ immediate_protection_needed: true });
	const said = await decided(hub, at('10:40'), id, { outcome: 'immediate_protection' });
	assert.equal(said.referral.state, 'decided');
	const { referral, ...answer } = await refuse(at('11:00'), id);
	assert.deepEqual([referral.state, triage(answer)[1]], ['decided', ['open', exact('11:00'), exact('13:00')]]);
});
