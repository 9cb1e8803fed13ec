// linkReferrals, confirmLink, unlinkReferrals: shown on both records, never deleted, a duplicate only with a manager's word.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await startHub('links'); });
after(() => hub?.stop());

const link = (id, other, more = {}, who = hub.practitioner) => who.at(at('11:00')).post(`/v1/referrals/${id}/links`, { referral_id: other, kind: 'same_child', reason: 'Same mother.', ...more });
async function linked(...of) {
	const answer = await link(...of);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const act = (id, linkId, what, body, who = hub.manager) => who.at(at('12:00')).post(`/v1/referrals/${id}/links/${linkId}/${what}`, body);
const confirm = (id, linkId, who) => act(id, linkId, 'confirmation', {}, who);
const remove = (id, linkId, who) => act(id, linkId, 'removal', { reason: 'Two families.' }, who);
const refer = () => hub.refer(at('10:00')).then((receipt) => receipt.id);
const whole = (id) => hub.manager.at(at('13:00')).ok('GET', `/v1/referrals/${id}`);
const linksOf = async (id) => (await whole(id)).links;
const events = async (id, type) => (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === type);
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}

describe('linking', () => {
	for (const kind of ['same_child', 'sibling', 'duplicate']) {
		test(`${kind}: both show it, and both timelines tell it`, async () => {
			const [one, other] = [await whole(await refer()), await whole(await refer())];
			const { follow_ups: followUps, referral, version, ...said } = await linked(one.id, other.id, { kind });
			assert.deepEqual(said, {
				id: said.id, kind, referral_id: other.id, reference: other.reference, recorded_here: true, reason: 'Same mother.', linked_by: hub.staffId, linked_at: exact('11:00'),
				confirmed_by: null, confirmed_at: null, ended_by: null, ended_at: null, ended_reason: null,
			});
			assert.deepEqual([version, referral.version, followUps.length > 0], [one.version + 1, one.version + 1, true]);
			assert.deepEqual(await linksOf(one.id), [said]);
			assert.deepEqual(await linksOf(other.id), [{ ...said, referral_id: one.id, reference: one.reference, recorded_here: false }]);
			assert.equal((await whole(other.id)).version, other.version + 1);
			for (const [on, of] of [[one, other], [other, one]]) {
				const [event] = await events(on.id, 'linked');
				assert.deepEqual([event.actor.id, event.version, event.data], [hub.staffId, on.version + 1, {
					link_id: said.id, kind, referral_id: of.id, reference: of.reference, recorded_here: on === one, reason: 'Same mother.', confirmed: false }]);
			}
		});
	}

	test('of one pair each kind stands once, from whichever side; after it was taken back, again', async () => {
		const [one, other] = [await refer(), await refer()];
		const { id } = await linked(one, other);
		await linked(one, other, { kind: 'sibling' });
		await refused(link(one, other), 409, 'already-exists', '/referral_id');
		await refused(link(other, one), 409, 'already-exists', '/referral_id');
		assert.equal((await remove(other, id)).status, 201);
		await linked(other, one);
		assert.deepEqual((await linksOf(one)).map((l) => [l.kind, l.ended_at]), [['same_child', exact('12:00')], ['sibling', null], ['same_child', null]]);
	});

	test('the same link from both sides at once: one stands', async () => {
		for (let round = 0; round < 5; round++) {
			const [one, other] = [await refer(), await refer()];
			const both = await Promise.all([link(one, other), link(other, one)]);
			assert.deepEqual(both.map((a) => a.status).toSorted(), [201, 409]);
			assert.equal((await linksOf(one)).length, 1);
		}
	});

	test('what is refused', async () => {
		const [one, other] = [await refer(), await refer()];
		await refused(link(one, one), 422, 'rule-broken', '/referral_id');
		await refused(link(one, one.toUpperCase()), 422, 'rule-broken', '/referral_id');
		await refused(link(one, randomUUID()), 422, 'rule-broken', '/referral_id');
		await refused(link(randomUUID(), one), 404, 'not-found');
		for (const [more, place] of [[{ kind: 'cousin' }, '/kind'], [{ reason: '' }, '/reason'], [{ reason: undefined }, '/reason'], [{ referral_id: 'x' }, '/referral_id']])
			await refused(link(one, other, more), 422, 'invalid-body', place);
		await refused(link(one, other, {}, hub.system), 403, 'forbidden');
		await refused(link(one, other, {}, hub.agency), 403, 'forbidden');
		assert.deepEqual(await linksOf(one), []);
	});
});

describe('duplicates', () => {
	test('a practitioner proposes, a manager confirms, once', async () => {
		const [one, other] = [await refer(), await refer()];
		const { id } = await linked(one, other, { kind: 'duplicate' });
		await refused(confirm(one, id, hub.practitioner), 403, 'forbidden');
		await refused(confirm(one, id, hub.system), 403, 'forbidden');
		const answer = await act(other, id, 'confirmation', { note: 'Same form twice.' });
		assert.deepEqual([answer.status, answer.json.confirmed_by, answer.json.confirmed_at, answer.json.recorded_here], [201, hub.managerId, exact('12:00'), false]);
		assert.equal((await linksOf(one))[0].confirmed_by, hub.managerId);
		assert.deepEqual((await events(one, 'linked')).map((e) => [e.data.confirmed, e.data.note]), [[false, undefined], [true, 'Same form twice.']]);
		const { detail } = await refused(confirm(one, id), 409, 'wrong-state');
		assert.match(detail, /allowed now: removal/);
	});

	test('a manager who links confirms with it', async () => {
		const [one, other] = [await refer(), await refer()];
		const said = await linked(one, other, { kind: 'duplicate' }, hub.manager);
		assert.deepEqual([said.confirmed_by, said.confirmed_at], [hub.managerId, exact('11:00')]);
		assert.equal((await linked(one, other, { kind: 'sibling' }, hub.manager)).confirmed_by, null);
	});

	test('no chains and no rings: of several the one that counts is named', async () => {
		const [a, b, c] = [await refer(), await refer(), await refer()];
		const first = await linked(a, b, { kind: 'duplicate' });
		await refused(link(c, a, { kind: 'duplicate' }), 422, 'rule-broken', '/referral_id');
		await refused(link(a, c, { kind: 'duplicate' }), 422, 'rule-broken', '/kind');
		await linked(c, b, { kind: 'duplicate' });
		await linked(a, c, { kind: 'same_child' });
		await remove(a, first.id);
		await refused(link(b, a, { kind: 'duplicate' }), 422, 'rule-broken', '/kind');
	});

	test('nor one that is begun at its other end, proposed or confirmed', async () => {
		for (const who of [hub.practitioner, hub.manager]) {
			const [a, b, c] = [await refer(), await refer(), await refer()];
			const first = await linked(a, b, { kind: 'duplicate' }, who);
			assert.match((await refused(link(b, c, { kind: 'duplicate' }, who), 422, 'rule-broken', '/kind')).detail, /take those links back first/);
			await linked(b, c, { kind: 'sibling' }, who);
			await remove(a, first.id);
			await linked(b, c, { kind: 'duplicate' }, who);
			await linked(a, c, { kind: 'duplicate' }, who);
		}
	});

	test('only a duplicate is confirmed, and only while it stands', async () => {
		const [one, other] = [await refer(), await refer()];
		const sibling = await linked(one, other, { kind: 'sibling' });
		await refused(confirm(one, sibling.id), 409, 'wrong-state');
		const duplicate = await linked(one, other, { kind: 'duplicate' });
		await remove(one, duplicate.id);
		await refused(confirm(one, duplicate.id), 409, 'wrong-state');
	});
});

describe('taking back', () => {
	test('it stays on both records, with the reason', async () => {
		const [one, other] = [await refer(), await refer()];
		const { id } = await linked(one, other);
		const answer = await remove(one, id, hub.practitioner);
		assert.deepEqual([answer.status, answer.json.ended_by, answer.json.ended_at, answer.json.ended_reason], [201, hub.staffId, exact('12:00'), 'Two families.']);
		for (const on of [one, other]) {
			assert.equal((await linksOf(on))[0].ended_reason, 'Two families.');
			assert.equal((await events(on, 'unlinked'))[0].data.reason, 'Two families.');
		}
		const { detail } = await refused(remove(other, id), 409, 'wrong-state');
		assert.match(detail, /allowed now: a new link/);
	});

	test('what is refused', async () => {
		const [one, other] = [await refer(), await refer()];
		const { id } = await linked(one, other);
		for (const [on, of] of [[one, randomUUID()], [randomUUID(), id], [await refer(), id]]) {
			await refused(remove(on, of), 404, 'not-found');
			await refused(confirm(on, of), 404, 'not-found');
		}
		await refused(act(one, id, 'removal', {}), 422, 'invalid-body', '/reason');
		await refused(remove(one, id, hub.system), 403, 'forbidden');
		await refused(remove(one, id, hub.agency), 403, 'forbidden');
	});
});

test('the agency sees nothing of links', async () => {
	const [one, other] = [await refer(), await refer()];
	await linked(one, other);
	const seen = [await hub.agency.ok('GET', `/v1/referrals/${one}`), await hub.agency.ok('GET', `/v1/referrals/${one}/timeline?limit=200`)];
	assert.ok(!JSON.stringify(seen).includes(other));
});
