// A transfer of some children, and what becomes of a referral that another authority has accepted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addPeople, childrenOf, decide, decided, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('transfers_children')); });
after(() => hub?.stop());

let references = 0;
// Two children; `members` are what a further post about them is known by. Screened at 10:30.
async function referred() {
	const members = { agency_reference: `GOES-${references++}`, children: ['A.', 'B.'].map((name, i) => ({ first_name: name, family_name: 'Example', date_of_birth: `201${i}-01-01` })) };
	const { id } = await hub.refer(at('10:00'), members);
	const [a, b] = await childrenOf(hub, at('10:05'), id);
	return { id, a, b, members };
}
async function screened() {
	const referral = await referred();
	await hub.screen(at('10:30'), referral.id, 'amber', false);
	return referral;
}
const GOES = { outcome: 'transfer_to_other_authority', legal_basis: 'none' };
const STAYS = { outcome: 'early_help', legal_basis: 'none' };
const S47 = { outcome: 'strategy_discussion', legal_basis: 's47', stage: 'next_steps' };
const whole = (id, now = at('16:30')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const ifMatch = async (id) => ({ 'if-match': `"${(await whole(id)).version}"` });
const open = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const stands = ({ referral, follow_ups: all }) => [referral.state, open(all)];
const transfer = async (id, now) => hub.practitioner.at(now).post(`/v1/referrals/${id}/transfer`, { to_authority: 'Example County', contact_name: 'Front door', contact: '01632 960 999', reason: 'They live there.' }, await ifMatch(id));
const accept = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/transfer/acceptance`, { body: { accepted_name: 'Mx. Manager' } });
async function go(id, now, then = now) {
	const answer = await transfer(id, now);
	assert.equal(answer.status, 201, answer.text);
	return accept(id, then);
}
const told = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
const close = async (id, now) => hub.practitioner.at(now).post(`/v1/referrals/${id}/closure`, { reason: 'RC5' }, await ifMatch(id));
const seenByAgency = (id) => hub.agency.at(at('16:30')).ok('GET', `/v1/referrals/${id}`);
const more = (members, now) => hub.refer(now, { ...members, concerns: [{ description: 'Both are bruised.' }] });

describe('a transfer of one child of two', () => {
	test('ends its own clock alone: what is owed for the other stays ours, and is decided and closed', async () => {
		const { id, a, b } = await screened();
		await decide(hub, at('11:00'), id, { ...S47, children: [b] });
		await decided(hub, at('11:30'), id, { ...GOES, children: [a] });
		const accepted = await go(id, at('12:00'));
		assert.deepEqual([stands(accepted), accepted.accepted_children], [['in_progress', ['decide_outcome', 'strategy_discussion']], [a]]);
		assert.equal(accepted.follow_ups.find((f) => f.kind === 'transfer_acceptance').state, 'met');
		assert.equal((await seenByAgency(id)).transfer, null, 'one of them is ours');
		const { items } = await hub.agency.at(at('16:30')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		assert.deepEqual(items.filter((e) => e.type === 'transfer_accepted'), []);
		const last = await decided(hub, at('13:00'), id, { ...STAYS, children: [b] });
		assert.equal(last.referral.state, 'decided');
	});

	test('the other goes later: with a clock and a transfer of its own', async () => {
		const { id, a, b } = await screened();
		await decided(hub, at('11:00'), id, { ...GOES, children: [a] });
		await go(id, at('12:00'));
		const said = await decided(hub, at('13:00'), id, { ...GOES, children: [b] });
		assert.deepEqual(stands(said), ['decided', ['feedback', 'transfer_acceptance']]);
		const accepted = await go(id, at('13:30'));
		assert.deepEqual([stands(accepted), accepted.accepted_children], [['decided', ['feedback']], [a, b]]);
		assert.deepEqual((await seenByAgency(id)).transfer?.to_authority, 'Example County');
	});

	test('of all of them, or where nothing was decided of any: what is theirs is cancelled', async () => {
		for (const decisions of [[], [{ ...GOES, stage: 'next_steps' }]]) {
			const { id, a, b } = await screened();
			for (const one of decisions) await decided(hub, at('11:00'), id, one);
			const accepted = await go(id, at('12:00'));
			assert.deepEqual([stands(accepted), accepted.accepted_children], [['in_progress', []], [a, b]]);
		}
	});

	test('nobody goes of whom something else was decided', async () => {
		const { id } = await screened();
		await decide(hub, at('11:00'), id, S47);
		const accepted = await go(id, at('12:00'));
		assert.deepEqual([stands(accepted), accepted.accepted_children], [['in_progress', ['decide_outcome', 'strategy_discussion']], []]);
	});
});

describe('a decision about children who have gone', () => {
	const owed = ({ follow_ups: all }) => all.filter((f) => f.kind === 'transfer_acceptance').map((f) => f.state);

	test('opens no second clock, at the next stage or for the first time', async () => {
		for (const decisions of [[], [{ ...GOES, stage: 'next_steps' }]]) {
			const { id } = await screened();
			for (const one of decisions) await decided(hub, at('11:00'), id, one);
			await go(id, at('12:00'));
			const last = await decided(hub, at('13:00'), id, GOES);
			assert.deepEqual([stands(last), owed(last)], [['decided', ['feedback']], ['met']]);
		}
	});

	test('but one when more was sent since: the other authority has not seen that', async () => {
		const { id, members } = await screened();
		await go(id, at('12:00'));
		await more(members, at('12:30'));
		await hub.screen(at('12:40'), id, 'amber', false);
		assert.deepEqual(owed(await decided(hub, at('13:00'), id, GOES)), ['met', 'open']);
	});
});

describe('a decision that another outcome replaces', () => {
	const owed = ({ follow_ups: all }) => all.filter((f) => f.kind === 'transfer_acceptance').map((f) => f.state);

	test('no longer asks anybody to accept', async () => {
		const { id, a, b } = await screened();
		await decided(hub, at('11:00'), id, GOES);
		assert.deepEqual(owed(await decided(hub, at('11:30'), id, { ...STAYS, children: [a] })), ['open'], 'the other still goes');
		const { json } = await decide(hub, at('12:00'), id, { ...S47, children: [b] });
		assert.deepEqual(owed(json), ['cancelled']);
		assert.deepEqual(owed(await decided(hub, at('12:30'), id, { ...GOES, children: [b] })), ['cancelled', 'open']);
	});

	test('while a transfer waits that can still be accepted, its clock runs', async () => {
		const { id } = await screened();
		await decided(hub, at('11:00'), id, GOES);
		assert.equal((await transfer(id, at('11:10'))).status, 201);
		assert.deepEqual(owed(await decided(hub, at('11:30'), id, STAYS)), ['open']);
		assert.deepEqual(owed(await accept(id, at('12:00'))), ['met']);
	});

	test('a child that is gone already keeps no clock open for one that stays after all', async () => {
		const { id, a, b } = await screened();
		await decided(hub, at('11:00'), id, { ...GOES, children: [a] });
		await go(id, at('11:30'));
		assert.deepEqual(owed(await decided(hub, at('12:00'), id, { ...GOES, children: [b] })), ['met', 'open']);
		assert.deepEqual(owed(await decided(hub, at('12:30'), id, { ...STAYS, children: [b] })), ['met', 'cancelled']);
	});
});

describe('a referral that another authority has', () => {
	test('is closed without a screening or decision of ours; reopened it is ours, and may go again', async () => {
		const { id } = await referred();
		assert.deepEqual(faults(await close(id, at('10:30'))), [409, 'wrong-state']);
		assert.equal((await transfer(id, at('11:00'))).status, 201);
		assert.deepEqual(faults(await close(id, at('11:10'))), [409, 'wrong-state'], 'ours until they accept');
		await accept(id, at('12:00'));
		const closed = await close(id, at('12:30'));
		assert.deepEqual([closed.status, closed.json.referral?.state], [201, 'closed'], closed.text);
		const reopened = await hub.practitioner.at(at('13:00')).ok('POST', `/v1/referrals/${id}/reopening`, { body: { reason: 'new_information', note: 'They moved back.' }, headers: await ifMatch(id) });
		assert.deepEqual(stands(reopened), ['in_progress', ['decide_outcome', 'triage']]);
		assert.deepEqual(faults(await close(id, at('13:10'))), [409, 'wrong-state']);
		assert.deepEqual(stands(await go(id, at('13:30'))), ['in_progress', []]);
		assert.equal((await close(id, at('13:40'))).status, 201);
	});

	test('not while something is still owed by us, nor while one of its children is ours', async () => {
		const { id } = await referred();
		await hub.practitioner.at(at('10:10')).ok('POST', `/v1/referrals/${id}/flags`, { body: { reason: 'Look at the photographs.', due_at: at('16:00') } });
		await go(id, at('12:00'));
		const flagged = await close(id, at('12:10'));
		assert.deepEqual(faults(flagged), [409, 'wrong-state', ['', 'flag']], flagged.text);
		const { id: other, a } = await screened();
		await decided(hub, at('11:00'), other, { ...GOES, children: [a] });
		await go(other, at('12:00'));
		assert.deepEqual(faults(await close(other, at('12:10'))), [409, 'wrong-state']);
	});

	test('is taken up again by what is sent: it goes with that, or it is worked on here', async () => {
		const { id, members } = await referred();
		await go(id, at('11:00'));
		assert.match((await transfer(id, at('11:10'))).json.detail, /until it is reopened, or more is sent/);
		await more(members, at('12:00'));
		assert.deepEqual(open((await whole(id)).follow_ups), ['decide_outcome', 'triage']);
		assert.deepEqual(faults(await close(id, at('12:10'))), [409, 'wrong-state']);
		const accepted = await go(id, at('12:30'));
		assert.deepEqual(stands(accepted), ['received', []]);
		assert.equal((await close(id, at('13:00'))).status, 201);
	});
});
