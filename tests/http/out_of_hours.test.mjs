// Out of hours from end to end: when duty has to take a referral over, who may, and when the hub takes it back. Days of March
// 2027: clocks are in winter time until the 28th.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, decided } from '../support/casework.mjs';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

const [THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY] = ['04', '05', '06', '07', '08', '09'].map((day) => `2027-03-${day}`);
const at = (clock, day = FRIDAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = FRIDAY) => `${day}T${clock}:00.000000Z`;
let hub, duty, otherDuty;
const staff = {};
before(async () => {
	hub = await addPeople(await startHub('out_of_hours'));
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const add = (name, ...more) => ctl('staff', 'add', '--name', name, ...more);
	const key = async (...of) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', ...of, '--role', 'duty') });
	Object.assign(staff, { duty: await add('D. Duty', '--role', 'duty'), other: await add('E. Duty', '--role', 'duty'), gone: await add('G. Gone', '--role', 'duty') });
	await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [staff.gone]);
	[duty, otherDuty] = [await key('--staff', staff.duty), await key('--staff', staff.other)];
});
after(() => hub?.stop());

const protect = { immediate_protection_needed: true };
const refer = (now, members = protect) => hub.refer(now, members).then((receipt) => receipt.id);
const whole = (id, now = at('12:00', TUESDAY)) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const handover = (record) => record.follow_ups.filter((f) => f.kind === 'out_of_hours_handover').map((f) => [f.state, f.started_at, f.due_at]);
const step = (id, what, body, now, who) => who.at(now).post(`/v1/referrals/${id}/handover${what}`, body);
const offer = (id, now, more = {}, who = hub.practitioner) => step(id, '', { summary: 'See the child tonight.', ...more }, now, who);
const accept = (id, now, more = {}, who = duty) => step(id, '/acceptance', more, now, who);
const takeBack = (id, now, more = {}, who = hub.practitioner) => step(id, '/return', { note: 'Seen, safe.', ...more }, now, who);
async function done(answer) {
	const { status, json, text, headers } = await answer;
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
const of = ({ follow_ups: followUps }, kind) => followUps.findLast((f) => f.kind === kind);
const events = async (id) => (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items;
const inform = (reference, now, more) => hub.refer(now, { agency_reference: reference, ...more });

describe('from end to end', () => {
	test('a red referral on Friday at 16:55', async () => {
		const receipt = await hub.refer(at('16:55'), protect);
		const { id } = receipt;
		const first = await whole(id, at('16:55'));
		assert.deepEqual([receipt.provisional_rating, first.rating], ['red', 'red']);
		assert.deepEqual([of(first, 'triage').due_at, of(first, 'decide_outcome').due_at], [exact('17:55'), exact('20:55')]);
		assert.deepEqual(handover(first), [['open', exact('17:00'), exact('17:30')]]);
		assert.equal((await whole(id, at('16:56'))).next_due_at, exact('17:30'));
		// Nobody takes it: the flag is exact to the minute.
		await hub.sweep(at('17:31'));
		const [flag] = (await whole(id, at('17:31'))).flags;
		assert.deepEqual([flag.kind, flag.breached_at, flag.cleared_at], ['out_of_hours_handover', exact('17:30'), null]);
		// A named duty worker does, and the hub has an hour from Monday's opening.
		const taken = await done(accept(id, at('17:40'), { note: 'Going there now.' }));
		assert.deepEqual([taken.accepted_by, taken.accepted_at, taken.accepted_note, taken.offered_by], [staff.duty, exact('17:40'), 'Going there now.', null]);
		assert.deepEqual([of(taken, 'out_of_hours_handover').state, of(taken, 'out_of_hours_handover').met_at], ['met', exact('17:40')]);
		assert.deepEqual([of(taken, 'out_of_hours_return').started_at, of(taken, 'out_of_hours_return').due_at], [exact('17:40'), exact('10:00', MONDAY)]);
		await duty.at(at('19:40')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'no_answer', method: 'phone', counterpart: 'referrer' } });
		// On Monday the hub takes it back.
		const back = await done(takeBack(id, at('09:20', MONDAY)));
		assert.deepEqual([back.id, back.returned_to, back.returned_at, back.returned_note], [taken.id, hub.staffId, exact('09:20', MONDAY), 'Seen, safe.']);
		assert.deepEqual([of(back, 'out_of_hours_return').state, of(back, 'out_of_hours_return').met_at], ['met', exact('09:20', MONDAY)]);
		const { follow_ups: f, referral, ...row } = back;
		const record = await whole(id);
		assert.deepEqual(record.handovers, [row]);
		assert.deepEqual(record.flags.filter((g) => g.kind === 'out_of_hours_handover').map((g) => g.cleared_by), ['met']);
		assert.deepEqual(record.follow_ups.filter((x) => x.kind.startsWith('out_of_hours')).length, 2);
		const told = (await events(id)).filter((e) => e.type.startsWith('handover'));
		assert.deepEqual(told.map((e) => [e.type, e.actor.id, e.occurred_at]), [['handover_accepted', staff.duty, exact('17:40')], ['handover_returned', hub.staffId, exact('09:20', MONDAY)]]);
	});

	test('an unrated one with immediate protection on Saturday at 02:00', async () => {
		const receipt = await hub.refer(at('02:00', SATURDAY), protect);
		const record = await whole(receipt.id, at('02:00', SATURDAY));
		assert.deepEqual([receipt.provisional_rating, record.rating_source, handover(record)], ['red', 'provisional_rule', [['open', exact('02:00', SATURDAY), exact('02:30', SATURDAY)]]]);
		const taken = await done(accept(receipt.id, at('02:20', SATURDAY)));
		assert.equal(of(taken, 'out_of_hours_return').due_at, exact('10:00', MONDAY));
		await hub.sweep(at('09:59', MONDAY));
		assert.ok(!(await whole(receipt.id, at('09:59', MONDAY))).flags.some((g) => g.kind.startsWith('out_of_hours')), 'in time');
		await hub.sweep(at('10:01', MONDAY));
		assert.deepEqual((await whole(receipt.id)).flags.filter((g) => g.kind.startsWith('out_of_hours')).map((g) => [g.kind, g.breached_at]), [['out_of_hours_return', exact('10:00', MONDAY)]]);
		const back = await done(takeBack(receipt.id, at('10:30', MONDAY), { returned_at: at('09:50', MONDAY) }));
		assert.deepEqual([back.returned_at, back.returned_recorded_at], [exact('09:50', MONDAY), exact('10:30', MONDAY)]);
		assert.equal((await whole(receipt.id)).flags.find((g) => g.kind === 'out_of_hours_return').cleared_by, 'met_in_time_logged_late');
	});

	test('on the Thursday before Easter: back on Tuesday, by summer time', async () => {
		const id = await refer('2027-03-25T16:55:00Z');
		const taken = await done(accept(id, '2027-03-25T17:10:00Z'));
		assert.equal(of(taken, 'out_of_hours_return').due_at, '2027-03-30T09:00:00.000000Z');
	});

	test('offered before closing: the clocks run from the closing', async () => {
		const id = await refer(at('16:30'));
		const offered = await done(offer(id, at('16:40'), { offered_to: staff.duty }));
		assert.deepEqual([offered.offered_by, offered.offered_to, offered.offered_at, offered.summary, offered.accepted_by], [hub.staffId, staff.duty, exact('16:40'), 'See the child tonight.', null]);
		assert.equal(of(offered, 'out_of_hours_handover').state, 'open', 'an offer is no handover');
		const again = await done(offer(id, at('16:45'), { summary: 'And the sister.' }));
		const taken = await done(accept(id, at('16:50'), {}, otherDuty));
		assert.deepEqual([taken.id, taken.accepted_by, taken.summary], [again.id, staff.other, 'And the sister.'], 'the latest offer, whoever takes it');
		assert.deepEqual([of(taken, 'out_of_hours_handover').state, of(taken, 'out_of_hours_return').started_at, of(taken, 'out_of_hours_return').due_at], ['met', exact('17:00'), exact('10:00', MONDAY)]);
		assert.equal((await whole(id)).handovers.length, 2);
	});
});

test('the clock explains itself before it has begun, and where duty was there before it', async () => {
	const id = await refer(at('16:30'));
	const { id: followUp } = of(await whole(id, at('16:31')), 'out_of_hours_handover');
	const explained = (now) => hub.manager.at(now).ok('GET', `/v1/follow-ups/${followUp}/explanation`);
	const before = await explained(at('16:31'));
	assert.deepEqual([before.counted_from, before.counted_to, before.minutes, before.due_at], [exact('17:00'), exact('17:30'), 30, exact('17:30')]);
	assert.deepEqual(before.ledger.map((e) => [e.type, e.at, e.recorded_at]), [['follow_up_opened', exact('17:00'), exact('16:30')]]);
	await done(offer(id, at('16:40')));
	await done(accept(id, at('16:50')));
	const after = await explained(at('17:10'));
	assert.deepEqual([after.follow_up.state, after.follow_up.met_at, after.due_at], ['met', exact('16:50'), exact('17:30')]);
	assert.deepEqual(after.ledger.map((e) => [e.type, e.recorded_at]), [['follow_up_opened', exact('16:30')], ['follow_up_met', exact('16:50')]]);
});

describe('when duty is needed', () => {
	for (const [received, needed] of [['09:30', null], ['13:00', null], ['13:01', '17:00'], ['16:00', '17:00'], ['16:59', '17:00'], ['17:00', '17:00'], ['18:20', '18:20']]) {
		test(`protection claimed on a Friday at ${received}: ${needed ? `from ${needed}` : 'not'}`, async () => {
			assert.deepEqual(handover(await whole(await refer(at(received)), at(received))).map(([, from]) => from), needed ? [exact(needed)] : []);
		});
	}

	test('not for what is amber, at whatever hour', async () => {
		for (const now of [at('16:55'), at('02:00', SATURDAY)]) assert.deepEqual(handover(await whole(await refer(now, {}))), []);
	});

	test('a screening makes it red, one makes it amber again', async () => {
		const id = await refer(at('14:00'), {});
		const red = await hub.screen(at('15:00'), id, 'red');
		assert.equal(of(red, 'decide_outcome').due_at, exact('18:00'));
		assert.deepEqual(handover(red), [['open', exact('17:00'), exact('17:30')]]);
		const amber = await hub.screen(at('16:00'), id, 'amber');
		assert.deepEqual(handover(amber), [['cancelled', exact('17:00'), exact('17:30')]]);
		const late = await hub.screen(at('17:20'), id, 'red');
		assert.deepEqual(handover(late).at(-1), ['open', exact('17:20'), exact('17:50')], 'from now where the hub is closed');
	});

	test('a red screening whose clocks end in hours does not', async () => {
		const id = await refer(at('09:30'), {});
		assert.deepEqual(handover(await hub.screen(at('10:00'), id, 'red')), []);
	});

	test('finished before closing: cancelled, and so it is after', async () => {
		for (const clock of ['16:58', '17:10']) {
			const id = await refer(at('16:00'));
			await hub.screen(at('16:10'), id, 'red');
			const steps = await hub.followUp(at('16:20'), id, 'decide_next_steps');
			for (const [i, finish] of [
				() => attempt(hub, at(clock), id),
				() => hub.manager.at(at(clock)).ok('POST', `/v1/follow-ups/${steps.id}/waiver`, { body: { reason: 'Done otherwise.' } }),
				() => decided(hub, at(clock), id),
			].entries()) {
				assert.deepEqual(handover(await whole(id)).map(([state]) => state), ['open'], `${i} done`);
				await finish();
			}
			assert.deepEqual(handover(await whole(id)).map(([state]) => state), ['cancelled']);
		}
	});

	const correct = async (id, now, body, who = hub.practitioner) => {
		const { version } = await whole(id, now);
		return who.at(now).ok('PATCH', `/v1/referrals/${id}`, { body: { reason: 'The school rang.', ...body }, headers: { 'if-match': `"${version}"` } });
	};
	const kinds = (record, kind, state) => record.follow_ups.filter((f) => f.kind === kind && f.state === state).length;

	test('a correction that claims protection asks for duty', async () => {
		const id = await refer(at('16:00'), {});
		assert.deepEqual(handover(await correct(id, at('16:50'), protect)), [['open', exact('17:00'), exact('17:30')]]);
	});

	test('a correction that claims protection at night, before a screening', async () => {
		const id = await refer(at('10:00'), {});
		const record = await correct(id, at('02:00', SATURDAY), protect);
		assert.deepEqual([record.rating, record.rating_source, handover(record)], ['red', 'provisional_rule', [['open', exact('02:00', SATURDAY), exact('02:30', SATURDAY)]]]);
		assert.equal(kinds(record, 'triage', 'open'), 1);
	});

	test('and about one that was judged green: as a post does, rating, triage and duty', async () => {
		const reference = randomUUID();
		const { id: posted } = await inform(reference, at('10:00'));
		const corrected = await refer(at('10:00'), {});
		for (const id of [posted, corrected]) await hub.screen(at('10:30'), id, 'green');
		await inform(reference, at('02:00', SATURDAY), protect);
		await correct(corrected, at('02:00', SATURDAY), protect);
		const shown = [];
		for (const id of [posted, corrected]) {
			const record = await whole(id, at('02:00', SATURDAY));
			assert.deepEqual([record.rating, record.rating_source, record.state], ['red', 'provisional_rule', 'in_progress']);
			assert.deepEqual(handover(record), [['open', exact('02:00', SATURDAY), exact('02:30', SATURDAY)]]);
			assert.equal(kinds(record, 'triage', 'open'), 1);
			shown.push(record.follow_ups.map((f) => [f.kind, f.state, f.started_at, f.due_at]));
		}
		assert.deepEqual(shown[1], shown[0]);
		// A claim that stands there already is no new one.
		const screened = await hub.screen(at('02:10', SATURDAY), corrected, 'amber');
		assert.equal(handover(screened)[0][0], 'cancelled');
		const again = await correct(corrected, at('02:20', SATURDAY), { ...protect, why_now: 'He is back.' });
		assert.deepEqual([again.rating, kinds(again, 'triage', 'open')], ['amber', 0]);
	});

	test('a correction that claims protection opens what was decided or closed', async () => {
		for (const state of ['decided', 'closed']) {
			const id = await refer(at('10:00'), {});
			await hub.screen(at('10:30'), id, 'green');
			await hub.db.query('UPDATE referral SET state = $2 WHERE id = $1', [id, state]);
			const record = await correct(id, at('11:00'), protect);
			assert.deepEqual([record.state, record.rating, kinds(record, 'triage', 'open')], ['in_progress', 'red', 1]);
			const told = (await events(id)).filter((e) => e.type === 'state_changed').at(-1);
			assert.deepEqual([told.data.from, told.data.to, told.actor.id], [state, 'in_progress', hub.staffId]);
		}
	});

	test('what becomes red when it is overdue already: before closing, and at night', async () => {
		for (const [day, clock, needed] of [[FRIDAY, '10:30', null], [FRIDAY, '16:30', exact('17:00')], [FRIDAY, '17:00', exact('17:00')], [SATURDAY, '02:00', exact('02:00', SATURDAY)]]) {
			const id = await refer(at('09:30', THURSDAY), {});
			await hub.screen(at('10:00', THURSDAY), id, 'amber');
			const red = await hub.screen(at(clock, day), id, 'red');
			assert.equal(of(red, 'decide_outcome').due_at, exact('13:30', THURSDAY));
			assert.deepEqual(handover(red).map(([state, from]) => [state, from]), needed === null ? [] : [['open', needed]], clock);
		}
	});

	test('a red one that comes late, typed in before closing or at night', async () => {
		for (const [now, needed] of [[at('16:30'), exact('17:00')], [at('02:00', SATURDAY), exact('02:00', SATURDAY)]]) {
			const receipt = await hub.refer(now, { ...protect, channel: 'phone', received_at: at('10:00') }, hub.practitioner);
			assert.deepEqual(handover(receipt).map(([state, from]) => [state, from]), [['open', needed]]);
			assert.deepEqual(handover(await hub.screen(now, receipt.id, 'red')).map(([state, from]) => [state, from]), [['open', needed]], 'and so it stays');
		}
	});

	test('claimed at night about one that was judged amber: duty, until somebody has judged that too', async () => {
		const reference = randomUUID();
		const { id } = await inform(reference, at('10:00'));
		await hub.screen(at('10:30'), id, 'amber');
		const { outcome } = await inform(reference, at('23:00'), protect);
		assert.equal(outcome, 'additional_information');
		assert.deepEqual(handover(await whole(id)), [['open', exact('23:00'), exact('23:30')]]);
		await hub.practitioner.at(at('23:05')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'no_answer', method: 'phone', counterpart: 'referrer' } });
		assert.equal(handover(await whole(id))[0][0], 'open');
		await hub.screen(at('23:10'), id, 'green');
		assert.equal(handover(await whole(id))[0][0], 'cancelled');
	});

	test('nobody took it all weekend: once the hub is open there is nothing to hand over', async () => {
		const id = await refer(at('02:00', SATURDAY));
		await hub.sweep(at('03:00', SATURDAY));
		await hub.screen(at('09:10', MONDAY), id, 'red');
		const record = await whole(id);
		assert.equal(handover(record)[0][0], 'cancelled');
		assert.equal(record.flags.find((g) => g.kind === 'out_of_hours_handover').cleared_by, 'cancelled', 'the flag stays on the record');
	});

	test('what duty has, or was waived for this closing is not asked for again', async () => {
		const screenAgain = async (id, now) => { for (const rating of ['red', 'red']) await hub.screen(now, id, rating); };
		const [taken, waived] = [await refer(at('16:00')), await refer(at('16:00'))];
		await done(accept(taken, at('17:05')));
		const { id: followUp } = (await whole(waived)).follow_ups.find((f) => f.kind === 'out_of_hours_handover');
		await hub.manager.at(at('16:40')).ok('POST', `/v1/follow-ups/${followUp}/waiver`, { body: { reason: 'I stay with it myself.' } });
		for (const [id, state] of [[taken, 'met'], [waived, 'waived']]) {
			await screenAgain(id, at('17:35'));
			assert.deepEqual(handover(await whole(id)).map(([s]) => s), [state]);
		}
	});

	test('another evening, another handover', async () => {
		const reference = randomUUID();
		const { id } = await inform(reference, at('16:00', THURSDAY), protect);
		await done(accept(id, at('17:05', THURSDAY)));
		await done(takeBack(id, at('09:30')));
		await hub.screen(at('09:40'), id, 'red');
		await inform(reference, at('16:40'), { ...protect, why_now: 'He is back.' });
		assert.deepEqual(handover(await whole(id)), [['met', exact('17:00', THURSDAY), exact('17:30', THURSDAY)], ['open', exact('17:00'), exact('17:30')]]);
	});

	test('typed in on Monday what was phoned in on Friday: the weekend is over', async () => {
		const receipt = await hub.refer(at('09:30', MONDAY), { ...protect, channel: 'phone', received_at: at('16:30') }, hub.practitioner);
		assert.deepEqual(handover(receipt), []);
	});
});

describe('what is refused', () => {
	test('only duty accepts, in a person\'s own name; only the hub offers and takes back', async () => {
		const id = await refer(at('16:55'));
		for (const who of [hub.practitioner, hub.manager, hub.agency, hub.system]) await refused(accept(id, at('17:10'), {}, who), 403, 'forbidden');
		for (const who of [duty, hub.agency, hub.system]) {
			await refused(offer(id, at('17:10'), {}, who), 403, 'forbidden');
			await refused(takeBack(id, at('17:10'), {}, who), 403, 'forbidden');
		}
	});

	test('offered to nobody who is on no duty here', async () => {
		const id = await refer(at('16:55'));
		for (const to of [hub.staffId, staff.gone, randomUUID()]) await refused(offer(id, at('16:56'), { offered_to: to }), 422, 'rule-broken', '/offered_to');
		for (const [more, place] of [[{ offered_to: 'duty@hub.example' }, '/offered_to'], [{ summary: '' }, '/summary'], [{ summary: undefined }, '/summary']])
			await refused(offer(id, at('16:56'), more), 422, 'invalid-body', place);
	});

	test('in hours nothing is taken that was neither offered nor owed; at night everything', async () => {
		const id = await refer(at('10:00'), {});
		const { detail } = await refused(accept(id, at('11:00')), 409, 'wrong-state');
		assert.match(detail, /allowed now: offer/);
		const taken = await done(accept(id, at('22:00', SUNDAY)));
		assert.deepEqual([taken.accepted_at, of(taken, 'out_of_hours_return').due_at], [exact('22:00', SUNDAY), exact('10:00', MONDAY)]);
	});

	test('what duty has is neither offered nor accepted again; what it does not have is not taken back', async () => {
		const id = await refer(at('16:55'));
		await refused(takeBack(id, at('17:05')), 409, 'wrong-state');
		await done(accept(id, at('17:10')));
		for (const answer of [accept(id, at('17:20'), {}, otherDuty), offer(id, at('17:20'))]) {
			const { detail } = await refused(answer, 409, 'wrong-state');
			assert.match(detail, /allowed now: acceptance by another duty worker/);
		}
		await done(takeBack(id, at('09:10', MONDAY)));
		await refused(takeBack(id, at('09:20', MONDAY)), 409, 'wrong-state');
	});

	test('moments that cannot be', async () => {
		const id = await refer(at('16:55'));
		await refused(accept(id, at('17:10'), { accepted_at: at('17:11') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, at('17:10'), { accepted_at: at('16:54') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, at('17:10'), { accepted_at: 'now' }), 422, 'invalid-body', '/accepted_at');
		const taken = await done(accept(id, at('17:45'), { accepted_at: at('17:20') }));
		assert.deepEqual([taken.accepted_at, taken.accepted_recorded_at, of(taken, 'out_of_hours_handover').met_at], [exact('17:20'), exact('17:45'), exact('17:20')]);
		await refused(takeBack(id, at('09:10', MONDAY), { returned_at: at('09:11', MONDAY) }), 422, 'rule-broken', '/returned_at');
		await refused(takeBack(id, at('09:10', MONDAY), { returned_at: at('17:19') }), 422, 'rule-broken', '/returned_at');
		await refused(takeBack(id, at('09:10', MONDAY), { note: undefined }), 422, 'invalid-body', '/note');
	});

	test('a closed referral is not handed over, but taken back', async () => {
		const [id, taken] = [await refer(at('16:55')), await refer(at('16:55'))];
		await done(accept(taken, at('17:10')));
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = ANY ($1)", [[id, taken]]);
		for (const answer of [offer(id, at('17:20')), accept(id, at('17:20'))]) {
			const { detail } = await refused(answer, 409, 'wrong-state');
			assert.match(detail, /'hand_over'; allowed now: .*reopen/);
		}
		await done(takeBack(taken, at('09:10', MONDAY)));
	});

	test('unknown referrals', async () => {
		for (const answer of [offer(randomUUID(), at('17:00')), accept(randomUUID(), at('17:00')), takeBack(randomUUID(), at('17:00'))]) await refused(answer, 404, 'not-found');
	});

	test('two duty workers at once: one has it', async () => {
		const id = await refer(at('16:55'));
		const both = await Promise.all([accept(id, at('17:10')), accept(id, at('17:10'), {}, otherDuty)]);
		assert.deepEqual(both.map((a) => a.status).toSorted(), [201, 409]);
		assert.equal((await whole(id)).handovers.length, 1);
	});
});

describe('what duty has to do', () => {
	const work = async (who, now, view) => {
		const { items, counts } = await who.at(now).ok('GET', `/v1/work?view=${view}&limit=200`);
		assert.equal(counts[view].count, items.length, 'what is listed is counted');
		return items;
	};
	const kindsOf = (items, id) => items.filter((w) => w.referral_id === id).map((w) => w.kind).toSorted();

	test('whoever has accepted has it in their own list until the hub takes it back', async () => {
		const id = await refer(at('18:00'));
		assert.deepEqual(kindsOf(await work(duty, at('18:05'), 'mine'), id), []);
		assert.deepEqual(kindsOf(await work(duty, at('18:05'), 'team'), id), ['out_of_hours_handover']);
		await done(accept(id, at('18:10')));
		const mine = (await work(duty, at('18:15'), 'mine')).filter((w) => w.referral_id === id);
		assert.deepEqual(mine.map((w) => w.kind).toSorted(), ['decide_next_steps', 'decide_outcome', 'out_of_hours_return', 'triage']);
		assert.deepEqual([mine[0].kind, mine[0].due_at, mine[0].type], ['triage', exact('19:00'), 'follow_up']);
		assert.deepEqual(kindsOf(await work(otherDuty, at('18:15'), 'mine'), id), [], 'nobody else has it');
		await done(takeBack(id, at('09:10', MONDAY)));
		assert.deepEqual(kindsOf(await work(duty, at('09:15', MONDAY), 'mine'), id), []);
	});

	test('an offer that nobody has accepted stands in the list of those on duty, whatever the rating', async () => {
		const id = await refer(at('10:00', MONDAY), {});
		await hub.screen(at('10:30', MONDAY), id, 'green');
		await done(offer(id, at('16:30', MONDAY)));
		const { json: { id: last } } = await offer(id, at('16:45', MONDAY), { summary: 'And the sister.' });
		const offered = async (who, now) => (await work(who, now, 'team')).filter((w) => w.referral_id === id && w.type === 'handover');
		for (const now of [at('16:50', MONDAY), at('02:00', TUESDAY)]) {
			const [line, ...more] = await offered(duty, now);
			assert.deepEqual(more, [], 'the latest of them');
			const record = await whole(id, now);
			assert.deepEqual([line.id, line.kind, line.subject_kind, line.responsible, line.asked_at, line.asked_by, line.due_at, line.version],
				[last, null, null, 'duty', exact('16:45', MONDAY), hub.staffId, record.next_due_at, record.version]);
		}
		assert.deepEqual(await offered(hub.practitioner, at('16:50', MONDAY)), [], 'it falls to duty');
		assert.deepEqual(await offered(duty, at('09:00', TUESDAY)), [], 'the hub is open again');
		await done(accept(id, at('02:10', TUESDAY)));
		assert.deepEqual(await offered(duty, at('02:15', TUESDAY)), []);
		assert.ok(kindsOf(await work(duty, at('02:15', TUESDAY), 'mine'), id).includes('decide_outcome'));
	});

	test('an offer of what is owed to duty anyway stands there once; page by page nothing is lost', async () => {
		const id = await refer(at('16:30', TUESDAY));
		await done(offer(id, at('16:40', TUESDAY)));
		const other = await refer(at('16:30', TUESDAY), {});
		await done(offer(other, at('16:45', TUESDAY)));
		const lines = (await work(duty, at('16:50', TUESDAY), 'team')).filter((w) => [id, other].includes(w.referral_id));
		assert.deepEqual(lines.map((w) => [w.referral_id, w.type]).toSorted(), [[id, 'follow_up'], [other, 'handover']].toSorted());
		const paged = [];
		for (let path = '/v1/work?view=team&limit=1'; path;) {
			const { items, next } = await duty.at(at('16:50', TUESDAY)).ok('GET', path);
			paged.push(...items.map((w) => w.id));
			path = next && `/v1/work?view=team&limit=1&cursor=${next}`;
		}
		assert.deepEqual(paged, (await work(duty, at('16:50', TUESDAY), 'team')).map((w) => w.id));
	});

	test('what duty has decided to hold, duty records', async () => {
		const id = await refer(at('18:00'));
		await done(accept(id, at('18:10')));
		const { held_at: _, ...meeting } = JSON.parse(await readFile(new URL('../../api/examples/recordStrategyDiscussion.json', import.meta.url), 'utf8'));
		const held = await duty.at(at('20:00')).post(`/v1/referrals/${id}/strategy-discussions`, { ...meeting, held_at: at('19:30'), chaired_by: staff.duty, children: undefined });
		assert.equal(held.status, 201, held.text);
		assert.equal(held.json.chaired_by, staff.duty);
	});
});

test('the agency sees nothing of handovers', async () => {
	const id = await refer(at('16:55'));
	await done(offer(id, at('16:56')));
	await done(accept(id, at('17:10')));
	const seen = JSON.stringify([await hub.agency.ok('GET', `/v1/referrals/${id}`), await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`), await hub.agency.ok('GET', `/v1/referrals/${id}/follow-ups`)]);
	for (const word of ['handover', 'See the child tonight', staff.duty]) assert.ok(!seen.includes(word), word);
});
