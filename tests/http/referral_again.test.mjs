// What a second post does: seen by the hub, counted once, never lost, and never in the hub's own members.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHub } from '../support/hub.mjs';

let hub;
before(async () => { hub = await startHub('again'); });
after(() => hub?.stop());

const body = (reference, description, more = {}) => ({ agency_reference: reference, children: [{ first_name: 'Ann', family_name: 'Madeup' }], concerns: [{ description }], ...more });
const rejected = async () => (await hub.agency.ok('GET', '/v1/rejected-submissions')).items;

test('the hub reads additional information as it was sent', async () => {
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: body('MORE-1', 'hungry') });
	const added = body('MORE-1', 'there is a knife in the house');
	assert.equal((await hub.agency.ok('POST', '/v1/referrals', { body: added })).outcome, 'additional_information');
	const { submissions } = await hub.practitioner.ok('GET', `/v1/referrals/${id}`);
	assert.deepEqual(submissions.map((s) => s.kind), ['first', 'additional']);
	assert.deepEqual(submissions[1].body, added);
	assert.ok(submissions[1].quality_issues.some((issue) => issue.pointer === '/referrer'));
});

test('the same additional information from many sides at once is kept once', async () => {
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: body('MORE-2', 'hungry') });
	const added = body('MORE-2', 'hungry again');
	const outcomes = await Promise.all(Array.from({ length: 8 }, async () => (await hub.agency.ok('POST', '/v1/referrals', { body: added })).outcome));
	assert.deepEqual(outcomes.toSorted(), ['additional_information', ...Array(7).fill('existing')]);
	assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${id}`)).submissions.length, 2);
});

test('another document under a used Idempotency-Key is remembered as refused', async () => {
	const key = { 'Idempotency-Key': 'once-only' };
	await hub.agency.ok('POST', '/v1/referrals', { body: body('KEY-1', 'first'), headers: key });
	const refused = await hub.agency.request('POST', '/v1/referrals', { body: body('KEY-2', 'second'), headers: key });
	assert.equal(refused.status, 422);
	const [item] = (await rejected()).filter((r) => r.agency_reference === 'KEY-2');
	assert.equal(item.problem_type, 'idempotency-key-reused');
	await hub.agency.ok('POST', '/v1/referrals', { body: body('KEY-2', 'second') });
	assert.ok((await rejected()).find((r) => r.agency_reference === 'KEY-2').resolved_at);
});

test('members of a child that are the hub\'s own stay the hub\'s', async () => {
	const children = [{ first_name: 'Eve', id: 'evil', origin: 'added_by_hub', person_id: '01900000-0000-7000-8000-000000000009' }];
	const household = [{ first_name: 'Max', id: 'evil' }];
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: { ...body('OWN-1', 'hungry'), children, household } });
	const { text, json } = await hub.practitioner.request('GET', `/v1/referrals/${id}`);
	assert.equal(json.children[0].origin, 'named_by_referrer');
	assert.equal(json.children[0].person_id, null);
	assert.notEqual(json.household[0].id, 'evil');
	assert.equal(String(text ?? JSON.stringify(json)).match(/"origin"/g).length, 1 + json.submissions.length, 'once as ours, once as sent');
});
