// Refused posts over HTTP: remembered without their content, seen by hub and agency, made good by an accepted post with the
// same reference, or called no referral by a manager.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';
import { until } from '../support/raw_http.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;

let hub;
before(async () => { hub = await startHub('rejections'); });
after(() => hub?.stop());

const post = (who, now, body) => who.at(now).post('/v1/referrals', body);
const listed = (who = hub.practitioner, now = at('10:00')) => who.at(now).ok('GET', '/v1/rejected-submissions?limit=200').then((page) => page.items);
const ofReference = async (reference, who, now) => (await listed(who, now)).filter((j) => j.agency_reference === reference);

test('a refused post is remembered with its reference, and owed again within four hours', async () => {
	const secret = 'The boy sleeps in the bath.';
	const answer = await post(hub.agency, at('10:00'), { agency_reference: 'A-1', concerns: [{ description: secret }] });
	assert.equal(answer.status, 422, answer.text);
	const [kept] = await ofReference('A-1');
	assert.deepEqual([kept.agency_id, kept.attempts, kept.problem_type, kept.received_at, kept.last_received_at, kept.resolved_at],
		[hub.agencyId, 1, 'invalid-body', exact('10:00'), exact('10:00'), null]);
	assert.deepEqual([kept.follow_up.state, kept.follow_up.due_at], ['open', exact('14:00')]);
	assert.equal(kept.request_id, answer.headers['x-request-id']);
	const rows = await hub.db.query('SELECT * FROM rejected_submission');
	assert.ok(!JSON.stringify(rows).includes(secret), 'never its content');
	assert.deepEqual(await ofReference('A-1', hub.agency), [kept], 'the agency sees its own');
	assert.deepEqual(await listed(hub.otherAgency), [], 'and nobody else\'s');
});

test('the same bytes again are another attempt on the same clock; other bytes another refusal', async () => {
	const body = JSON.stringify({ agency_reference: 'A-2' });
	for (const clock of ['10:00', '10:20', '10:40']) assert.equal((await post(hub.agency, at(clock), body)).status, 422);
	await post(hub.agency, at('10:50'), JSON.stringify({ agency_reference: 'A-2', children: [] }));
	const kept = await ofReference('A-2');
	assert.deepEqual(kept.map((j) => [j.attempts, j.received_at, j.last_received_at, j.follow_up.due_at]).sort(), [
		[1, exact('10:50'), exact('10:50'), exact('14:50')], [3, exact('10:00'), exact('10:40'), exact('14:00')]]);
});

test('an accepted post with that reference makes all of them good; a missed clock keeps its flag', async () => {
	for (const body of [{ agency_reference: 'A-3' }, { agency_reference: 'A-3', children: [] }]) await post(hub.agency, at('10:00'), body);
	await post(hub.otherAgency, at('10:00'), { agency_reference: 'A-3' });
	await hub.sweep(at('14:01'));
	await hub.refer(at('15:00'), { agency_reference: 'A-3' });
	const kept = await ofReference('A-3');
	assert.deepEqual(kept.map((j) => [j.agency_id === hub.agencyId, j.follow_up.state, j.resolved_at]).sort(), [
		[false, 'open', null], [true, 'met', exact('15:00')], [true, 'met', exact('15:00')]]);
	const flags = await hub.flags(at('15:00'), 'kind=resubmission&cleared=true');
	const mine = flags.filter((g) => kept.some((j) => j.agency_id === hub.agencyId && j.follow_up.id === g.follow_up_id));
	assert.deepEqual(mine.map((g) => [g.referral_id, g.referral_reference, g.breached_at, g.late_minutes, g.cleared_by]), [
		[null, null, exact('14:00'), 60, 'met'], [null, null, exact('14:00'), 60, 'met']]);
});

test('a body that is no JSON is remembered under the reference that stands in it', async () => {
	assert.equal((await post(hub.agency, at('10:00'), '{"agency_reference": "A-4", ')).status, 400);
	const [kept] = await ofReference('A-4');
	assert.deepEqual([kept.problem_type, kept.follow_up.state], ['invalid-json', 'open']);
	await hub.refer(at('10:30'), { agency_reference: 'A-4' });
	assert.equal((await ofReference('A-4'))[0].resolved_at, exact('10:30'));
});

test('one that is too large to be read is remembered without a reference', async () => {
	const before = (await listed(hub.agency)).length;
	assert.equal((await post(hub.agency, at('10:00'), JSON.stringify({ agency_reference: 'A-5', why_now: 'x'.repeat(1024 * 1024) }))).status, 413);
	// Written down by the jobs' thread, which has no test clock.
	await until(async () => (await listed(hub.agency)).length > before);
	const kept = (await listed(hub.agency)).filter((j) => j.agency_reference === null);
	assert.deepEqual(kept.map((j) => j.problem_type), ['body-too-large']);
	assert.ok(kept[0].size > 1024 * 1024);
});

test('a manager may say that it was no referral', async () => {
	await post(hub.agency, at('10:00'), { agency_reference: 'A-6' });
	const [{ follow_up: owed }] = await ofReference('A-6');
	const answer = await hub.manager.at(at('11:00')).post(`/v1/follow-ups/${owed.id}/waiver`, { reason: 'The agency was testing its system.' });
	assert.equal(answer.status, 201, answer.text);
	assert.deepEqual([answer.json.kind, answer.json.referral_id, answer.json.state], ['resubmission', null, 'waived']);
	const [kept] = await ofReference('A-6');
	assert.deepEqual([kept.follow_up.state, kept.resolved_at], ['waived', exact('11:00')]);
	await post(hub.agency, at('11:30'), { agency_reference: 'A-6' });
	assert.deepEqual((await ofReference('A-6')).map((j) => j.follow_up.state), ['open', 'waived'], 'refused again: owed again');
});

test('the agency may say that it was no referral, once, of its own alone', async () => {
	await post(hub.agency, at('10:00'), { agency_reference: 'A-8' });
	await hub.sweep(at('14:01'));
	const [{ id, follow_up: owed }] = await ofReference('A-8');
	const say = (who, body = { reason: 'Our system was being tested.' }, headers = {}) => who.at(at('14:30')).post(`/v1/rejected-submissions/${id}/no-referral`, body, headers);
	assert.equal((await say(hub.otherAgency)).status, 404);
	for (const reason of [undefined, '', ' \n']) assert.deepEqual([(await say(hub.agency, { reason })).json.errors[0].pointer], ['/reason']);
	assert.deepEqual([(await ofReference('A-8'))[0].follow_up.state, (await ofReference('A-8'))[0].no_referral_reason], ['open', null]);
	const key = { 'idempotency-key': 'no-referral' };
	const answer = await say(hub.agency, undefined, key);
	assert.equal(answer.status, 201, answer.text);
	assert.deepEqual([answer.json.follow_up, answer.json.resolved_at, answer.json.no_referral_reason], [{ ...owed, state: 'met' }, exact('14:30'), 'Our system was being tested.']);
	assert.deepEqual(await ofReference('A-8'), [answer.json]);
	assert.equal((await say(hub.agency, undefined, key)).text, answer.text);
	const [flag] = (await hub.flags(at('14:30'), 'kind=resubmission&cleared=true')).filter((g) => g.follow_up_id === owed.id);
	assert.deepEqual([flag.breached_at, flag.cleared_by], [exact('14:00'), 'met']);
	const again = await say(hub.agency);
	assert.deepEqual([again.status, again.json.type], [409, '/problems/wrong-state']);
	await post(hub.agency, at('15:00'), { agency_reference: 'A-8' });
	assert.deepEqual((await ofReference('A-8', hub.agency, at('15:00'))).map((j) => j.follow_up.state), ['open', 'met'], 'refused again: owed again');
});

test('what has no right to post, or is nobody\'s, is not remembered', async () => {
	const before = (await listed()).length;
	await post(hub.agency.as('mashd_no-such-key'), at('10:00'), { agency_reference: 'A-7' });
	await post(hub.practitioner, at('10:00'), { agency_reference: 'A-7' });
	assert.equal((await listed()).length, before);
});

test('pages hold each once, the latest first', async () => {
	const all = await listed(hub.practitioner);
	const times = all.map((j) => j.received_at);
	assert.deepEqual(times, times.toSorted().reverse());
	const seen = [];
	let next;
	do {
		const page = await hub.practitioner.ok('GET', `/v1/rejected-submissions?limit=3${next ? `&cursor=${next}` : ''}`);
		seen.push(...page.items);
		next = page.next;
	} while (next);
	assert.deepEqual(seen, all);
});
