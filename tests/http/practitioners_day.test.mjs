// One referral through a practitioner's whole day: received, screened, three tries that fail, the talk, the decision and its
// signature, feedback, passing on. After each step the record, what is owed and the figures say what they must.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { addPeople, decision } from '../support/casework.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const TUESDAY = '2027-03-02';
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
let hub, worker, id, attempt;

before(async () => {
	hub = await addPeople(await startHub('practitioners_day'));
	const staff = (await mashctl(hub.db, 'staff', 'add', '--name', 'W. Worker', '--role', 'allocated_worker')).stdout.trim();
	worker = new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', '--staff', staff, '--role', 'allocated_worker')).stdout.trim() });
});
after(() => hub?.stop());

const post = async (who, now, path, body) => who.at(now).ok('POST', `/v1/referrals/${id}/${path}`, { body });
const record = (now) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);

// What every figure of the period says that is not nought, as "numerator/denominator" or, for times, minutes.
async function figures(now) {
	const { figures: all } = await hub.manager.at(now).ok('GET', `/v1/metrics/follow-up?from=${DAY}&to=${TUESDAY}`);
	return Object.fromEntries(all.filter((f) => f.numerator > 0).map((f) => [f.band ?? f.name, f.unit === 'working_minutes' ? f.value : `${f.numerator}/${f.denominator}`]));
}
async function owed(now) {
	const { items } = await hub.practitioner.at(now).ok('GET', `/v1/referrals/${id}/follow-ups`);
	return Object.fromEntries(items.filter((f) => f.state === 'open').map((f) => [f.kind, f.due_at]));
}
// In the worklist of those that nobody has talked through, or not.
async function standing(now) {
	const of = {};
	for (const discussed of ['yes', 'attempted', 'not_needed', 'no']) {
		const { items } = await hub.practitioner.at(now).ok('GET', `/v1/referrals?discussed=${discussed}`);
		if (items.some((r) => r.id === id)) of.discussed = discussed;
	}
	const { state, rating, discussed } = await record(now);
	assert.equal(of.discussed, discussed);
	return [state, rating, discussed];
}

test('09:05 a school refers', async () => {
	const receipt = await hub.refer(at('09:05'), { agency_reference: 'OAK/1', referrer: { name: 'I. Farthingale', role: 'Teacher', phone: '01632 960001', kind: 'professional' } });
	id = receipt.id;
	assert.deepEqual(await standing(at('09:06')), ['received', 'amber', 'no']);
	assert.deepEqual(await owed(at('09:06')), { triage: exact('11:05'), decide_next_steps: exact('09:05', TUESDAY), decide_outcome: exact('09:05', TUESDAY) });
	assert.deepEqual(await figures(at('09:06')), { electronic_received: '1/1', not_yet_due: '1/1', acknowledged_in_time: '1/1' });
});

test('09:20 the practitioner screens: two things must be asked', async () => {
	await post(hub.practitioner, at('09:20'), 'screenings', { rating: 'amber', reason: 'Weight loss, no injury described.', clarification_needed: true, topics: ['significant_harm', 'who_has_been_told'] });
	assert.deepEqual(await standing(at('09:21')), ['in_progress', 'amber', 'no']);
	assert.deepEqual(Object.keys(await owed(at('09:21'))).toSorted(), ['decide_next_steps', 'decide_outcome', 'discuss']);
	assert.deepEqual(await figures(at('09:21')), { electronic_received: '1/1', not_yet_due: '1/1', acknowledged_in_time: '1/1', clarification_needed: '1/1' });
});

test('09:30, 10:15, 11:00 nobody is reached', async () => {
	for (const [clock, result, method] of [['09:30', 'no_answer', 'phone'], ['10:15', 'message_left', 'phone'], ['11:00', 'unavailable', 'phone']]) {
		const { counts_as_discussion: counts, why_not: why } = await post(hub.practitioner, at(clock), 'contact-attempts', { result, method, counterpart: 'referrer' });
		assert.deepEqual([counts, why], [false, ['not_discussed']]);
		assert.deepEqual(await standing(at(clock)), ['in_progress', 'amber', 'attempted']);
		assert.ok((await owed(at(clock))).discuss, 'a try is no discussion');
	}
	assert.deepEqual(await figures(at('11:01')), { electronic_received: '1/1', not_yet_due: '1/1', acknowledged_in_time: '1/1', clarification_needed: '1/1',
		median_to_first_attempt: 25, p90_to_first_attempt: 25 });
});

test('11:40 she rings back: both topics are settled, and nothing else is open', async () => {
	const said = await post(hub.practitioner, at('11:40'), 'contact-attempts', { result: 'discussed', method: 'phone', counterpart: 'referrer', counterpart_name: 'I. Farthingale',
		topics: [{ code: 'significant_harm', outcome: 'resolved', reason: 'Weighed on Friday: 9th centile.' }, { code: 'who_has_been_told', outcome: 'resolved', reason: 'The mother knows.' }],
		shared_understanding: 'yes', effect_on_rating: 'none', confirmed_no_topic_open: true });
	attempt = said.id;
	assert.deepEqual([said.counts_as_discussion, said.why_not], [true, []]);
	assert.deepEqual(await standing(at('11:41')), ['in_progress', 'amber', 'yes']);
	assert.deepEqual(Object.keys(await owed(at('11:41'))).toSorted(), ['decide_next_steps', 'decide_outcome']);
	assert.deepEqual(await figures(at('11:41')), { electronic_received: '1/1', not_yet_due: '1/1', acknowledged_in_time: '1/1', clarification_needed: '1/1',
		median_to_first_attempt: 25, p90_to_first_attempt: 25, needed_and_discussed: '1/1', electronic_discussed: '1/1', median_to_discussion: 155, p90_to_discussion: 155 });
});

test('12:10 the decision waits for the manager whom it names', async () => {
	const said = await post(hub.practitioner, at('12:10'), 'decisions', decision(hub.leaderId, { discussions: [{ contact_attempt_id: attempt, effect: 'changed_outcome' }] }));
	assert.deepEqual(await standing(at('12:11')), ['in_progress', 'amber', 'yes']);
	assert.deepEqual(Object.keys(await owed(at('12:11'))).toSorted(), ['decide_next_steps', 'decide_outcome']);
	assert.equal((await figures(at('12:11'))).outcome_in_time, undefined);

	const work = await hub.leader.at(at('12:15')).ok('GET', '/v1/work?view=awaiting_sign_off');
	assert.equal(work.counts.awaiting_sign_off.count ?? work.counts.awaiting_sign_off, 1);
	await hub.agree(at('12:20'), said, hub.leader);
	assert.deepEqual(await standing(at('12:21')), ['decided', 'amber', 'yes']);
	assert.deepEqual(Object.keys(await owed(at('12:21'))), ['feedback']);
	const now = await figures(at('12:21'));
	assert.deepEqual([now.next_steps_in_time, now.outcome_in_time, now.discussed_before_decision, now.discussion_changed_something, now.feedback_given], ['1/1', '1/1', '1/1', '1/1', undefined]);
});

test('12:45 the school hears of it', async () => {
	await post(hub.practitioner, at('12:45'), 'feedback', { content: 'full', method: 'phone', text: 'A social worker will see the family this week.' });
	assert.deepEqual(await owed(at('12:46')), {});
	const now = await figures(at('12:46'));
	assert.deepEqual([now.feedback_given, now.feedback_in_time], ['1/1', '1/1']);
	const { feedback, decisions, rating, screenings } = await hub.agency.at(at('12:50')).ok('GET', `/v1/referrals/${id}`);
	assert.deepEqual([feedback.length, decisions, rating, screenings], [1, undefined, undefined, undefined]);
});

test('13:00 a case is open elsewhere: it is passed on, and accepted', async () => {
	await post(hub.practitioner, at('13:00'), 'allocated-worker', { worker_name: 'W. Worker', worker_team: 'North' });
	assert.deepEqual(Object.keys(await owed(at('13:01'))), ['pass_to_allocated_worker']);
	await post(worker, at('13:40'), 'allocated-worker/acceptance', { note: 'I ring the school today.' });
	assert.deepEqual(await owed(at('13:41')), {});
});

test('the next day it stands in the headline, and nothing was ever late', async () => {
	await hub.sweep(at('10:00', TUESDAY));
	assert.deepEqual(await hub.flags(at('10:00', TUESDAY), `referral_id=${id}`), []);
	const now = await figures(at('10:00', TUESDAY));
	assert.deepEqual([now.fully_discussed, now.not_yet_due, now.ever_overdue, now.under_4_hours], ['1/1', undefined, undefined, undefined]);
	const timeline = await hub.manager.at(at('10:00', TUESDAY)).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
	const told = timeline.items.map((e) => e.type);
	for (const type of ['received', 'screened', 'contact_attempted', 'discussed', 'decided', 'sign_off_asked', 'sign_off_agreed', 'state_changed', 'feedback_recorded', 'passed_to_allocated_worker', 'accepted_by_allocated_worker'])
		assert.ok(told.includes(type), `${type}: ${told}`);
});

test('as at each of those moments the figures are still what they were', async () => {
	const then = async (clock) => {
		const { figures: all } = await hub.manager.at(at('10:00', TUESDAY)).ok('GET', `/v1/metrics/follow-up?from=${DAY}&to=${TUESDAY}&as_at=${at(clock)}`);
		return Object.fromEntries(all.map((f) => [f.name, f.numerator]));
	};
	for (const [clock, needed, discussed, decided, told] of [['09:06', 0, 0, 0, 0], ['09:21', 1, 0, 0, 0], ['11:01', 1, 0, 0, 0], ['11:41', 1, 1, 0, 0], ['12:11', 1, 1, 0, 0], ['12:21', 1, 1, 1, 0], ['12:46', 1, 1, 1, 1]]) {
		const f = await then(clock);
		assert.deepEqual([f.clarification_needed, f.needed_and_discussed, f.outcome_in_time, f.feedback_given], [needed, discussed, decided, told], clock);
	}
});
