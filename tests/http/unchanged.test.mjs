// If-Match on what is judged from reading a referral: where it is sent, no judgement meets what came in after the reading.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, decidedReferral, decision } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('unchanged')); });
after(() => hub?.stop());

const whole = (id) => hub.manager.at(at('12:30')).ok('GET', `/v1/referrals/${id}`);
const SCREENING = { rating: 'green', reason: 'Read twice.', clarification_needed: false, not_needed_reason: 'complete_and_consistent' };
const CONTENT = { children: [{ first_name: 'A.', family_name: 'Example' }] };
// Says more about the same child.
const addMore = (now, reference) => hub.agency.at(now).ok('POST', '/v1/referrals', { body: { ...CONTENT, agency_reference: reference, concerns: [{ description: 'Now he is bruised.' }] } });
async function referred() {
	const reference = randomUUID();
	const { id } = await hub.agency.at(at('10:00')).ok('POST', '/v1/referrals', { body: { ...CONTENT, agency_reference: reference, concerns: [{ description: 'Often hungry.' }] } });
	return { id, reference };
}
const etag = async (id) => (await hub.manager.at(at('12:30')).get(`/v1/referrals/${id}`)).headers.etag;
const post = (id, what, body, headers) => hub.practitioner.at(at('12:00')).post(`/v1/referrals/${id}/${what}`, body, headers);
function stale(answer, now, seen) {
	assert.deepEqual([answer.status, answer.json.type, answer.json.errors[0].pointer], [412, '/problems/stale-version', 'If-Match'], answer.text);
	assert.match(answer.json.detail, new RegExp(`version ${now} now.* version ${seen}`));
}

describe('a judgement on what has changed meanwhile', () => {
	test('a screening does not meet the triage that additional information reopened', async () => {
		const { id, reference } = await referred();
		await hub.screen(at('10:30'), id, 'green', false);
		const seen = await etag(id);
		await addMore(at('11:00'), reference);
		stale(await post(id, 'screenings', { ...SCREENING, agreed_by: hub.managerId }, { 'if-match': seen }), 4, 3);
		const record = await whole(id);
		assert.deepEqual([record.screenings.length, record.version, record.follow_ups.filter((f) => f.kind === 'triage').map((f) => f.state)], [1, 4, ['met', 'open']]);
		const again = await post(id, 'screenings', { ...SCREENING, agreed_by: hub.managerId }, { 'if-match': await etag(id) });
		assert.deepEqual([again.status, again.json.version], [201, 5], again.text);
	});

	for (const [what, body] of [
		['contact-attempts', { result: 'no_answer', method: 'phone', counterpart: 'referrer' }],
		['decisions', () => decision(hub.leaderId, { outcome: 'early_help', legal_basis: 's17' })],
		['feedback', { content: 'full', method: 'phone', text: 'A social worker will see the family this week.' }],
	]) {
		test(`${what}: refused with an old version, taken with the present one and without`, async () => {
			const { id } = await decidedReferral(hub, DAY);
			const sent = typeof body === 'function' ? body() : body;
			const { version } = await whole(id);
			stale(await post(id, what, sent, { 'if-match': `"${version - 1}"` }), version, version - 1);
			stale(await post(id, what, sent, { 'if-match': `"${version + 1}"` }), version, version + 1);
			assert.equal((await whole(id)).version, version);
			const key = randomUUID();
			const taken = await post(id, what, sent, { 'if-match': `"${version}"`, 'idempotency-key': key });
			assert.equal(taken.status, 201, taken.text);
			const replayed = await post(id, what, sent, { 'if-match': `"${version}"`, 'idempotency-key': key });
			assert.deepEqual([replayed.status, replayed.text], [201, taken.text], 'a repeat is told what the first was told');
			assert.equal((await post(id, what, sent)).status, 201);
		});
	}

	test('what protects a child is recorded all the same, and says so', async () => {
		const { id } = await decidedReferral(hub, DAY);
		const answer = await post(id, 'decisions', decision(hub.leaderId, { outcome: 'strategy_discussion', legal_basis: 's47' }), { 'if-match': '"1"' });
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual(answer.json.exceptions.map((e) => [e.pointer, e.code]), [['', 'changed_since_read']]);
	});
});
