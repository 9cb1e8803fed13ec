// Pausing over HTTP: what it does to the clock, that it ends by itself, what ends it before, and everything that is refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const [TUE, WED, THU] = ['2027-03-02', '2027-03-03', '2027-03-04'];
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;

let hub;
before(async () => { hub = await startHub('pause'); });
after(() => hub?.stop());

// A green referral, received at 10:00, whose discussion is due the next day at 10:30, and never later than Thursday, 10:00.
async function green() {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'green');
	const { id: discuss, due_at: due } = await hub.followUp(at('10:30'), id, 'discuss');
	assert.equal(due, exact('10:30', TUE));
	return { id, discuss };
}
const words = { reason: 'referrer_not_available', note: 'Back on Tuesday.' };
const pause = (now, id, until, who = hub.practitioner, more = {}) => who.at(now).post(`/v1/follow-ups/${id}/pause`, { ...words, ...(until && { until }), ...more });
const resume = (now, id, who = hub.practitioner, body = {}) => who.at(now).post(`/v1/follow-ups/${id}/resume`, body);
const ok = (answer) => {
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
};
const refused = (answer, status, type, detail) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
	assert.match(answer.json.errors?.[0].detail ?? answer.json.detail, detail);
	return answer.json;
};
const ledger = async (now, referral, ...types) => {
	const { items } = await hub.practitioner.at(now).ok('GET', `/v1/referrals/${referral}/timeline?limit=200`);
	return items.filter((e) => types.includes(e.type) && e.data.kind === 'discuss');
};

describe('a pause', () => {
	test('moves the due instant by what it lasts, in working time, at once', async () => {
		const { id, discuss } = await green();
		const paused = ok(await pause(at('11:30'), discuss, at('13:30')));
		assert.deepEqual([paused.timing, paused.due_at, paused.paused_until, paused.pause_reason, paused.overdue, paused.state],
			[2, exact('12:30', TUE), exact('13:30'), 'referrer_not_available', false, 'open']);
		const { id: other } = await hub.followUp(at('11:30'), id, 'decide_next_steps'); // the outcome is due later
		await hub.manager.at(at('11:30')).ok('POST', `/v1/follow-ups/${other}/waiver`, { body: { reason: 'Not of this test.' } });
		assert.equal((await hub.practitioner.at(at('11:30')).ok('GET', `/v1/referrals/${id}`)).next_due_at, exact('12:30', TUE));
		const [event] = await ledger(at('11:30'), id, 'follow_up_paused');
		assert.equal(event.actor.id, hub.staffId);
		assert.deepEqual([event.follow_up_id, event.occurred_at], [discuss, exact('11:30')]);
		assert.deepEqual(event.data, { kind: 'discuss', ...words, timing: 2, paused_until: exact('13:30'), due_at_before: exact('10:30', TUE), due_at: exact('12:30', TUE) });
	});

	test('ends by itself: the clock needs nobody, the sweep writes it down', async () => {
		const { id, discuss } = await green();
		await pause(at('11:30'), discuss, at('13:30'));
		const shown = async (now) => (({ timing, due_at: due, paused_until: until, pause_reason: reason }) => [timing, due, until, reason])(await hub.followUp(now, id, 'discuss'));
		assert.deepEqual(await shown(at('13:29')), [2, exact('12:30', TUE), exact('13:30'), 'referrer_not_available']);
		assert.deepEqual(await shown(at('13:30')), [2, exact('12:30', TUE), null, null]);
		await hub.sweep(at('13:45'));
		assert.deepEqual(await shown(at('13:45')), [2, exact('12:30', TUE), null, null]);
		const [event] = await ledger(at('13:45'), id, 'follow_up_resumed');
		assert.deepEqual([event.actor.kind, event.occurred_at, event.recorded_at], ['system', exact('13:30'), exact('13:45')]);
		assert.deepEqual(event.data, { kind: 'discuss', timing: 2, reason: 'time_is_up', paused_for: 'referrer_not_available', due_at: exact('12:30', TUE) });
		await hub.sweep(at('13:46'));
		assert.equal((await ledger(at('13:46'), id, 'follow_up_resumed')).length, 1);
	});

	test('resumed before: what was left counts from then', async () => {
		const { id, discuss } = await green();
		await pause(at('11:30'), discuss, at('13:30'));
		const resumed = ok(await resume(at('12:30'), discuss, hub.manager, { note: 'She rang back.' }));
		assert.deepEqual([resumed.timing, resumed.due_at, resumed.paused_until], [3, exact('11:30', TUE), null]);
		const [event] = await ledger(at('12:30'), id, 'follow_up_resumed');
		assert.deepEqual([event.actor.id, event.data.reason, event.data.note, event.data.due_at_before, event.data.due_at],
			[hub.managerId, 'asked', 'She rang back.', exact('12:30', TUE), exact('11:30', TUE)]);
		refused(await resume(at('12:31'), discuss), 409, 'wrong-state', /not paused/);
	});

	test('without an end of its own: as long as the policy allows', async () => {
		const { discuss } = await green();
		const paused = ok(await pause(at('11:30'), discuss));
		assert.deepEqual([paused.paused_until, paused.due_at], [exact('11:30', TUE), exact('10:30', WED)]);
	});

	test('all pauses of one follow-up together', async () => {
		const { discuss } = await green();
		ok(await pause(at('11:30'), discuss, at('13:30')));
		const second = ok(await pause(at('14:00'), discuss));
		assert.equal(second.paused_until, exact('12:00', TUE), 'a working day from 14:00, less two hours');
		ok(await resume(at('15:00'), discuss));
		refused(await pause(at('15:00'), discuss, at('12:01', TUE)), 422, 'rule-broken', /until Tuesday 2027-03-02 12:00 at the latest/);
		ok(await pause(at('15:00'), discuss, at('12:00', TUE)));
		refused(await pause(at('12:30', TUE), discuss), 422, 'rule-broken', /for as long as the policy allows/);
	});

	test('never moves a follow-up past its bound', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30', WED), id, 'green');
		const discuss = await hub.followUp(at('10:30', WED), id, 'discuss');
		assert.equal(discuss.due_at, exact('10:00', THU));
		refused(await pause(at('11:00', WED), discuss.id, at('10:01', THU)), 422, 'rule-broken', /until Thursday 2027-03-04 10:00 at the latest, because it is never due after that/);
		const paused = ok(await pause(at('11:00', WED), discuss.id));
		assert.deepEqual([paused.paused_until, paused.due_at], [exact('10:00', THU), exact('10:00', THU)]);
	});

	test('is never overdue and has no flag while it lasts', async () => {
		const { id, discuss } = await green();
		await pause(at('10:00', TUE), discuss, at('16:00', TUE));
		await hub.sweep(at('15:59', TUE));
		const paused = await hub.followUp(at('15:59', TUE), id, 'discuss');
		assert.deepEqual([paused.overdue, paused.level], [false, 0]);
		assert.equal(paused.due_at, exact('16:30', TUE));
		await hub.sweep(at('16:31', TUE));
		const [flag] = await hub.flags(at('16:31', TUE), `referral_id=${id}&kind=discuss`);
		assert.deepEqual([flag.timing, flag.breached_at], [2, exact('16:30', TUE)]);
	});

	test('goes with the follow-up that ends in it', async () => {
		const { id, discuss } = await green();
		await pause(at('11:30'), discuss, at('13:30'));
		await hub.manager.at(at('12:00')).ok('POST', `/v1/follow-ups/${discuss}/waiver`, { body: { reason: 'Known already.' } });
		const ended = await hub.followUp(at('12:00'), id, 'discuss');
		assert.deepEqual([ended.state, ended.paused_until, ended.due_at], ['waived', null, exact('12:30', TUE)]);
		await hub.sweep(at('14:00'));
		assert.deepEqual(await ledger(at('14:00'), id, 'follow_up_resumed'), [], 'there is nothing to resume');
	});
});

describe('a new rating', () => {
	test('of red resumes at once', async () => {
		const { id, discuss } = await green();
		await pause(at('11:30'), discuss, at('13:30'));
		await hub.screen(at('12:00'), id, 'red');
		const red = await hub.followUp(at('12:00'), id, 'discuss');
		assert.deepEqual([red.timing, red.due_at, red.paused_until], [3, exact('14:00'), null], 'four hours from receipt: the bound');
		const events = await ledger(at('12:00'), id, 'follow_up_resumed', 'follow_up_retimed');
		assert.deepEqual(events.map((e) => [e.type, e.data.reason, e.data.timing, e.data.due_at]),
			[['follow_up_resumed', 'red', 3, exact('14:00')], ['follow_up_retimed', 'rating', 3, exact('14:00')]]);
		refused(await pause(at('12:01'), discuss), 409, 'wrong-state', /red is never paused/);
	});

	test('otherwise leaves it paused, and counts the pause', async () => {
		const { id, discuss } = await green();
		await pause(at('11:30'), discuss, at('13:30'));
		await hub.screen(at('12:00'), id, 'amber');
		const amber = await hub.followUp(at('12:00'), id, 'discuss');
		assert.deepEqual([amber.timing, amber.due_at, amber.paused_until], [3, exact('10:00', TUE), exact('13:30')], 'the bound');
		await hub.screen(at('12:30'), id, 'green');
		const again = await hub.followUp(at('12:30'), id, 'discuss');
		assert.deepEqual([again.timing, again.due_at, again.paused_until], [4, exact('12:30', TUE), exact('13:30')]);
		ok(await resume(at('13:00'), discuss));
		assert.equal((await hub.followUp(at('13:00'), id, 'discuss')).due_at, exact('12:00', TUE));
	});

	test('that leaves no time to wait ends the pause', async () => {
		const { id, discuss } = await green();
		await pause(at('09:00', TUE), discuss, at('15:00', TUE));
		await hub.screen(at('09:30', TUE), id, 'amber');
		const amber = await hub.followUp(at('09:30', TUE), id, 'discuss');
		assert.deepEqual([amber.due_at, amber.paused_until], [exact('10:00', TUE), null], 'the bound comes before the end of the pause');
		const [event] = await ledger(at('09:30', TUE), id, 'follow_up_resumed');
		assert.equal(event.data.reason, 'no_time_left');
	});
});

describe('refused', () => {
	test('whose word it is not, and what is not there', async () => {
		const { discuss } = await green();
		refused(await pause(at('11:00'), discuss, undefined, hub.agency), 403, 'forbidden', /permission/);
		refused(await pause(at('11:00'), discuss, undefined, hub.system), 403, 'forbidden', /member of staff/);
		refused(await resume(at('11:00'), discuss, hub.agency), 403, 'forbidden', /permission/);
		refused(await pause(at('11:00'), randomUUID()), 404, 'not-found', /./);
		refused(await resume(at('11:00'), randomUUID()), 404, 'not-found', /./);
		refused(await resume(at('11:00'), discuss), 409, 'wrong-state', /not paused/);
		const keyless = await hub.practitioner.post(`/v1/follow-ups/${discuss}/resume`, {}, { 'Idempotency-Key': null });
		refused(keyless, 400, 'idempotency-key-missing', /./);
	});

	test('a kind that the policy lets nobody pause, a reason that it does not list, no words', async () => {
		const { id, discuss } = await green();
		const outcome = await hub.followUp(at('11:00'), id, 'decide_outcome');
		refused(await pause(at('11:00'), outcome.id), 422, 'rule-broken', /allows no pause/);
		const problem = refused(await pause(at('11:00'), discuss, undefined, hub.manager, { reason: 'tea' }), 422, 'rule-broken', /referrer_not_available, interpreter_needed, police_request/);
		assert.equal(problem.errors[0].pointer, '/reason');
		refused(await pause(at('11:00'), discuss, undefined, hub.manager, { note: '' }), 422, 'invalid-body', /./);
	});

	test('an end in the past; a second pause at once; what is overdue, or ended', async () => {
		const { id, discuss } = await green();
		assert.equal(refused(await pause(at('11:00'), discuss, at('10:59')), 422, 'rule-broken', /in the past/).errors[0].pointer, '/until');
		refused(await pause(at('11:00'), discuss, at('11:00')), 422, 'rule-broken', /in the past/);
		ok(await pause(at('11:00'), discuss, at('11:30')));
		refused(await pause(at('11:10'), discuss), 409, 'wrong-state', /paused already/);
		refused(await pause(at('11:30', TUE), discuss), 409, 'wrong-state', /was due on Tuesday 2027-03-02 11:00/);
		await hub.screen(at('11:40', TUE), id, 'green', false);
		refused(await pause(at('11:41', TUE), discuss), 409, 'wrong-state', /is cancelled; only an open one can be paused/);
		refused(await resume(at('11:41', TUE), discuss), 409, 'wrong-state', /is cancelled; only an open one can be resumed/);
	});
});

describe('at the calendar\'s end', () => {
	let last;
	before(async () => { [{ covers_until: last }] = await hub.db.query('SELECT max(local_day)::text AS covers_until FROM working_interval WHERE partnership_id = $1', [hub.partnership]); });

	test('the longest pause cannot be told; up to a bound it can', async () => {
		const { id } = await hub.refer(at('09:30', last));
		await hub.db.query(`UPDATE referral SET rating = 'green' WHERE id = $1`, [id]);
		const { id: triage } = await hub.followUp(at('09:30', last), id, 'triage');
		await hub.db.query(`UPDATE follow_up SET kind = 'discuss' WHERE id = $1`, [triage]); // 120 working minutes of a kind that may be paused
		refused(await pause(at('10:00', last), triage), 409, 'wrong-state', /the calendar ends too soon/);
		await hub.db.query(`UPDATE follow_up SET limit_at = $2 WHERE id = $1`, [triage, at('16:50', last)]);
		assert.deepEqual((({ due_at: due, paused_until: until }) => [due, until])(ok(await pause(at('10:00', last), triage, at('16:45', last)))), [exact('16:50', last), exact('16:45', last)]);
	});
});

test('asked twice with one key: paused once', async () => {
	const { id, discuss } = await green();
	const key = { 'Idempotency-Key': randomUUID() };
	const ask = (now) => hub.practitioner.at(now).post(`/v1/follow-ups/${discuss}/pause`, { ...words, until: at('13:30') }, key);
	const first = ok(await ask(at('11:30')));
	assert.deepEqual(ok(await ask(at('11:31'))), first);
	assert.equal((await ledger(at('11:31'), id, 'follow_up_paused')).length, 1);
});

test('two people at once: one of them', async () => {
	const { discuss } = await green();
	const answers = await Promise.all([pause(at('11:30'), discuss), pause(at('11:30'), discuss, undefined, hub.manager)]);
	assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409]);
});
