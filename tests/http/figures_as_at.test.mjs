// The figures of a past moment, asked again after more was done: the same answer, by every grouping.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addPeople, attempt, childrenOf, decided } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const THEN = `${DAY}T12:00:00.000000Z`;
const LATER = `${DAY}T14:00:00Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('figures_as_at')); });
after(() => hub?.stop());

const asked = async (now, asAt) => Promise.all([undefined, 'agency', 'source', 'rating', 'month'].map((by) =>
	hub.manager.at(now).ok('GET', `/v1/metrics/follow-up?from=2027-03-01&to=2027-03-02&as_at=${asAt}${by ? `&group_by=${by}` : ''}`)));
const patch = async (now, id, body) => {
	const { headers } = await hub.practitioner.at(now).get(`/v1/referrals/${id}`);
	const answer = await hub.practitioner.at(now).patch(`/v1/referrals/${id}`, body, { 'if-match': headers.etag });
	assert.equal(answer.status, 200, answer.text);
};

// Enters that the hub was closed on the day all this happened.
async function closeTheDay(now) {
	const manager = hub.manager.at(now);
	const { items } = await manager.ok('GET', '/v1/calendars');
	const { json: calendar, headers } = await manager.get(`/v1/calendars/${items.find((c) => c.is_default).id}`);
	const body = Object.fromEntries(['name', 'time_zone', 'is_default', 'covers_from', 'covers_until', 'hours', 'days'].map((name) => [name, calendar[name]]));
	body.days = [...body.days, { date: DAY, kind: 'closure', title: 'Flood' }].sort((a, b) => (a.date < b.date ? -1 : 1));
	const answer = await manager.put(`/v1/calendars/${calendar.id}`, body, { 'if-match': headers.etag });
	assert.equal(answer.status, 200, answer.text);
}

test('what is done after a moment changes nothing of its figures, and all of the later ones', async () => {
	const ids = [];
	for (let i = 0; i < 6; i++) {
		const { id } = await hub.refer(`${DAY}T09:0${i}:00Z`, {
			record_kind: i === 5 ? 'notification' : 'request_for_service', source: '2A', referrer: { kind: 'professional', name: 'P. Q.' },
			children: [{ first_name: 'A.', family_name: 'Example', nhs_number: '9990000018' }],
		});
		ids.push(id);
		if (i < 4) await hub.screen(`${DAY}T10:00:00Z`, id, 'amber', i < 3);
	}
	await attempt(hub, `${DAY}T10:30:00Z`, ids[0], { confirmed_no_topic_open: true });
	await attempt(hub, `${DAY}T10:30:00Z`, ids[1], { result: 'no_answer' });
	const cite = async (now, id) => decided(hub, now, id, { outcome: 'no_further_action', agreed_by: hub.colleagueId,
		discussions: [{ contact_attempt_id: (await hub.manager.at(now).ok('GET', `/v1/referrals/${id}`)).contact_attempts[0].id, effect: 'changed_outcome' }] });
	await cite(`${DAY}T11:00:00Z`, ids[0]);
	const before = await asked(THEN, THEN);

	await hub.screen(LATER, ids[0], 'red');
	await hub.screen(LATER, ids[3], 'green', true);
	await hub.screen(LATER, ids[4], 'red');
	await attempt(hub, LATER, ids[2], { held_at: `${DAY}T11:30:00Z`, confirmed_no_topic_open: true });
	await cite(LATER, ids[2]);
	await hub.practitioner.at(LATER).ok('POST', `/v1/referrals/${ids[0]}/feedback`, { body: { content: 'full', method: 'phone', text: 'Thank you.' } });
	await patch(LATER, ids[1], { source: '6', referrer: { kind: 'public', identity_wish: 'anonymous' }, reason: 'The school was only told.' });
	const [child] = await childrenOf(hub, LATER, ids[4]);
	await patch(LATER, ids[4], { children: [{ id: child, first_name: 'A.', family_name: 'Example', nhs_number: '9990000026' }, { first_name: 'B.' }], reason: 'Another child.' });
	await patch(LATER, ids[5], { record_kind: 'request_for_service', reason: 'More than a note.' });
	await hub.sweep(LATER);
	assert.deepEqual(await asked(LATER, THEN), before);
	await closeTheDay('2027-03-08T11:00:00Z'); // long after: nobody is prompter for it
	assert.deepEqual(await asked('2027-03-08T12:00:00Z', THEN), before);

	const numbers = (answer) => answer.figures.map((f) => [f.name, f.group, f.numerator, f.denominator]);
	const now = await asked('2027-03-08T12:00:00Z', '2027-03-08T12:00:00Z');
	for (const [i, answer] of now.entries()) assert.notDeepEqual(numbers(answer), numbers(before[i]));
	assert.equal(now[0].figures.find((f) => f.name === 'electronic_received').numerator, 6);
	assert.equal(before[0].figures.find((f) => f.name === 'electronic_received').numerator, 5);
	assert.deepEqual(now[3].figures.filter((f) => f.name === 'electronic_received').map((f) => [f.group, f.numerator]), [['amber', 3], ['green', 1], ['red', 2]]);
});

// What the figures of a day say, asked at that moment and, all together, again at the end: nobody's work has changed them.
function diary(day) {
	const next = `${day.slice(0, 8)}${String(Number(day.slice(8)) + 1).padStart(2, '0')}`;
	const read = (now, asAt) => hub.manager.at(now).ok('GET', `/v1/metrics/follow-up?from=${day}&to=${next}&as_at=${asAt}`);
	const kept = [];
	return {
		// The named numerators and denominators, by name (and band), at a moment of which nobody has asked before.
		async at(now, wanted) {
			const said = await read(now, now);
			kept.push([now, said]);
			const told = Object.fromEntries(said.figures.map((f) => [f.band ? `${f.name} ${f.band}` : f.name, [f.numerator, f.denominator]]));
			assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, told[name]])), wanted, now);
		},
		async again(now) {
			for (const [then, said] of kept) assert.deepEqual(await read(now, then), said, then);
		},
	};
}
const family = (n, numbers = []) => Array.from({ length: n }, (_, i) => ({ first_name: 'A.', family_name: 'Example', ...(numbers[i] && { nhs_number: numbers[i] }) }));
const at = (clock, day) => `${day}T${clock}:00Z`;

test('a follow-up whose new due instant has passed already is overdue from its re-timing on, and not a moment before', async () => {
	const day = '2027-03-08';
	const figures = diary(day);
	// Three are open, and while it is red what duty is asked from the closing on (each time it was: `asked`): how many are overdue, how
	// many ever were, whether the outcome is due, and was decided in time.
	let asked = 0;
	const stand = (overdue, ever, due, inTime = [0, due]) => ({
		'overdue_now under_4_hours': [overdue, 3 + due], 'overdue_now 4_to_24_hours': [0, 3 + due], ever_overdue: [ever, 5 + asked], not_yet_due: [1 - due, 1], outcome_in_time: inTime,
	});
	const { id } = await hub.refer(at('09:00', day));
	await hub.screen(at('10:00', day), id, 'green');
	await figures.at(at('13:30', day), stand(0, 0, 0));
	await figures.at(`${day}T13:59:59.999999Z`, stand(0, 0, 0));
	await hub.screen(at('14:00', day), id, 'red'); // due at 13:00, all three
	asked++;
	for (const kind of ['decide_next_steps', 'decide_outcome', 'discuss']) assert.equal((await hub.followUp(at('14:00', day), id, kind)).due_at, `${day}T13:00:00.000000Z`);
	await figures.at(at('14:00', day), stand(3, 3, 1));
	await figures.at(at('15:00', day), stand(3, 3, 1));
	await hub.screen(at('16:00', day), id, 'green'); // due tomorrow, and later
	await figures.at(at('16:00', day), stand(0, 3, 0));
	await hub.screen(at('16:10', day), id, 'red');
	asked++;
	assert.ok(await hub.sweep(at('16:20', day)) >= 3);
	await figures.at(at('16:30', day), stand(3, 3, 1));
	await hub.screen(at('16:40', day), id, 'amber');
	await figures.at(at('16:50', day), stand(0, 3, 0));
	await figures.again(at('17:00', day));
	await figures.again('2027-04-30T12:00:00Z');
});

test('staff say who is the same child, take it back and say it again: each moment has what was said by then', async () => {
	const day = '2027-03-15';
	const later = '2027-03-16';
	const figures = diary(day);
	const nothing = { outcome: 'no_further_action' };
	const rows = [];
	for (const [now, nhs] of [[at('09:00', day)], [at('09:10', day), '9990000018'], [at('09:00', later)], [at('09:10', later)], [at('09:20', later), '9990000018']]) {
		const { id } = await hub.refer(now, { children: family(1, [nhs]) });
		rows.push({ referral_id: id, subject_id: (await childrenOf(hub, now, id))[0] });
	}
	const [first, numbered, second, third, sameNumber] = rows;
	for (const { referral_id: id } of [first, numbered]) {
		await hub.screen(at('10:00', day), id, 'amber', false);
		await decided(hub, at('11:00', day), id, nothing);
	}
	for (const { referral_id: id } of [third]) {
		await hub.screen(at('10:00', later), id, 'amber', false);
		await decided(hub, at('11:00', later), id, nothing);
	}
	const repeats = diary(later);
	const stand = async (clock, again, repeated) => {
		await figures.at(at(clock, later), { referred_again: [again, 2] });
		await repeats.at(at(clock, later), { repeated_no_further_action: [repeated, 1] });
	};
	const say = (clock, { referral_id: id, subject_id: subject }, same, more = {}) => hub.practitioner.at(at(clock, later)).ok('POST', `/v1/referrals/${id}/person-links`,
		{ body: { subject_id: subject, ...(same && { same_as: same }), ...more } });
	const undo = (clock, { referral_id: id }, link) => hub.practitioner.at(at(clock, later)).ok('POST', `/v1/referrals/${id}/person-links/${link}/undo`, { body: { reason: 'No.' } });

	await stand('12:00', 1, 0); // the number
	const link = await say('12:10', second, first);
	await stand('12:10', 2, 0);
	await undo('12:20', second, link.id);
	await stand('12:20', 1, 0);
	const again = await say('12:30', second, first);
	await stand('12:30', 2, 0);
	const chained = await say('12:40', third, second); // a chain: the third is the first
	await stand('12:40', 2, 1);
	await undo('12:50', second, again.id); // the two others are one person still
	await stand('12:50', 2, 1);
	await undo('13:00', third, chained.id);
	await stand('13:00', 1, 0);
	const { id: elsewhere } = await hub.refer(at('13:02', later), { household: [{ first_name: 'A.', relationship: 'Sister' }] });
	const { household: [{ id: sister }] } = await hub.manager.at(at('13:04', later)).ok('GET', `/v1/referrals/${elsewhere}`);
	await say('13:05', { referral_id: elsewhere, subject_id: sister }, first); // the child, but it is not about her
	await stand('13:05', 1, 0);
	await say('13:10', numbered, sameNumber, { decision: 'rejected' }); // one number, two children
	await stand('13:10', 0, 0);
	await say('13:20', numbered, sameNumber);
	await stand('13:20', 1, 0);
	await figures.again(at('14:00', later));
	await repeats.again('2027-04-30T12:00:00Z');
});

test('passed on is a referral once whoever has the cases of all its children has accepted, before anything else was decided', async () => {
	const day = '2027-04-05';
	const next = '2027-04-06';
	const figures = diary(day);
	const { id } = await hub.refer(at('10:00', day), { children: family(2) });
	const [a, b] = await childrenOf(hub, at('10:00', day), id);
	const stand = (clock, passed) => figures.at(at(clock, next), { passed_to_allocated_worker: [passed, 1], fully_discussed: [0, 1 - passed] });
	const pass = (clock, ...of) => hub.practitioner.at(at(clock, next)).ok('POST', `/v1/referrals/${id}/allocated-worker`, { body: { worker_name: 'W. Worker', worker_team: 'North', children: of } });
	const accept = (clock, { id: which }, more = {}) => hub.manager.at(at(clock, next)).ok('POST', `/v1/referrals/${id}/allocated-worker/acceptance`, { body: { open_case_id: which, ...more } });

	const first = await pass('11:00', a);
	await stand('11:00', 0);
	await accept('11:10', first);
	await stand('11:10', 0); // the other child is the hub's
	const second = await pass('11:20', b);
	await accept('11:30', second);
	await stand('11:30', 1);
	const third = await pass('11:40', a);
	await stand('11:40', 0); // the latest counts
	await stand('11:47', 0);
	await accept('11:50', third, { accepted_at: at('11:45', next) }); // nobody had said so by then
	await stand('11:50', 1);
	await hub.screen(at('12:00', next), id, 'amber', false);
	await decided(hub, at('12:10', next), id);
	await stand('12:10', 1);
	await pass('12:20', a, b); // what comes after the decision changes nothing of it
	await stand('12:20', 1);
	await figures.again(at('13:00', next));
});
