// More than one night, and more than one duty worker: who has a referral out of hours, and for how long. Days of March 2027:
// clocks are in winter time until the 28th.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

const [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY] = ['01', '02', '03', '04', '05', '06'].map((day) => `2027-03-${day}`);
const NEXT_MONDAY = '2027-03-08';
const at = (clock, day) => `${day}T${clock}:00Z`;
const exact = (clock, day) => `${day}T${clock}:00.000000Z`;
let hub, duty, otherDuty;
const staff = {};
before(async () => {
	hub = await startHub('nights');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const key = async (who) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--staff', who, '--role', 'duty') });
	for (const name of ['first', 'second']) staff[name] = await ctl('staff', 'add', '--name', `${name} on duty`, '--role', 'duty');
	[duty, otherDuty] = [await key(staff.first), await key(staff.second)];
});
after(() => hub?.stop());

const protect = { immediate_protection_needed: true };
const refer = (now, members = protect) => hub.refer(now, members).then((receipt) => receipt.id);
const whole = (id, now = at('12:00', '2027-03-09')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const of = ({ follow_ups: followUps }, kind) => followUps.filter((f) => f.kind === kind).map((f) => [f.state, f.started_at]);
const handover = (record) => of(record, 'out_of_hours_handover');
const returns = (record) => of(record, 'out_of_hours_return').map(([state]) => state);
const step = (id, what, body, now, who) => who.at(now).post(`/v1/referrals/${id}/handover${what}`, body);
const offer = (id, now) => step(id, '', { summary: 'See the child tonight.' }, now, hub.practitioner);
const accept = (id, now, body = {}, who = duty) => step(id, '/acceptance', body, now, who);
const takeBack = (id, now, body = {}) => step(id, '/return', { note: 'Seen, safe.', ...body }, now, hub.practitioner);
async function done(answer) {
	const { status, json, text } = await answer;
	assert.equal(status, 201, text);
	return json;
}
async function refused(answer, status, pattern, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.errors?.[0].pointer], [status, pointer], JSON.stringify(json));
	assert.match(json.errors?.[0].detail ?? json.detail, pattern);
}
const told = async (id) => (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type.startsWith('handover'));
async function work(who, now, view, id) {
	const { items, counts } = await who.at(now).ok('GET', `/v1/work?view=${view}&limit=200`);
	assert.equal(counts[view].count, items.length, 'what is listed is counted');
	return items.filter((w) => w.referral_id === id);
}

describe('one duty worker relieves another', () => {
	test('on a Saturday morning, who names what is taken over', async () => {
		const id = await refer(at('02:00', SATURDAY));
		const first = await done(accept(id, at('02:10', SATURDAY)));
		// Whoever comes on duty finds it; whoever has it already has it in their own list.
		const [line, ...more] = await work(otherDuty, at('08:00', SATURDAY), 'team', id);
		assert.deepEqual(more, []);
		assert.deepEqual([line.type, line.id, line.kind, line.responsible, line.asked_at, line.asked_by, line.due_at], ['with_duty', first.id, null, 'duty', exact('02:10', SATURDAY), staff.first, exact('03:00', SATURDAY)]);
		assert.deepEqual(await work(duty, at('08:00', SATURDAY), 'team', id), []);
		await refused(accept(id, at('08:00', SATURDAY), {}, otherDuty), 409, /allowed now: acceptance .*takes_over/);
		const second = await done(accept(id, at('08:00', SATURDAY), { takes_over: first.id }, otherDuty));
		assert.deepEqual([second.accepted_by, second.accepted_at, second.passed_on_at], [staff.second, exact('08:00', SATURDAY), null]);
		const record = await whole(id);
		const [earlier, running] = record.handovers;
		assert.deepEqual([earlier.id, earlier.accepted_by, earlier.passed_on_to, earlier.passed_on_at, earlier.returned_at], [first.id, staff.first, staff.second, exact('08:00', SATURDAY), null]);
		assert.deepEqual([running.id, running.passed_on_to, earlier.version, running.version], [second.id, null, second.version, second.version]);
		assert.deepEqual([returns(record), record.follow_ups.find((f) => f.kind === 'out_of_hours_return').due_at], [['open'], exact('10:00', NEXT_MONDAY)]);
		assert.deepEqual((await told(id)).map((e) => [e.type, e.actor.id, e.occurred_at, e.data.handover_id]), [
			['handover_accepted', staff.first, exact('02:10', SATURDAY), first.id],
			['handover_passed_on', staff.second, exact('08:00', SATURDAY), first.id],
			['handover_accepted', staff.second, exact('08:00', SATURDAY), second.id],
		]);
		assert.deepEqual(await work(duty, at('08:05', SATURDAY), 'mine', id), []);
		assert.ok((await work(otherDuty, at('08:05', SATURDAY), 'mine', id)).length > 0);
		const back = await done(takeBack(id, at('09:20', NEXT_MONDAY)));
		assert.deepEqual([back.id, returns(back)], [second.id, ['met']]);
		assert.equal((await whole(id)).handovers[0].returned_at, null, 'what was passed on is not taken back as well');
	});

	test('not their own, not one that is over, not before the other had it', async () => {
		const id = await refer(at('02:00', SATURDAY));
		const first = await done(accept(id, at('02:10', SATURDAY)));
		await refused(accept(id, at('08:00', SATURDAY), { takes_over: first.id }), 409, /you have this referral/);
		await refused(accept(id, at('08:00', SATURDAY), { takes_over: randomUUID() }, otherDuty), 409, /allowed now: acceptance/);
		await refused(accept(id, at('08:00', SATURDAY), { takes_over: first.id, accepted_at: at('02:09', SATURDAY) }, otherDuty), 422, /before/, '/accepted_at');
		await done(accept(id, at('08:00', SATURDAY), { takes_over: first.id, accepted_at: at('07:50', SATURDAY) }, otherDuty));
		await refused(accept(id, at('08:10', SATURDAY), { takes_over: first.id }), 409, /allowed now: acceptance/);
		const untouched = await refer(at('02:00', SATURDAY));
		await refused(accept(untouched, at('02:10', SATURDAY), { takes_over: first.id }), 409, /no running handover/);
	});

	test('two who relieve at once: one has it', async () => {
		const id = await refer(at('02:00', SATURDAY));
		const first = await done(accept(id, at('02:10', SATURDAY)));
		const both = await Promise.all([0, 1].map(() => accept(id, at('08:00', SATURDAY), { takes_over: first.id }, otherDuty)));
		assert.deepEqual(both.map((a) => a.status).toSorted(), [201, 409]);
		assert.equal((await whole(id)).handovers.length, 2);
	});

	test('before closing, too, of what was offered and accepted already', async () => {
		const id = await refer(at('16:30', FRIDAY));
		await done(offer(id, at('16:40', FRIDAY)));
		const first = await done(accept(id, at('16:45', FRIDAY)));
		await refused(offer(id, at('16:50', FRIDAY)), 409, /allowed now: return/);
		const second = await done(accept(id, at('16:55', FRIDAY), { takes_over: first.id }, otherDuty));
		assert.deepEqual([second.offered_at, returns(second)], [null, ['open']]);
	});

	test('what is claimed anew in the same night is theirs to accept who has it', async () => {
		const reference = randomUUID();
		const id = await refer(at('02:00', SATURDAY), { ...protect, agency_reference: reference });
		await done(accept(id, at('02:10', SATURDAY)));
		await hub.refer(at('05:00', SATURDAY), { ...protect, agency_reference: reference, why_now: 'He is back.' });
		assert.deepEqual(handover(await whole(id)), [['met', exact('02:00', SATURDAY)], ['open', exact('05:00', SATURDAY)]]);
		const again = await done(accept(id, at('05:10', SATURDAY)));
		assert.deepEqual([handover(again).map(([state]) => state), returns(again)], [['met', 'met'], ['open']]);
		await refused(accept(id, at('05:20', SATURDAY)), 409, /you have this referral/);
	});
});

describe('taken back while the hub is closed', () => {
	test('not at night: duty has it until the hub opens', async () => {
		const id = await refer(at('16:55', FRIDAY));
		await done(accept(id, at('17:20', FRIDAY)));
		await refused(takeBack(id, at('17:40', FRIDAY)), 409, /closed.* opens again at 2027-03-08T09:00:00/);
		assert.deepEqual(returns(await whole(id)), ['open']);
		assert.ok((await work(duty, at('17:45', FRIDAY), 'mine', id)).length > 0);
		await done(takeBack(id, at('09:00', NEXT_MONDAY)));
	});

	test('nor as of a moment in the night, once the hub is open; in the evening as of a moment at which it was', async () => {
		const id = await refer(at('16:55', FRIDAY));
		await done(accept(id, at('17:20', FRIDAY)));
		await refused(takeBack(id, at('09:30', NEXT_MONDAY), { returned_at: at('17:40', FRIDAY) }), 422, /closed.* opened again at 2027-03-08T09:00:00/, '/returned_at');
		await done(takeBack(id, at('18:00', NEXT_MONDAY), { returned_at: at('09:40', NEXT_MONDAY) }));
		assert.deepEqual([returns(await whole(id)), handover(await whole(id)).map(([state]) => state)], [['met'], ['met', 'open']], 'still red and unfinished: duty is asked for this night');
	});

	test('before closing, what was accepted for the night', async () => {
		const id = await refer(at('16:30', FRIDAY));
		await done(offer(id, at('16:40', FRIDAY)));
		await done(accept(id, at('16:45', FRIDAY)));
		const back = await done(takeBack(id, at('16:50', FRIDAY)));
		assert.deepEqual(handover(back).map(([state]) => state), ['met']);
	});

	test('past the end of the calendar nobody knows when the hub opens: it takes back what it must', async () => {
		const id = await refer('2039-03-01T10:00:00Z');
		await done(accept(id, '2039-03-01T10:30:00Z'));
		assert.equal((await done(takeBack(id, '2039-03-01T11:00:00Z'))).returned_at, '2039-03-01T11:00:00.000000Z');
	});
});

describe('nobody took it back after a night', () => {
	// Duty has it from Monday evening on; on Tuesday the hub opens, and nobody says so.
	const forgotten = async (members) => {
		const id = await refer(at('15:00', MONDAY), members);
		await hub.screen(at('15:30', MONDAY), id, 'amber');
		await done(accept(id, at('18:00', MONDAY)));
		return id;
	};

	test('red on Tuesday before closing: another night, another handover, as with the return recorded', async () => {
		const ids = [await forgotten({}), await forgotten({})];
		await done(takeBack(ids[1], at('09:30', TUESDAY)));
		for (const id of ids) {
			assert.deepEqual(handover(await hub.screen(at('16:30', TUESDAY), id, 'red')), [['open', exact('17:00', TUESDAY)]]);
			const taken = await done(accept(id, at('17:05', TUESDAY), {}, otherDuty));
			assert.deepEqual([handover(taken).map(([state]) => state), returns(taken).at(-1)], [['met'], 'open']);
		}
		const record = await whole(ids[0]);
		assert.deepEqual(returns(record), ['open'], 'the return of the first night is still owed');
		assert.deepEqual(record.handovers.map((h) => [h.accepted_by, h.passed_on_to]), [[staff.first, staff.second], [staff.second, null]]);
		assert.deepEqual(returns(await done(takeBack(ids[0], at('09:30', WEDNESDAY)))), ['met']);
	});

	test('red on Tuesday at night, or in the same night: handed over again, or duty has it', async () => {
		const [later, same] = [await forgotten({}), await forgotten({})];
		assert.deepEqual(handover(await hub.screen(at('20:00', TUESDAY), later, 'red')), [['open', exact('20:00', TUESDAY)]]);
		assert.deepEqual(handover(await hub.screen(at('20:00', MONDAY), same, 'red')), []);
	});

	test('protection claimed on Tuesday at night: duty can accept', async () => {
		const reference = randomUUID();
		const id = await forgotten({ agency_reference: reference });
		await hub.refer(at('20:00', TUESDAY), { ...protect, agency_reference: reference });
		assert.deepEqual(handover(await whole(id)), [['open', exact('20:00', TUESDAY)]]);
		assert.deepEqual(handover(await done(accept(id, at('20:10', TUESDAY)))).map(([state]) => state), ['met']);
	});

	test('offered for the next night, or taken in it unasked; not in hours; until then it stands with who had it', async () => {
		const [offered, unasked] = [await forgotten({}), await forgotten({})];
		await refused(accept(offered, at('16:00', TUESDAY), {}, otherDuty), 409, /allowed now: offer/);
		assert.ok((await work(duty, at('16:00', TUESDAY), 'mine', offered)).length > 0);
		assert.deepEqual(await work(otherDuty, at('16:00', TUESDAY), 'team', offered), [], 'that night is over');
		await done(offer(offered, at('16:30', TUESDAY)));
		assert.deepEqual((await work(otherDuty, at('16:40', TUESDAY), 'team', offered)).map((w) => w.type), ['handover']);
		await done(accept(offered, at('16:45', TUESDAY), {}, otherDuty));
		await done(accept(unasked, at('02:00', WEDNESDAY)));
		for (const [id, who] of [[offered, staff.second], [unasked, staff.first]]) assert.deepEqual((await whole(id)).handovers.map((h) => h.passed_on_to), [who, null]);
	});

	test('an offer for a night that is past is not what a later night\'s duty accepts', async () => {
		const id = await refer(at('15:00', MONDAY), {});
		for (const clock of ['16:30', '16:40']) await done(offer(id, at(clock, MONDAY)));
		await done(accept(id, at('16:45', MONDAY)));
		await done(takeBack(id, at('09:30', TUESDAY)));
		await refused(accept(id, at('10:00', TUESDAY)), 409, /has not offered/);
		assert.equal((await done(accept(id, at('20:00', TUESDAY)))).offered_at, null);
	});
});

describe('a claim that a screening has judged', () => {
	const timed = ({ follow_ups: followUps }, kind) => followUps.filter((f) => f.kind === kind).map((f) => [f.state, f.unit, f.amount, f.due_at]).at(-1);
	const inform = (reference, now, more) => hub.refer(now, { agency_reference: reference, ...more });
	const correct = async (id, now, body) => hub.practitioner.at(now).ok('PATCH', `/v1/referrals/${id}`, { body: { reason: 'The school rang.', ...body }, headers: { 'if-match': `"${(await whole(id, now)).version}"` } });
	const hour = (day, clock) => ['open', 'elapsed_minutes', 60, exact(clock, day)];
	const working = (day, clock) => ['open', 'working_minutes', 120, exact(clock, day)];

	test('does not alarm again, with whatever is sent or changed later; a claim of its own does', async () => {
		const reference = randomUUID();
		const { id } = await inform(reference, at('10:00', MONDAY), protect);
		await hub.screen(at('10:30', MONDAY), id, 'green');
		await inform(reference, at('02:00', SATURDAY), { immediate_protection_needed: false, why_now: 'He is at home.' });
		const calm = await whole(id, at('02:00', SATURDAY));
		assert.deepEqual([calm.rating, calm.immediate_protection_needed, timed(calm, 'triage'), handover(calm)], ['green', true, working(NEXT_MONDAY, '11:00'), []]);
		const corrected = await correct(id, at('02:05', SATURDAY), { why_now: 'He is at home again.' });
		assert.deepEqual([timed(corrected, 'triage'), handover(corrected)], [working(NEXT_MONDAY, '11:00'), []]);
		await inform(reference, at('02:10', SATURDAY), { ...protect, why_now: 'He is back.' });
		const claimed = await whole(id, at('02:10', SATURDAY));
		assert.deepEqual([claimed.rating, timed(claimed, 'triage'), handover(claimed)], ['red', hour(SATURDAY, '03:00'), [['open', exact('02:10', SATURDAY)]]]);
		await hub.screen(at('02:20', SATURDAY), id, 'green');
		await inform(reference, at('03:00', SATURDAY), { immediate_protection_needed: false, why_now: 'He has gone.' });
		const again = await whole(id, at('03:00', SATURDAY));
		assert.deepEqual([timed(again, 'triage'), handover(again).map(([state]) => state)], [working(NEXT_MONDAY, '11:00'), ['cancelled']]);
	});

	test('counts until then, whatever came after it', async () => {
		const reference = randomUUID();
		const { id } = await inform(reference, at('10:00', TUESDAY), {});
		await hub.screen(at('10:30', TUESDAY), id, 'red');
		await inform(reference, at('10:40', TUESDAY), protect);
		await hub.db.query(`UPDATE follow_up SET state = 'waived', ended_at = mashd_now(), waived_reason = 'x', ended_by = $2 WHERE referral_id = $1 AND kind = 'triage' AND state = 'open'`, [id, hub.managerId]);
		await inform(reference, at('11:00', TUESDAY), { immediate_protection_needed: false, why_now: 'He is at home.' });
		assert.deepEqual(timed(await whole(id), 'triage'), hour(TUESDAY, '12:00'), 'red before it, and red still: nobody has judged the claim');
	});

	test('made by a correction it alarms, and once judged no more', async () => {
		const reference = randomUUID();
		const { id } = await inform(reference, at('10:00', WEDNESDAY), {});
		await hub.screen(at('10:30', WEDNESDAY), id, 'red');
		assert.deepEqual(timed(await correct(id, at('11:00', WEDNESDAY), protect), 'triage'), hour(WEDNESDAY, '12:00'));
		await hub.screen(at('11:30', WEDNESDAY), id, 'green');
		await inform(reference, at('09:00', THURSDAY), { immediate_protection_needed: false, why_now: 'He is at home.' });
		assert.deepEqual(timed(await whole(id), 'triage'), working(THURSDAY, '11:00'));
	});
});

test('a call at night: duty records it as of when it came, has it to hand over like any other, and takes it', async () => {
	const receipt = await hub.refer(at('02:00', SATURDAY), { ...protect, channel: 'phone', received_at: at('01:40', SATURDAY) }, duty);
	assert.deepEqual(receipt.quality_issues.filter((q) => ['/channel', '/received_at'].includes(q.pointer)), []);
	const record = await whole(receipt.id);
	assert.deepEqual([record.channel, record.received_at, record.rating, handover(record).map(([state]) => state)], ['phone', exact('01:40', SATURDAY), 'red', ['open']]);
	const [received] = (await hub.manager.ok('GET', `/v1/referrals/${receipt.id}/timeline?limit=200`)).items.filter((e) => e.type === 'received');
	assert.deepEqual([received.actor.kind, received.actor.id], ['staff', staff.first]);
	assert.equal(record.follow_ups.filter((f) => f.kind === 'written_confirmation' && f.state === 'open').length, 1);
	assert.deepEqual(handover(await done(accept(receipt.id, at('02:05', SATURDAY)))).map(([state]) => state), ['met']);
});
