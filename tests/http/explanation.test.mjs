// How a due time came about, over HTTP: stretch by stretch, with its bound, its re-timings and pauses, its levels and its end, in
// JSON and in sentences. That the stretches add up for any history is tested in tests/sql/ledger.test.mjs.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const TUE = '2027-03-02';
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;

let hub;
before(async () => { hub = await startHub('explanation'); });
after(() => hub?.stop());

const explain = (now, id, who = hub.practitioner) => who.at(now).get(`/v1/follow-ups/${id}/explanation`);
async function explained(now, referral, kind) {
	const { id } = await hub.followUp(now, referral, kind);
	const answer = await explain(now, id);
	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(answer.json.follow_up, await hub.followUp(now, referral, kind));
	addsUp(answer.json);
	return answer.json;
}

function addsUp({ counted_from: from, counted_to: to, minutes, stretches, limit_at: limit, due_at: due, recounted_at: recounted }) {
	assert.deepEqual([stretches[0].from, stretches.at(-1).to], [from, to]);
	stretches.slice(1).forEach((stretch, i) => assert.equal(stretch.from, stretches[i].to, 'no gap'));
	assert.equal(stretches.filter((s) => s.counted).reduce((sum, s) => sum + s.minutes, 0), minutes);
	assert.equal([to, limit].filter(Boolean).toSorted()[0], due);
	assert.equal(recounted, due);
}
const shown = ({ stretches }) => stretches.map((s) => [s.from, s.to, s.counted ? s.minutes : s.why, s.title]);

test('a working day over a weekend and a bank holiday, as it is told at the desk', async () => {
	const { id } = await hub.refer('2027-04-30T15:10:00Z'); // 16:10 on the Friday before the early May holiday
	const told = await explained('2027-04-30T15:20:00Z', id, 'decide_next_steps');
	assert.deepEqual(shown(told), [
		['2027-04-30T15:10:00.000000Z', '2027-04-30T16:00:00.000000Z', 50, null],
		['2027-04-30T16:00:00.000000Z', '2027-04-30T23:00:00.000000Z', 'outside_hours', null],
		['2027-04-30T23:00:00.000000Z', '2027-05-02T23:00:00.000000Z', 'weekend', null],
		['2027-05-02T23:00:00.000000Z', '2027-05-03T23:00:00.000000Z', 'bank_holiday', 'Early May bank holiday'],
		['2027-05-03T23:00:00.000000Z', '2027-05-04T08:00:00.000000Z', 'outside_hours', null],
		['2027-05-04T08:00:00.000000Z', '2027-05-04T15:10:00.000000Z', 430, null],
	]);
	assert.deepEqual([told.time_zone, told.unit, told.amount, told.minutes, told.due_at], ['Europe/London', 'working_days', 1, 480, '2027-05-04T15:10:00.000000Z']);
	const { policy, source } = told;
	assert.deepEqual(told.sentences, [
		'Opened on Fri 30 Apr 2027 16:10.',
		`By the rule decide_next_steps (${policy}; source: ${source}) it has 1 working day, counted from Fri 30 Apr 2027 16:10.`,
		'Fri 30 Apr 16:10 to 17:00: 50 working minutes.',
		'Fri 30 Apr 17:00 to Sat 1 May 00:00: skipped, outside hours.',
		'Sat 1 May 00:00 to Mon 3 May 00:00: skipped, weekend.',
		'Mon 3 May 00:00 to Tue 4 May 00:00: skipped, bank holiday (Early May bank holiday).',
		'Tue 4 May 00:00 to 09:00: skipped, outside hours.',
		'Tue 4 May 09:00 to 16:10: 430 working minutes.',
		'Together 480 minutes, which end on Tue 4 May 2027 16:10.',
		'If it is still open on Wed 5 May 2027 10:10, level 2 tells the role manager.',
		'It is open, and due on Tue 4 May 2027 16:10.',
	]);
});

test('bound, re-timings, pause, breach, levels and end', async () => {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'green');
	const discuss = await hub.followUp(at('10:30'), id, 'discuss');
	await hub.practitioner.at(at('11:30')).ok('POST', `/v1/follow-ups/${discuss.id}/pause`, { body: { reason: 'interpreter_needed', note: 'A Polish one.', until: at('13:30') } });
	let told = await explained(at('11:30'), id, 'discuss');
	assert.deepEqual(shown(told), [
		[exact('10:30'), exact('11:30'), 60, null],
		[exact('11:30'), exact('13:30'), 'paused', 'interpreter_needed'],
		[exact('13:30'), exact('17:00'), 210, null],
		[exact('17:00'), exact('09:00', TUE), 'outside_hours', null],
		[exact('09:00', TUE), exact('12:30', TUE), 210, null],
	]);
	assert.deepEqual([told.limit_kind, told.limit_at, told.limit_applies, told.warn_at], ['decide_outcome', exact('10:00', '2027-03-04'), false, exact('11:30', TUE)]);
	assert.ok(told.sentences.includes('It is not later than decide_outcome allows, Thu 4 Mar 2027 10:00: that is later, and changes nothing.'));
	assert.ok(told.sentences.includes('On Mon 1 Mar 2027 11:30 P. Practitioner paused it until Mon 1 Mar 2027 13:30 (interpreter_needed: A Polish one.): due Tue 2 Mar 2027 10:30 before, Tue 2 Mar 2027 12:30 after.'));
	assert.equal(told.sentences.at(-1), 'It is paused, and due on Tue 2 Mar 2027 12:30.');

	await hub.sweep(at('13:31'));
	await hub.screen(at('14:00'), id, 'amber');
	told = await explained(at('14:00'), id, 'discuss');
	assert.deepEqual([told.limit_applies, told.due_at, told.rule], [true, exact('10:00', TUE), 'discuss, by decide_outcome/amber']);
	await hub.sweep(at('09:30', TUE));
	await hub.sweep(at('11:30', TUE));
	told = await explained(at('11:30', TUE), id, 'discuss');
	assert.deepEqual(told.levels.map((l) => [l.timing, l.level, l.role, l.reached_at, l.raised_at, l.cleared_at]), [
		[3, 1, null, exact('10:00', TUE), exact('11:30', TUE), null],
		[3, 2, 'manager', exact('11:00', TUE), exact('11:30', TUE), null],
		[3, 3, 'manager', exact('10:00', '2027-03-03'), null, null],
	]);
	assert.deepEqual(told.ledger.map((e) => [e.type, e.timing, e.reason, e.due_at_before, e.due_at]), [
		['follow_up_opened', 1, null, null, exact('10:30', TUE)],
		['follow_up_paused', 2, 'interpreter_needed', exact('10:30', TUE), exact('12:30', TUE)],
		['follow_up_resumed', 2, 'time_is_up', null, exact('12:30', TUE)],
		['follow_up_retimed', 3, 'rating', exact('12:30', TUE), exact('10:00', TUE)],
		['follow_up_warned', 3, null, null, exact('10:00', TUE)],
	]);
	assert.deepEqual(told.ledger.filter((e) => e.rating).map((e) => [e.type, e.rating_before, e.rating, e.note]), [['follow_up_retimed', 'green', 'amber', 'Read twice.']]);
	const tail = told.sentences.slice(told.sentences.findIndex((s) => s.startsWith('On Mon 1 Mar 2027 13:30')));
	assert.deepEqual(tail, [
		'On Mon 1 Mar 2027 13:30 it resumed by itself: due Tue 2 Mar 2027 12:30.',
		'On Mon 1 Mar 2027 14:00 P. Practitioner gave it another time (rating, from green to amber: Read twice.): due Tue 2 Mar 2027 12:30 before, Tue 2 Mar 2027 10:00 after.',
		'On Tue 2 Mar 2027 09:00 it was told that it is due soon, on Tue 2 Mar 2027 10:00.',
		'Timing 3 was missed on Tue 2 Mar 2027 10:00: level 1.',
		'Timing 3 was missed on Tue 2 Mar 2027 11:00: level 2, told to the role manager.',
		'If it is still open on Wed 3 Mar 2027 10:00, level 3 tells the role manager.',
		'It is open, and overdue since Tue 2 Mar 2027 10:00.',
	]);

	await hub.manager.at(at('11:40', TUE)).ok('POST', `/v1/follow-ups/${discuss.id}/waiver`, { body: { reason: 'The family has moved.' } });
	told = await explained(at('12:00', TUE), id, 'discuss');
	assert.equal(told.sentences.at(-1), 'It was waived on Tue 2 Mar 2027 11:40: The family has moved.');
	assert.ok(told.sentences.includes('Timing 3 was missed on Tue 2 Mar 2027 10:00: level 1, cleared on Tue 2 Mar 2027 11:40.'));
});

test('what a correction re-times: by the rating what that decides about, by the fact itself what it does', async () => {
	const { id } = await hub.refer(at('10:00'));
	await hub.practitioner.at(at('10:30')).ok('PATCH', `/v1/referrals/${id}`, { body: { reason: 'The school rang.', immediate_protection_needed: true }, headers: { 'if-match': '"1"' } });
	const told = async (kind) => {
		const { ledger, sentences } = await explained(at('10:40'), id, kind);
		return [...ledger.filter((e) => e.type === 'follow_up_retimed').map((e) => [e.reason, e.rating_before, e.rating, e.note]), sentences.find((s) => / gave it another time /.test(s))];
	};
	assert.deepEqual(await told('decide_outcome'), [['rating', 'amber', 'red', 'The school rang.'],
		'On Mon 1 Mar 2027 10:30 P. Practitioner gave it another time (rating, from amber to red: The school rang.): due Tue 2 Mar 2027 10:00 before, Mon 1 Mar 2027 14:00 after.']);
	assert.deepEqual(await told('triage'), [['facts', null, null, null],
		'On Mon 1 Mar 2027 10:30 P. Practitioner gave it another time (facts): due Mon 1 Mar 2027 12:00 before, Mon 1 Mar 2027 11:00 after.']);
});

test('a reason of whatever length is told whole', async () => {
	const { id } = await hub.refer(at('10:00'));
	const reason = '\u{1F9F8}'.repeat(10000);
	await hub.practitioner.at(at('10:30')).ok('POST', `/v1/referrals/${id}/screenings`, { body: { rating: 'red', reason, clarification_needed: true, topics: ['needs'] } });
	const { sentences } = await explained(at('10:40'), id, 'decide_outcome');
	assert.ok(sentences.some((s) => s.includes(`(rating, from amber to red: ${reason}): due `)));
});

test('timed by its bound: the bound\'s own sum, without the pause', async () => {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:01'), id, 'amber');
	const discuss = await hub.followUp(at('10:01'), id, 'discuss');
	await hub.practitioner.at(at('10:10')).ok('POST', `/v1/follow-ups/${discuss.id}/pause`, { body: { reason: 'interpreter_needed', note: 'A Polish one.', until: at('11:00') } });
	await hub.screen(at('10:20'), id, 'red');
	const told = await explained(at('10:21'), id, 'discuss');
	assert.deepEqual(shown(told), [[exact('10:00'), exact('14:00'), 240, null]]);
	assert.deepEqual([told.rule, told.minutes, told.limit_applies, told.limit_at, told.due_at], ['discuss/red, by decide_outcome/red', 240, true, exact('14:00'), exact('14:00')]);
	assert.ok(told.sentences.includes('Together 240 minutes, which end on Mon 1 Mar 2027 14:00.'));
	assert.ok(told.sentences.includes('It is not later than decide_outcome allows, Mon 1 Mar 2027 14:00: that is what counts.'));
});

test('elapsed time, the pause of an early end, and a met one', async () => {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'red');
	const told = await explained(at('10:31'), id, 'decide_outcome');
	assert.deepEqual(shown(told), [[exact('10:00'), exact('14:00'), 240, null]]);
	assert.ok(told.sentences.includes('Mon 1 Mar 10:00 to 14:00: 240 minutes.'));
	const triage = (await explain(at('10:31'), (await hub.followUp(at('10:31'), id, 'triage')).id)).json;
	addsUp(triage);
	assert.equal(triage.sentences.at(-1), 'It was met on Mon 1 Mar 2027 10:30, recorded on Mon 1 Mar 2027 10:30; it was due on Mon 1 Mar 2027 12:00.');
	assert.deepEqual(triage.levels, []);
});

test('without a due instant', async () => {
	const [{ covers_until: last }] = await hub.db.query('SELECT covers_until FROM calendar');
	const now = `${last}T16:30:00Z`;
	const { id } = await hub.refer(now);
	const { json: told } = await explain(now, (await hub.followUp(now, id, 'triage')).id);
	assert.deepEqual([told.due_at, told.counted_to, told.minutes, told.stretches, told.levels], [null, null, null, [], []]);
	assert.ok(told.sentences.includes('The calendar ends before so much time has passed: nobody can say when it is due.'));
	assert.equal(told.sentences.at(-1), 'It is open, and has no due instant.');
});

test('of a refused post, which has no ledger', async () => {
	await hub.agency.at(at('10:00')).post('/v1/referrals', { children: [] });
	const { items: [{ follow_up: owed }] } = await hub.practitioner.at(at('10:00')).ok('GET', '/v1/rejected-submissions');
	const { json: told } = await explain(at('10:01'), owed.id);
	addsUp(told);
	assert.deepEqual([told.ledger, told.minutes, told.limit_at, told.limit_kind], [[], 240, null, null]);
	assert.equal(told.sentences[0], 'Opened on Mon 1 Mar 2027 10:00.');
});

test('a calendar that has changed since is told of', async () => {
	const { id } = await hub.refer(at('10:00', '2027-06-14'));
	const { id: outcome } = await hub.followUp(at('10:00', '2027-06-14'), id, 'decide_outcome');
	await hub.db.query(`UPDATE follow_up SET due_at = due_at + interval '1 hour' WHERE id = $1`, [outcome]);
	const { json: told } = await explain(at('10:00', '2027-06-14'), outcome);
	assert.notEqual(told.due_at, told.recounted_at);
	assert.ok(told.sentences.includes('The calendar has changed since: it was counted by the one of then.'));
});

test('is the hub\'s alone, of a follow-up that is there', async () => {
	const { follow_ups: [owed] } = await hub.refer(at('10:00'));
	for (const [answer, status] of [[await explain(at('10:00'), owed.id, hub.agency), 403], [await explain(at('10:00'), randomUUID()), 404], [await explain(at('10:00'), 'x'), 400]])
		assert.equal(answer.status, status, answer.text);
});
