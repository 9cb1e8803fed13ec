// createConsultation, listConsultations, linkConsultation: a call before the referral, and when it counts as the discussion.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const FRIDAY = '2027-02-26'; // the working day before DAY
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
let hub, duty, dutyId, support;
before(async () => {
	hub = await startHub('consultations');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	dutyId = await ctl('staff', 'add', '--name', 'D. Duty', '--role', 'duty');
	support = await ctl('staff', 'add', '--name', 'S. Support', '--role', 'support');
	duty = new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--staff', dutyId, '--role', 'duty') });
});
after(() => hub?.stop());

const call = { method: 'phone', caller_name: 'H. Oakes', about: 'A hungry pupil.', advice: 'Ask the mother again.' };
const consult = (now, more = {}, who = hub.practitioner) => who.at(now).post('/v1/consultations', { ...call, ...more });
async function consulted(...of) {
	const { status, json, text } = await consult(...of);
	assert.equal(status, 201, text);
	return json;
}
const refer = (now = at('10:00')) => hub.refer(now).then((receipt) => receipt.id);
const whole = (id, now = at('14:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const link = (consultation, referral, more = {}, who = hub.practitioner, now = at('11:00')) => who.at(now).post(`/v1/consultations/${consultation}/links`, { referral_id: referral, ...more });
const confirmed = { confirmed_no_topic_open: true, shared_understanding: 'yes' };
async function linked(...of) {
	const { status, json, text, headers } = await link(...of);
	assert.equal(status, 201, text);
	assert.equal(headers.etag, `"${json.version}"`);
	assert.equal(json.referral.version, json.version);
	return json;
}
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}
const discuss = ({ follow_ups: followUps }) => followUps.findLast((f) => f.kind === 'discuss');

describe('recording one', () => {
	test('all that is said comes back; nobody\'s child need be named', async () => {
		const body = { ...call, caller_role: 'Safeguarding lead', caller_agency: 'Oak School', agency_id: hub.agencyId, referral_advised: true, held_by: hub.managerId, held_at: at('09:30') };
		const said = await consulted(at('10:00'), body);
		assert.deepEqual(said, { ...body, id: said.id, held_at: exact('09:30'), recorded_by: hub.staffId, recorded_at: exact('10:00'), referrals: [] });
		const plain = await consulted(at('10:00'));
		assert.deepEqual([plain.held_by, plain.held_at, plain.agency_id, plain.referral_advised], [hub.staffId, exact('10:00'), null, false]);
		assert.equal((await consulted(at('23:00'), {}, duty)).held_by, dutyId, 'duty is asked at night');
	});

	test('the list has the latest first, page by page, with the referrals that came of each', async () => {
		const own = await startHub('consultation_list');
		try {
			const add = (clock) => own.practitioner.at(at(clock)).ok('POST', '/v1/consultations', { body: call });
			const [first, second, third] = [await add('09:00'), await add('09:10'), await add('09:20')];
			const { id } = await own.refer(at('10:00'));
			await own.practitioner.at(at('11:00')).ok('POST', `/v1/consultations/${second.id}/links`, { body: { referral_id: id } });
			const list = (query, who = own.manager) => who.at(at('12:00')).ok('GET', `/v1/consultations${query}`);
			const all = await list('');
			assert.deepEqual([all.items, all.next], [[third, { ...second, referrals: [id] }, first], null]);
			const page = await list('?limit=2');
			assert.deepEqual((await list(`?limit=2&cursor=${page.next}`)).items, [first]);
			assert.deepEqual((await list('?linked=true')).items.map((c) => c.id), [second.id]);
			assert.deepEqual((await list('?linked=false')).items.map((c) => c.id), [third.id, first.id]);
			assert.equal((await own.manager.get('/v1/consultations?linked=perhaps')).status, 400);
			assert.equal((await own.agency.get('/v1/consultations')).status, 403);
		} finally {
			await own.stop();
		}
	});

	test('what is refused', async () => {
		for (const [more, place] of [[{ held_by: support }, '/held_by'], [{ held_by: randomUUID() }, '/held_by'], [{ agency_id: randomUUID() }, '/agency_id'], [{ held_at: at('10:01') }, '/held_at'],
			[{ held_at: '2027-01-30T09:59:00Z' }, '/held_at']])
			await refused(consult(at('10:00'), more), 422, 'rule-broken', place);
		for (const [more, place] of [[{ method: 'fax' }, '/method'], [{ about: '' }, '/about'], [{ advice: undefined }, '/advice'], [{ caller_name: undefined }, '/caller_name'], [{ held_at: 'today' }, '/held_at']])
			await refused(consult(at('10:00'), more), 422, 'invalid-body', place);
		for (const who of [hub.system, hub.agency]) await refused(consult(at('10:00'), {}, who), 403, 'forbidden');
	});
});

describe('linking it to the referral that came of it', () => {
	test('without confirming: shown there, and that is all', async () => {
		const { id: consultation } = await consulted(at('09:30'));
		const id = await refer();
		const before = await whole(id);
		const { follow_ups: f, referral, ...said } = await linked(consultation, id);
		assert.deepEqual(said, { consultation_id: consultation, referral_id: id, version: before.version + 1, attempt_id: null, counts_as_discussion: false, linked_by: hub.staffId, linked_at: exact('11:00') });
		assert.equal(referral.discussed, 'no');
		const record = await whole(id);
		assert.deepEqual(record.contact_attempts, []);
		assert.deepEqual(record.consultations, [{ id: consultation, held_by: hub.staffId, held_at: exact('09:30'), method: 'phone', caller_name: 'H. Oakes', caller_role: null, caller_agency: null,
			about: 'A hungry pupil.', advice: 'Ask the mother again.', attempt_id: null, counts_as_discussion: false, linked_by: hub.staffId, linked_at: exact('11:00') }]);
		const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'consultation_linked');
		assert.deepEqual([event.version, event.data], [said.version, { consultation_id: consultation, attempt_id: null }]);
	});

	test('confirmed that no topic is open: it is the discussion', async () => {
		const { id: consultation } = await consulted(at('16:00', FRIDAY));
		const id = await refer();
		await hub.screen(at('10:30'), id, 'green');
		const said = await linked(consultation, id, { ...confirmed, note: 'All was said on Friday.' });
		assert.deepEqual([said.counts_as_discussion, said.referral.discussed, discuss(said).state, discuss(said).met_at], [true, 'yes', 'met', exact('16:00', FRIDAY)]);
		const record = await whole(id);
		const [attempt] = record.contact_attempts;
		assert.deepEqual([attempt.id, attempt.result, attempt.method, attempt.counterpart, attempt.counterpart_name, attempt.held_by, attempt.held_at, attempt.recorded_by, attempt.shared_understanding,
			attempt.confirmed_no_topic_open, attempt.note, attempt.version], [said.attempt_id, 'discussed', 'phone', 'referrer', 'H. Oakes', hub.staffId, exact('16:00', FRIDAY), hub.staffId, 'yes', true, 'All was said on Friday.', said.version]);
		assert.ok(!record.topics.some((t) => t.status === 'open'), 'no topic is open');
		assert.deepEqual([record.consultations[0].attempt_id, record.consultations[0].counts_as_discussion], [attempt.id, true]);
	});

	for (const [name, how, more, counts] of [['by a duty worker', { held_by: 'duty' }, {}, false], ['in writing', { method: 'email' }, {}, false], ['with a deputy', {}, { counterpart: 'agency_deputy' }, false],
		['in person, with somebody who has seen it', { method: 'in_person' }, { counterpart: 'person_with_direct_knowledge' }, true]]) {
		test(`${name}: ${counts ? 'counts' : 'confirmed, and does not count'}`, async () => {
			const { id: consultation } = await consulted(at('09:30'), { ...how, ...(how.held_by ? { held_by: dutyId } : {}) });
			const id = await refer();
			await hub.screen(at('10:30'), id, 'green');
			const said = await linked(consultation, id, { ...confirmed, ...more });
			assert.deepEqual([said.counts_as_discussion, said.referral.discussed, discuss(said).state], [counts, counts ? 'yes' : 'no', counts ? 'met' : 'open']); // held before it was asked for
		});
	}

	test('one call, two referrals; one referral, two calls; no pair twice', async () => {
		const [first, second] = [await consulted(at('09:10')), await consulted(at('09:20'))];
		const [one, other] = [await refer(), await refer()];
		for (const [c, r] of [[first, one], [first, other], [second, one]]) await linked(c.id, r);
		assert.deepEqual((await whole(one)).consultations.map((c) => c.id), [first.id, second.id]);
		assert.match((await refused(link(first.id, one), 409, 'wrong-state')).detail, /already; allowed now: nothing/);
	});

	for (const [held, taken] of [[at('09:59', FRIDAY), false], [at('10:00', FRIDAY), true], [at('12:00', '2027-02-28'), true], [at('09:59'), true], [at('10:00'), false], [at('10:30'), false]]) {
		test(`held ${held}, received Monday at ten: ${taken ? 'taken' : 'refused'}`, async () => {
			const { id: consultation } = await consulted(at('10:30'), { held_at: held });
			const answer = link(consultation, await refer());
			if (taken) assert.equal((await answer).status, 201);
			else await refused(answer, 422, 'rule-broken', '/referral_id');
		});
	}

	test('not to the referral of another agency than the one that asked; where either is not known the reader judges', async () => {
		const [{ id: ours }, { id: theirs }, { id: unknown }] = [await consulted(at('09:30'), { agency_id: hub.agencyId }), await consulted(at('09:30'), { agency_id: hub.otherAgencyId }), await consulted(at('09:30'))];
		const id = await refer();
		await hub.screen(at('10:30'), id, 'green');
		for (const more of [{}, confirmed]) assert.match((await refused(link(theirs, id, more), 422, 'rule-broken', '/referral_id')).detail, /another agency/);
		const record = await whole(id);
		assert.deepEqual([record.discussed, record.consultations, record.contact_attempts], ['no', [], []]);
		for (const consultation of [ours, unknown]) await linked(consultation, id);
		const { id: typedIn } = await hub.refer(at('10:00'), { channel: 'phone', received_at: at('10:00') }, hub.practitioner);
		await linked(theirs, typedIn);
	});

	test('what is refused', async () => {
		const { id: consultation } = await consulted(at('09:30'));
		const id = await refer();
		await refused(link(randomUUID(), id), 404, 'not-found');
		await refused(link(consultation, randomUUID()), 422, 'rule-broken', '/referral_id');
		await refused(link(consultation, id, { confirmed_no_topic_open: true }), 422, 'invalid-body', '/shared_understanding');
		await refused(link(consultation, id, { counterpart: 'neighbour' }), 422, 'invalid-body', '/counterpart');
		for (const who of [hub.system, hub.agency, duty]) await refused(link(consultation, id, {}, who), 403, 'forbidden');
		await refused(link(consultation, id, confirmed, hub.practitioner, at('10:00', '2027-04-05')), 422, 'rule-broken', '/confirmed_no_topic_open');
		assert.equal((await linked(consultation, id, {}, hub.practitioner, at('10:00', '2027-04-05'))).attempt_id, null, 'shown is it all the same');
	});

	test('a closed referral is not discussed any more, but shows it', async () => {
		const { id: consultation } = await consulted(at('09:30'));
		const id = await refer();
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		await refused(link(consultation, id, confirmed), 409, 'wrong-state');
		await linked(consultation, id);
	});

	test('the same link twice at once: one stands', async () => {
		const { id: consultation } = await consulted(at('09:30'));
		const id = await refer();
		const both = await Promise.all([link(consultation, id, confirmed), link(consultation, id, confirmed)]);
		assert.deepEqual(both.map((a) => a.status).toSorted(), [201, 409]);
		assert.equal((await whole(id)).contact_attempts.length, 1);
	});

	test('the agency sees that it was reached, and nothing of what was asked', async () => {
		const { id: consultation } = await consulted(at('09:30'));
		const id = await refer();
		await linked(consultation, id, confirmed);
		const seen = await hub.agency.ok('GET', `/v1/referrals/${id}`);
		assert.equal(seen.contact_attempts.length, 1);
		const { items } = await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		for (const word of ['consultation', 'hungry pupil', 'Ask the mother']) assert.ok(!JSON.stringify([seen.contact_attempts, items]).includes(word), word);
	});
});
