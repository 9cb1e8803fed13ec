// Follow-ups over HTTP: what opens when and how long it has, re-timing, acknowledging, waiving, and who sees what.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const [TUE, WED, THU] = ['2027-03-02', '2027-03-03', '2027-03-04'];

let hub;
before(async () => { hub = await startHub('follow ups'); });
after(() => hub?.stop());

test('blanks are no reason and no plan', async () => {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`);
	const { id: triage } = await hub.followUp(`${DAY}T10:30:00Z`, id, 'triage');
	const blank = async (path, body, pointer) => {
		const { status, json } = await hub.manager.at(`${DAY}T10:30:00Z`).post(path, body);
		assert.deepEqual([status, json.type, json.errors.map((e) => e.pointer)], [422, '/problems/invalid-body', [pointer]]);
	};
	await blank(`/v1/follow-ups/${triage}/waiver`, { reason: ' \t' }, '/reason');
	await blank(`/v1/referrals/${id}/screenings`, { rating: 'green', reason: '  ', clarification_needed: true, topics: ['needs'] }, '/reason');
	await blank(`/v1/flags/${triage}/acknowledgement`, { plan: '\n' }, '/plan');
});


const refused = (answer, status, type) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
	return answer.json;
};

describe('the time to discuss', () => {
	const cases = [
		['green: its own working day', 'green', at('12:00'), exact('12:00', TUE)],
		['amber: never later than the outcome is due', 'amber', at('12:00'), exact('10:00', TUE)],
		['red: four hours from receipt', 'red', at('12:00'), exact('14:00')],
		['need found after the outcome was due: 120 working minutes', 'amber', at('09:30', WED), exact('11:30', WED)],
		['need found after the outcome was due, near closing time', 'amber', at('16:00', WED), exact('10:00', THU)],
	];
	for (const [name, rating, now, due] of cases) {
		test(name, async () => {
			const { id } = await hub.refer(at('10:00'));
			await hub.screen(now, id, rating);
			assert.equal((await hub.followUp(now, id, 'discuss')).due_at, due);
		});
	}

	test('past the calendar\'s end it opens without a due instant, visibly', async () => {
		const [{ covers_until: last }] = await hub.db.query('SELECT covers_until FROM calendar');
		const end = `${last}T16:30:00Z`;
		const { id, follow_ups: opened } = await hub.refer(end);
		const triage = opened.find((f) => f.kind === 'triage') ?? await hub.followUp(end, id, 'triage');
		assert.equal(triage.state, 'open');
		const found = await hub.followUp(end, id, 'triage');
		assert.equal(found.due_at, null);
		assert.equal(found.due_problem, 'calendar_ends');
		assert.equal(found.overdue, false);
	});
});

describe('re-timing', () => {
	test('a new rating gives another time from the original start, and the missed one keeps its flag', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('12:00'), id, 'green');
		await hub.screen(at('13:00'), id, 'red');
		const discuss = await hub.followUp(at('13:00'), id, 'discuss');
		assert.deepEqual([discuss.timing, discuss.due_at, discuss.started_at], [2, exact('14:00'), exact('12:00')]);
		assert.ok(await hub.sweep(at('15:00')) >= 1);
		await hub.screen(at('15:30'), id, 'green');
		const again = await hub.followUp(at('15:30'), id, 'discuss');
		assert.deepEqual([again.timing, again.due_at, again.overdue], [3, exact('12:00', TUE), false]);
		await hub.sweep(at('12:01', TUE));
		await hub.manager.at(at('13:00', TUE)).ok('POST', `/v1/follow-ups/${discuss.id}/waiver`, { body: { reason: 'The referrer has moved away.' } });
		const flags = (await hub.flags(at('13:00', TUE), `referral_id=${id}`)).filter((g) => g.kind === 'discuss' && g.level === 1);
		assert.deepEqual(flags.map((g) => [g.timing, g.breached_at, g.late_minutes, g.cleared_by]),
			[[2, exact('14:00'), 90, 'retimed'], [3, exact('12:00', TUE), 60, 'waived']]);
	});

	test('the same rating again changes no time', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('12:00'), id, 'red');
		await hub.screen(at('12:30'), id, 'red');
		assert.equal((await hub.followUp(at('12:30'), id, 'discuss')).timing, 1);
	});

	test('no longer needed: the discussion is cancelled, and its flag says so', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('12:00'), id, 'red');
		await hub.screen(at('14:30'), id, 'red', false);
		assert.equal((await hub.followUp(at('14:30'), id, 'discuss')).state, 'cancelled');
		assert.deepEqual((await hub.flags(at('14:30'), `referral_id=${id}&kind=discuss`)).map((g) => g.cleared_by), ['cancelled']);
	});
});

describe('acknowledgement', () => {
	const phone = (now) => hub.refer(now, { channel: 'phone' }, hub.practitioner);
	const send = (now, id, body) => hub.practitioner.at(now).post(`/v1/referrals/${id}/acknowledgement`, body);

	test('meets the follow-up, once, and tells the timeline', async () => {
		const { id } = await phone(at('10:00'));
		assert.equal((await hub.followUp(at('10:00'), id, 'acknowledge')).due_at, exact('10:00', TUE));
		const answer = await send(at('11:00'), id, { method: 'phone', sent_at: at('10:30'), note: 'Spoke to the office.' });
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual([answer.json.state, answer.json.met_at, answer.json.met_recorded_at], ['met', exact('10:30'), exact('11:00')]);
		assert.deepEqual(await hub.flags(at('11:00'), `referral_id=${id}&kind=acknowledge`), []);
		const { items } = await hub.practitioner.ok('GET', `/v1/referrals/${id}/timeline`);
		const told = items.filter((e) => e.type === 'acknowledged');
		assert.deepEqual(told.map((e) => [e.occurred_at, e.data]), [[exact('10:30'), { method: 'phone', note: 'Spoke to the office.' }]]);
		assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${id}`)).version, told[0].version);
		const problem = refused(await send(at('11:10'), id, { method: 'phone' }), 409, 'wrong-state');
		assert.match(problem.detail, /met already/);
	});

	test('for a post of a system the receipt was one', async () => {
		const { id } = await hub.refer(at('10:00'));
		refused(await send(at('11:00'), id, { method: 'email' }), 409, 'wrong-state');
	});

	test('is never in the future, never before receipt', async () => {
		const { id } = await phone(at('10:00'));
		for (const sent of [at('11:01'), at('09:59')]) {
			const problem = refused(await send(at('11:00'), id, { method: 'letter', sent_at: sent }), 422, 'rule-broken');
			assert.match(problem.detail, /acknowledgement cannot have been sent/);
		}
		assert.equal((await hub.followUp(at('11:00'), id, 'acknowledge')).state, 'open');
	});

	test('sent in time and written down late: flagged, and cleared as that', async () => {
		const { id } = await phone(at('10:00'));
		await send(at('10:00', WED), id, { method: 'letter', sent_at: at('16:00') });
		assert.deepEqual((await hub.flags(at('10:00', WED), `referral_id=${id}&kind=acknowledge`)).map((g) => [g.cleared_by, g.breached_at, g.raised_at]),
			[['met_in_time_logged_late', exact('10:00', TUE), exact('10:00', WED)]]);
	});

	test('a closed referral takes none, and says what it does take', async () => {
		const { id } = await phone(at('10:00'));
		await hub.db.query("UPDATE referral SET state = 'closed' WHERE id = $1", [id]);
		const { detail } = refused(await send(at('11:00'), id, { method: 'phone' }), 409, 'wrong-state');
		assert.match(detail, /closed.*allowed now: .*reopen/);
		assert.equal((await hub.followUp(at('11:00'), id, 'acknowledge')).state, 'open');
	});

	test('is for the hub alone, on a referral that is there', async () => {
		const { id } = await phone(at('10:00'));
		refused(await hub.agency.post(`/v1/referrals/${id}/acknowledgement`, { method: 'email' }), 403, 'forbidden');
		refused(await hub.practitioner.post(`/v1/referrals/${randomUUID()}/acknowledgement`, { method: 'email' }), 404, 'not-found');
	});
});

describe('waiver', () => {
	const waive = (who, now, id, body = { reason: 'Already known to the team.' }, headers) => who.at(now).post(`/v1/follow-ups/${id}/waiver`, body, headers);

	test('ends an open one, by a manager, once; the next due instant moves on', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:05'), id, 'green');
		const steps = await hub.followUp(at('10:10'), id, 'decide_next_steps');
		refused(await waive(hub.practitioner, at('10:30'), steps.id), 403, 'forbidden');
		const key = { 'Idempotency-Key': randomUUID() };
		const answer = await waive(hub.manager, at('10:30'), steps.id, undefined, key);
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual([answer.json.state, answer.json.waived_reason, answer.json.ended_at, answer.json.ended_by], ['waived', 'Already known to the team.', exact('10:30'), hub.managerId]);
		const replay = await waive(hub.manager, at('10:31'), steps.id, undefined, key);
		assert.equal(replay.status, 201);
		assert.deepEqual(replay.json, answer.json);
		const problem = refused(await waive(hub.manager, at('10:32'), steps.id), 409, 'wrong-state');
		assert.match(problem.detail, /is waived/);
		assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${id}`)).next_due_at, exact('10:05', TUE), 'the discussion is still owed');
	});

	test('does not end what nobody has screened, nor what nobody has decided', async () => {
		const { id } = await hub.refer(at('10:00'), { channel: 'secure_email' });
		const of = (kind) => hub.followUp(at('10:10'), id, kind);
		const not = async (kind, now, words) => assert.match(refused(await waive(hub.manager, now, (await of(kind)).id), 409, 'wrong-state').detail, words);
		await not('triage', at('10:30'), /nobody has screened .*: a screening ends that, .* not a waiver; allowed now: screen$/);
		for (const kind of ['acknowledge', 'decide_next_steps']) assert.equal((await waive(hub.manager, at('10:30'), (await of(kind)).id)).status, 201);
		await not('decide_outcome', at('10:30'), /final decision in effect: that ends .* not a waiver; allowed now: decide$/);
		assert.equal((await hub.manager.ok('GET', `/v1/referrals/${id}`)).version, 3, 'nothing is written');
		await hub.screen(at('10:40'), id, 'green', false);
		await not('decide_outcome', at('10:50'), /final decision/);
		assert.deepEqual([(await of('triage')).state, (await of('decide_outcome')).state], ['met', 'open']);
	});

	test('is a person\'s: not a system\'s', async () => {
		const { id } = await hub.refer(at('10:00'));
		const triage = await hub.followUp(at('10:00'), id, 'triage');
		const problem = refused(await waive(hub.system, at('10:30'), triage.id), 403, 'forbidden');
		assert.match(problem.detail, /member of staff/);
		assert.equal((await hub.followUp(at('10:30'), id, 'triage')).state, 'open');
	});

	test('needs a reason and something to waive', async () => {
		refused(await waive(hub.manager, at('10:00'), randomUUID()), 404, 'not-found');
		const { id } = await hub.refer(at('10:00'));
		const triage = await hub.followUp(at('10:00'), id, 'triage');
		refused(await waive(hub.manager, at('10:00'), triage.id, {}), 422, 'invalid-body');
		refused(await waive(hub.manager, at('10:00'), triage.id, { reason: '' }), 422, 'invalid-body');
		refused(await waive(hub.manager, at('10:00'), triage.id, undefined, { 'Idempotency-Key': null }), 400, 'idempotency-key-missing');
	});
});

describe('the list', () => {
	test('an agency sees what is owed to it, of its own referrals', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('11:00'), id, 'amber');
		const { items, next } = await hub.agency.at(at('11:00')).ok('GET', `/v1/referrals/${id}/follow-ups`);
		assert.equal(next, null);
		assert.deepEqual(items.map((f) => [f.kind, f.state]), [['acknowledge', 'met'], ['discuss', 'open']]);
		assert.deepEqual(Object.keys(items[0]).sort(), ['due_at', 'id', 'kind', 'met_at', 'started_at', 'state']);
		for (const other of [hub.otherAgency.get(`/v1/referrals/${id}/follow-ups`), hub.agency.get(`/v1/referrals/${randomUUID()}/follow-ups`)])
			refused(await other, 404, 'not-found');
	});

	test('who ended it: a person by name, nobody for a system, and never for the agency to see', async () => {
		const { id, follow_ups: opened } = await hub.refer(at('10:00'), { channel: 'phone' }, hub.practitioner);
		assert.deepEqual(opened.map((f) => f.ended_by), Array(5).fill(null));
		const sent = await hub.system.at(at('10:10')).ok('POST', `/v1/referrals/${id}/acknowledgement`, { body: { method: 'email' } });
		assert.deepEqual([sent.state, sent.ended_by], ['met', null]);
		const screened = await hub.screen(at('10:20'), id, 'green');
		const talked = await hub.manager.at(at('10:30')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes' } });
		const by = (followUps) => Object.fromEntries(followUps.map((f) => [f.kind, f.ended_by]));
		const owed = { decide_next_steps: null, decide_outcome: null, written_confirmation: null };
		assert.deepEqual(by(screened.follow_ups), { ...owed, acknowledge: null, triage: hub.staffId, discuss: null });
		const ended = { ...owed, acknowledge: null, triage: hub.staffId, discuss: hub.managerId };
		assert.deepEqual(by(talked.follow_ups), ended);
		assert.deepEqual(by((await hub.practitioner.ok('GET', `/v1/referrals/${id}`)).follow_ups), ended);
		assert.deepEqual(by((await hub.practitioner.ok('GET', `/v1/referrals/${id}/follow-ups`)).items), ended);
	});

	test('the hub sees all of them, overdue or not at the moment of asking', async () => {
		const { id } = await hub.refer(at('10:00'));
		const overdue = async (now) => (await hub.followUp(now, id, 'triage')).overdue;
		assert.equal(await overdue(at('12:00')), false, 'at the due instant it is not late yet');
		assert.equal(await overdue('2027-03-01T12:00:00.000001Z'), true);
		assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${id}/follow-ups`)).items.length, 4);
	});
});
