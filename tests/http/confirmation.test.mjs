// confirmDiscussion: the agency's answer to "was this discussed with you?".
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { attempt, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await startHub('confirmation'); });
after(() => hub?.stop());

async function discussed(more = {}) {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'amber');
	return [id, (await attempt(hub, at('11:00'), id, more)).id];
}
const say = (id, contact_attempt_id, answer, words, { now = at('12:00'), who = hub.agency, headers } = {}) =>
	who.at(now).post(`/v1/referrals/${id}/discussion-confirmations`, { contact_attempt_id, answer, ...(words ? { words } : {}) }, headers);
const rule = [422, 'rule-broken', ['/contact_attempt_id', 'rule_broken']];

describe('confirmDiscussion', () => {
	test('both sides see each answer, the latest counts, nothing else changes', async () => {
		const [id, talk] = await discussed();
		const first = await say(id, talk, 'confirmed');
		assert.equal(first.status, 201, first.text);
		assert.deepEqual(first.json, { id: first.json.id, version: first.json.version, contact_attempt_id: talk, answer: 'confirmed', words: null, counts: true, recorded_at: exact('12:00') });
		assert.equal(first.headers.etag, `"${first.json.version}"`);
		const second = await say(id, talk, 'disputed', 'Only the date of birth.', { now: at('12:10') });
		const both = [{ ...first.json, counts: false }, second.json];
		const record = await hub.manager.at(at('12:30')).ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual([record.discussion_confirmations, record.discussed, record.version], [both, 'yes', second.json.version]);
		assert.deepEqual((await hub.agency.at(at('12:30')).ok('GET', `/v1/referrals/${id}`)).discussion_confirmations, both);
		for (const who of [hub.manager, hub.agency]) {
			const { items } = await who.at(at('12:30')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
			const told = items.filter((e) => /^discussion_/.test(e.type));
			assert.deepEqual(told.map((e) => [e.type, e.data, e.actor.name]), [
				['discussion_confirmed', { confirmation_id: first.json.id, attempt_id: talk }, 'Oak School'],
				['discussion_disputed', { confirmation_id: second.json.id, attempt_id: talk }, 'Oak School']]);
		}
	});

	test('each attempt by itself', async () => {
		const [id, one] = await discussed();
		const other = (await attempt(hub, at('11:30'), id)).id;
		await say(id, one, 'confirmed');
		await say(id, other, 'confirmed');
		const { discussion_confirmations: all } = await hub.manager.at(at('12:30')).ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual(all.map((k) => [k.contact_attempt_id, k.counts]), [[one, true], [other, true]]);
	});

	test('also after the referral is closed', async () => {
		const [id, talk] = await discussed();
		await hub.db.query("UPDATE referral SET state = 'closed' WHERE id = $1", [id]);
		assert.equal((await say(id, talk, 'disputed', 'Nobody rang.')).status, 201);
	});

	test('only about attempts that the agency sees and the hub calls discussed', async () => {
		const [id, talk] = await discussed();
		const tried = await attempt(hub, at('11:30'), id, { result: 'no_answer' });
		const aside = await attempt(hub, at('11:40'), id, { counterpart: 'person_with_direct_knowledge' });
		const [other, foreign] = await discussed();
		for (const of of [tried.id, aside.id, foreign, randomUUID()]) assert.deepEqual(faults(await say(id, of, 'confirmed')), rule);
		assert.equal((await say(other, talk, 'confirmed', undefined, { who: hub.otherAgency })).status, 404);
	});

	test('a dispute in words', async () => {
		const [id, talk] = await discussed();
		const answer = await say(id, talk, 'disputed');
		assert.deepEqual([answer.status, answer.json.type, answer.json.errors[0].pointer], [422, '/problems/invalid-body', '/words']);
	});

	test('while the first is being worked on the second waits', async () => {
		const [id, talk] = await discussed();
		const key = randomUUID();
		const [, keyId] = hub.agency.key.split('_');
		await hub.db.session(async (client) => {
			await client.query(`INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest) VALUES ($1, $2, 'confirmDiscussion', $3, 'x')`,
				[hub.partnership, keyId, key]);
			assert.deepEqual(faults(await say(id, talk, 'confirmed', undefined, { headers: { 'idempotency-key': key } })).slice(0, 2), [409, 'request-in-progress']);
			await client.query('ROLLBACK');
		});
	});
});
