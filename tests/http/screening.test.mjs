// recordScreening: what it changes, when the discussion that it asks for is due, and what two people must say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const { agency_reference: _, ...complete } = JSON.parse(readFileSync(new URL('../../api/examples/createReferral.json', import.meta.url)));
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const needed = (rating, more = {}) => ({ rating, reason: 'Read twice.', clarification_needed: true, topics: ['significant_harm', 'needs'], ...more });
const notNeeded = (rating, more = {}) => ({ rating, reason: 'Read twice.', clarification_needed: false, not_needed_reason: 'complete_and_consistent', ...more });
let hub, support, disabled, foreign;

before(async () => {
	hub = await startHub('screening');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	support = await ctl('staff', 'add', '--name', 'S. Support', '--role', 'support');
	disabled = await ctl('staff', 'add', '--name', 'D. Gone', '--role', 'manager');
	await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [disabled]);
	const other = await ctl('partnership', 'add', '--name', 'Other hub');
	foreign = await ctl('staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager');
});
after(() => hub?.stop());

const screen = (id, now, body, who = hub.practitioner) => who.at(now).post(`/v1/referrals/${id}/screenings`, body);
async function screened(id, now, body) {
	const answer = await screen(id, now, body);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const refer = (now = at('10:00'), members) => hub.refer(now, members).then((receipt) => receipt.id);
const whole = (id, now = at('10:30')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const of = (followUps, kind) => followUps.findLast((f) => f.kind === kind);
async function refused(answer, type, pointer) {
	const { status, json } = await answer;
	assert.deepEqual([status, json.type, json.errors?.[0].pointer], [type === 'wrong-state' ? 409 : 422, `/problems/${type}`, pointer]);
	return json;
}

describe('what it changes', () => {
	test('the referral is in progress, triage is met, the discussion is owed', async () => {
		const id = await refer();
		const answer = await screen(id, at('10:30'), needed('green'));
		const { follow_ups: followUps, referral, ...said } = answer.json;
		assert.equal(answer.headers.etag, `"${said.version}"`);
		assert.deepEqual({ ...said, id: undefined, version: undefined }, {
			id: undefined, version: undefined, referral_id: id, ordinal: 1, ...needed('green'), not_needed_reason: null, agreed_by: null, agreement: null, standing: 'in_effect',
			screened_by: hub.staffId, screened_at: exact('10:30'), recorded_at: exact('10:30'),
		});
		assert.deepEqual(followUps.map((f) => [f.kind, f.state, f.met_at]).toSorted(), [
			['acknowledge', 'met', exact('10:00')], ['decide_next_steps', 'open', null], ['decide_outcome', 'open', null], ['discuss', 'open', null], ['triage', 'met', exact('10:30')]]);
		assert.deepEqual(referral, { state: 'in_progress', rating: 'green', discussed: 'no', version: said.version, next_due_at: exact('10:00', '2027-03-02') });
		const record = await whole(id);
		assert.deepEqual(record.screenings, [said]);
		assert.deepEqual([record.state, record.rating, record.rating_source, record.clarification, record.version], ['in_progress', 'green', 'screening', 'needed', said.version]);
		assert.deepEqual(record.topics.filter((t) => t.status === 'open'), [
			{ code: 'needs', weight: 'completeness', status: 'open', reason: null }, { code: 'significant_harm', weight: 'material', status: 'open', reason: null }]);
	});

	test('each is kept, the latest counts, need once found is not forgotten', async () => {
		const id = await refer();
		await screened(id, at('10:30'), needed('red'));
		const second = await hub.agree(at('11:00'), await screened(id, at('11:00'), notNeeded('green', { agreed_by: hub.managerId })), hub.manager);
		assert.equal(second.ordinal, 2);
		assert.deepEqual([of(second.follow_ups, 'discuss').state, second.referral.discussed, second.referral.next_due_at], ['cancelled', 'not_needed', exact('10:00', '2027-03-02')]);
		const { items } = await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		assert.deepEqual(items.filter((e) => e.type === 'screened').map((e) => e.data), [{ screening_id: items.find((e) => e.type === 'screened').data.screening_id, ...needed('red') },
			{ screening_id: second.id, awaits_agreement: true, ...notNeeded('green', { agreed_by: hub.managerId }) }]);
		const third = await screened(id, at('11:30'), needed('amber'));
		assert.deepEqual(third.follow_ups.filter((f) => f.kind === 'discuss').map((f) => f.state), ['cancelled', 'open']);
		const record = await whole(id);
		assert.deepEqual(record.screenings.map((s) => [s.ordinal, s.rating]), [[1, 'red'], [2, 'green'], [3, 'amber']]);
		assert.deepEqual([record.rating, record.clarification], ['amber', 'needed']);
		const [row] = await hub.db.query('SELECT clarification_ever_needed FROM referral WHERE id = $1', [id]);
		assert.equal(row.clarification_ever_needed, true);
	});

	test('a closed referral takes none, and says what it does take', async () => {
		const id = await refer();
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		const { detail } = await refused(screen(id, at('10:30'), needed('red')), 'wrong-state', undefined);
		assert.match(detail, /closed/);
		assert.match(detail, /allowed now: .*reopen/);
		assert.deepEqual((await whole(id)).screenings, []);
	});

	test('a decided one stays decided', async () => {
		const id = await refer();
		await hub.db.query("UPDATE referral SET state = 'decided' WHERE id = $1", [id]);
		assert.equal((await screened(id, at('10:30'), needed('red'))).referral.state, 'decided');
	});

	test('a judgement is a person\'s: not a system\'s', async () => {
		const answer = await screen(await refer(), at('10:30'), needed('red'), hub.system);
		assert.deepEqual([answer.status, answer.json.type], [403, '/problems/forbidden']);
	});
});

// DOMAIN section 3. Received, screened, rating; the due instant of `discuss`, worked out by hand from the calendar.
describe('when the discussion is due', () => {
	const FRIDAY = '2027-03-05';
	const cases = [
		['red: four elapsed hours, at most four from receipt', at('10:00'), at('10:30'), 'red', exact('14:00')],
		['red, screened at once', at('10:00'), at('10:00'), 'red', exact('14:00')],
		['amber: a working day, at most one from receipt', at('10:00'), at('10:30'), 'amber', exact('10:00', '2027-03-02')],
		['green: a working day; three from receipt do not bind', at('10:00'), at('10:30'), 'green', exact('10:30', '2027-03-02')],
		['green, found on the third day: the bound', at('10:00'), at('11:00', '2027-03-03'), 'green', exact('10:00', '2027-03-04')],
		['red on a Friday at 16:10 is not paused', at('16:10', FRIDAY), at('16:10', FRIDAY), 'red', exact('20:10', FRIDAY)],
		['amber on a Friday at 16:10', at('16:10', FRIDAY), at('16:10', FRIDAY), 'amber', exact('16:10', '2027-03-08')],
		['received on Saturday: from Monday\'s opening', at('12:00', '2027-03-06'), at('12:00', '2027-03-06'), 'amber', exact('09:00', '2027-03-09')],
		['received in the evening: from the next opening', at('18:30'), at('18:30'), 'amber', exact('09:00', '2027-03-03')],
		['over Easter and the change of clocks: same local time', at('16:10', '2027-03-25'), at('16:10', '2027-03-25'), 'amber', exact('15:10', '2027-03-30')],
		['over Christmas with its substitute days', at('11:00', '2027-12-24'), at('11:00', '2027-12-24'), 'amber', exact('11:00', '2027-12-29')],
		['over the Jubilee of 2022', at('10:00', '2022-06-01'), at('10:00', '2022-06-01'), 'amber', exact('10:00', '2022-06-06')],
		['over the state funeral of 2022', at('10:00', '2022-09-16'), at('10:00', '2022-09-16'), 'amber', exact('10:00', '2022-09-20')],
		['over the coronation of 2023', at('10:00', '2023-05-05'), at('10:00', '2023-05-05'), 'amber', exact('10:00', '2023-05-09')],
		['found after the outcome was due: 120 working minutes', at('10:00'), at('14:30'), 'red', exact('16:30')],
		['found at the very moment it was due', at('10:00'), at('14:00'), 'red', exact('16:00')],
		['found after, red, in the afternoon: its own four hours come first', at('10:00'), at('16:10'), 'red', exact('20:10')],
		['found after, red, in the morning: 120 working minutes come first', at('10:00'), at('09:30', '2027-03-02'), 'red', exact('11:30', '2027-03-02')],
		['found after, red, on a Friday at 16:58 is not paused', at('10:00', FRIDAY), at('16:58', FRIDAY), 'red', exact('20:58', FRIDAY)],
		['found after, red, on a Saturday', at('10:00', FRIDAY), at('12:00', '2027-03-06'), 'red', exact('16:00', '2027-03-06')],
		['found after, amber, on a Friday at 16:58', at('10:00', '2027-03-03'), at('16:58', FRIDAY), 'amber', exact('10:58', '2027-03-08')],
		['found after, amber, on a Saturday', at('10:00', '2027-03-03'), at('12:00', '2027-03-06'), 'amber', exact('11:00', '2027-03-08')],
		['found after, amber, on a Friday at 16:10', at('10:00', '2027-03-03'), at('16:10', FRIDAY), 'amber', exact('10:10', '2027-03-08')],
		['past the calendar\'s end', at('10:00', '2035-03-01'), at('10:00', '2035-03-01'), 'amber', null],
	];
	for (const [name, received, moment, rating, due] of cases) {
		test(name, async () => {
			const { follow_ups: followUps, referral } = await screened(await refer(received), moment, needed(rating));
			const discuss = of(followUps, 'discuss');
			assert.deepEqual([discuss.state, discuss.started_at, discuss.due_at, discuss.due_problem], ['open', moment.replace('Z', '.000000Z'), due, due ? null : 'calendar_ends']);
			assert.equal(referral.next_due_at, followUps.filter((f) => f.state === 'open' && f.due_at).map((f) => f.due_at).toSorted()[0] ?? null);
		});
	}

	test('a moment in the past starts the clock then', async () => {
		const { follow_ups: followUps } = await screened(await refer(), at('12:00'), needed('green', { screened_at: at('10:45') }));
		assert.deepEqual([of(followUps, 'triage').met_at, of(followUps, 'triage').met_recorded_at], [exact('10:45'), exact('12:00')]);
		assert.equal(of(followUps, 'discuss').due_at, exact('10:45', '2027-03-02'));
	});

	test('a judgement from before additional information arrived leaves the triage of that open', async () => {
		const post = (clock, more = {}) => hub.agency.at(at(clock)).ok('POST', '/v1/referrals', { body: {
			agency_reference: 'SCREENED-BEFORE', children: [{ first_name: 'Zoe', family_name: 'Example', date_of_birth: '2020-01-01' }], concerns: [{ description: 'Often hungry.' }], ...more } });
		const { id } = await post('10:00');
		await screened(id, at('10:30'), needed('green'));
		assert.equal((await post('12:00', { why_now: 'Seen again today.' })).outcome, 'additional_information');
		const late = await screened(id, at('12:10'), needed('green', { screened_at: at('11:59') }));
		assert.deepEqual([of(late.follow_ups, 'triage').state, of(late.follow_ups, 'triage').started_at], ['open', exact('12:00')]);
		const then = await screened(id, at('12:20'), needed('green', { screened_at: at('12:00') }));
		assert.deepEqual([of(then.follow_ups, 'triage').state, of(then.follow_ups, 'triage').met_at], ['met', exact('12:00')]);
	});

	test('another rating re-times what is open, from its original start', async () => {
		const id = await refer();
		const dues = [];
		for (const [clock, rating] of [['10:30', 'green'], ['11:00', 'red'], ['11:30', 'green'], ['11:45', 'green'], ['11:50', 'amber']]) {
			const { follow_ups: followUps } = await screened(id, at(clock), needed(rating));
			const open = followUps.filter((f) => f.kind === 'discuss');
			assert.equal(open.length, 1);
			dues.push([open[0].timing, open[0].started_at, open[0].due_at]);
		}
		assert.deepEqual(dues, [
			[1, exact('10:30'), exact('10:30', '2027-03-02')], [2, exact('10:30'), exact('14:00')], [3, exact('10:30'), exact('10:30', '2027-03-02')],
			[3, exact('10:30'), exact('10:30', '2027-03-02')], [4, exact('10:30'), exact('10:00', '2027-03-02')]]);
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const retimed = (kind) => items.filter((e) => e.type === 'follow_up_retimed' && e.data.kind === kind).map((e) => [e.data.timing, e.data.due_at, e.data.reason]);
		assert.deepEqual(retimed('discuss'), dues.filter(([timing], i) => timing > 1 && i !== 3).map(([timing, , due]) => [timing, due, 'rating']));
		assert.deepEqual(items.filter((e) => e.type === 'follow_up_retimed' && e.data.kind === 'discuss').map((e) => [e.data.rating_before, e.data.rating]), [['green', 'red'], ['red', 'green'], ['green', 'amber']]);
		assert.deepEqual(retimed('decide_outcome').map(([, due]) => due), [exact('10:00', '2027-03-04'), exact('14:00'), exact('10:00', '2027-03-04'), exact('10:00', '2027-03-02')]);
		assert.deepEqual(retimed('decide_next_steps').map(([, due]) => due), [exact('14:00'), exact('10:00', '2027-03-02')]);
		assert.deepEqual(items.filter((e) => e.type === 'rating_changed').map((e) => [e.data.from, e.data.to]), [['amber', 'green'], ['green', 'red'], ['red', 'green'], ['green', 'amber']]);
	});
});

// Practitioners talk first and write afterwards: the call may be logged before the screening that asked for it.
describe('a discussion that was logged before the screening', () => {
	const talk = (id, now, clock, more = {}) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: {
		result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', held_at: at(clock), ...more } });
	const flagsOf = async (id, now) => (await hub.flags(now, `referral_id=${id}&kind=discuss`)).map((g) => [g.timing, g.breached_at, g.raised_at, g.cleared_at, g.cleared_by]);

	for (const [name, clock, judged, met] of [['held after it was judged', '10:20', '10:15', true], ['held at that very moment', '10:15', '10:15', true], ['held before: the need is new', '10:14', '10:15', false]]) {
		test(name, async () => {
			const id = await refer();
			// What is owed before the discussion is done with, so that the referral's next due time tells of the discussion.
			const { id: nextSteps } = await hub.followUp(at('10:10'), id, 'decide_next_steps');
			await hub.manager.at(at('10:10')).ok('POST', `/v1/follow-ups/${nextSteps}/waiver`, { body: { reason: 'Decided elsewhere.' } });
			await talk(id, at('10:25'), clock);
			const { follow_ups: followUps, referral } = await screened(id, at('10:30'), needed('green', { screened_at: at(judged) }));
			const discuss = of(followUps, 'discuss');
			assert.deepEqual([discuss.state, discuss.started_at, discuss.met_at, discuss.met_recorded_at], met
				? ['met', exact(judged), exact(clock), exact('10:30')] : ['open', exact(judged), null, null]);
			assert.deepEqual([referral.discussed, referral.next_due_at], [met ? 'yes' : 'no', met ? exact('10:00', '2027-03-04') : exact(judged, '2027-03-02')]);
			assert.deepEqual(await flagsOf(id, at('10:30')), []);
		});
	}

	test('the earliest since then, of those that count', async () => {
		const id = await refer();
		await talk(id, at('11:00'), '10:50');
		await talk(id, at('11:01'), '10:40');
		await talk(id, at('11:02'), '10:35', { counterpart: 'agency_deputy' });
		await talk(id, at('11:03'), '10:20');
		const { follow_ups: followUps } = await screened(id, at('11:10'), needed('green', { screened_at: at('10:30') }));
		assert.deepEqual([of(followUps, 'discuss').state, of(followUps, 'discuss').met_at], ['met', exact('10:40')]);
	});

	test('what does not count leaves it open', async () => {
		const id = await refer();
		await talk(id, at('10:40'), '10:35', { method: 'message' });
		assert.equal(of((await screened(id, at('10:50'), needed('green', { screened_at: at('10:30') }))).follow_ups, 'discuss').state, 'open');
	});

	for (const [clock, cleared] of [['13:00', 'met_in_time_logged_late'], ['14:00', 'met_in_time_logged_late'], ['14:30', 'met']]) {
		test(`due at 14:00, held at ${clock}, written down at 15:00: its flag is cleared by ${cleared}`, async () => {
			const id = await refer();
			await talk(id, at('14:45'), clock);
			const { follow_ups: followUps } = await screened(id, at('15:00'), needed('red', { screened_at: at('12:00') }));
			assert.deepEqual([of(followUps, 'discuss').due_at, of(followUps, 'discuss').met_at], [exact('14:00'), exact(clock)]);
			assert.deepEqual(await flagsOf(id, at('15:00')), [[1, exact('14:00'), exact('15:00'), exact('15:00'), cleared]]);
			assert.equal((await hub.flags(at('15:00'), `referral_id=${id}&cleared=false&kind=discuss`)).length, 0);
			const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
			assert.deepEqual(items.filter((e) => e.follow_up_id === of(followUps, 'discuss').id).map((e) => e.type), ['follow_up_opened', 'flag_raised', 'follow_up_met', 'flag_cleared']);
		});
	}

	test('what it resolved stays resolved; what an earlier one resolved is asked again', async () => {
		const id = await refer();
		await talk(id, at('11:00'), '10:20', { topics: [{ code: 'needs', outcome: 'resolved' }] });
		await talk(id, at('11:00'), '10:40', { topics: [{ code: 'significant_harm', outcome: 'resolved' }] });
		await screened(id, at('11:10'), needed('green', { screened_at: at('10:30') }));
		const { topics } = await whole(id, at('11:10'));
		assert.deepEqual(topics.filter((t) => t.status !== 'offered').map((t) => [t.code, t.status]).toSorted(), [['needs', 'open'], ['significant_harm', 'resolved']]);
	});
});

describe('what is refused', () => {
	test('a moment in the future, or before the receipt', async () => {
		const id = await refer();
		await refused(screen(id, at('10:30'), needed('red', { screened_at: at('10:31') })), 'rule-broken', '/screened_at');
		await refused(screen(id, at('10:30'), needed('red', { screened_at: at('09:59') })), 'rule-broken', '/screened_at');
		assert.equal((await screen(id, at('10:30'), needed('red', { screened_at: at('10:00') }))).status, 201);
	});

	test('a judgement that lacks its half, or has the other\'s', async () => {
		const id = await refer();
		const { topics: t, ...bare } = needed('red');
		const { not_needed_reason: r, ...unreasoned } = notNeeded('red');
		for (const [body, place] of [[bare, '/topics'], [{ ...bare, topics: [] }, '/topics'], [needed('red', { topics: ['weather'] }), '/topics/0'],
			[needed('red', { topics: ['needs', 'needs'] }), '/topics/1'], [needed('red', { not_needed_reason: 'information_only' }), '/not_needed_reason'],
			[needed('red', { agreed_by: hub.managerId }), '/agreed_by'],
			[unreasoned, '/not_needed_reason'], [notNeeded('red', { topics: ['needs'] }), '/topics'], [notNeeded('blue'), '/rating'], [needed('red', { reason: '' }), '/reason']])
			await refused(screen(id, at('10:30'), body), 'invalid-body', place);
		assert.deepEqual((await whole(id)).screenings, []);
		assert.equal((await whole(id)).state, 'received');
	});

	test('"not needed" against a material topic takes a second person who can say so', async () => {
		const id = await refer();
		await refused(screen(id, at('10:30'), notNeeded('green')), 'rule-broken', '/agreed_by');
		for (const agreed of [hub.staffId, support, disabled, foreign, '01900000-0000-7000-8000-000000000000'])
			await refused(screen(id, at('10:30'), notNeeded('green', { agreed_by: agreed })), 'rule-broken', '/agreed_by');
		const asked = await screened(id, at('10:30'), notNeeded('green', { agreed_by: hub.managerId }));
		assert.deepEqual([asked.agreed_by, asked.standing, asked.referral.discussed], [hub.managerId, 'awaiting_sign_off', 'no']);
		const { standing, referral } = await hub.agree(at('10:31'), asked, hub.manager);
		assert.deepEqual([standing, referral.discussed], ['in_effect', 'not_needed']);
	});

	test('completeness alone asks for nobody', async () => {
		const id = await refer(at('10:00'), { ...complete, level_of_need: undefined });
		const record = await whole(id);
		assert.deepEqual(record.topics.map((t) => [t.code, t.weight]), [['level_of_need_missing', 'completeness']]);
		assert.equal((await screened(id, at('10:30'), notNeeded('green'))).referral.discussed, 'not_needed');
	});

	test('a material topic that a person has raised takes two as well', async () => {
		const id = await refer(at('10:00'), complete);
		await screened(id, at('10:30'), needed('green', { topics: ['level_of_need_differs'] }));
		await refused(screen(id, at('10:40'), notNeeded('green')), 'rule-broken', '/agreed_by');
	});
});

// DOMAIN section 4: "not needed" against a material topic takes two people, unless a discussion has resolved it.
describe('who may say "not needed" after what was said', () => {
	const attempt = (id, now, more = {}) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: {
		result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', ...more } });
	const materialOf = async (id) => (await whole(id)).topics.filter((t) => t.weight === 'material' && t.status !== 'resolved').map((t) => t.code);
	const resolved = (codes) => codes.map((code) => ({ code, outcome: 'resolved' }));
	const takesTwo = async (id, now) => {
		await refused(screen(id, now, notNeeded('green')), 'rule-broken', '/agreed_by');
		await screened(id, now, notNeeded('green', { agreed_by: hub.managerId }));
	};
	const asked = async (topics = ['significant_harm', 'needs']) => {
		const id = await refer();
		await screened(id, at('10:30'), needed('green', { topics }));
		return id;
	};

	test('one, once a discussion has resolved every material topic', async () => {
		const id = await asked();
		const all = await materialOf(id);
		assert.ok(all.length > 2, 'asked and offered ones');
		await attempt(id, at('11:00'), { topics: resolved(all.slice(1)) });
		await refused(screen(id, at('11:10'), notNeeded('green')), 'rule-broken', '/agreed_by');
		await attempt(id, at('11:20'), { topics: resolved(all.slice(0, 1)) });
		await screened(id, at('11:30'), notNeeded('green'));
		await screened(id, at('11:40'), notNeeded('green'));
	});

	test('one, after a consultation with no topic open', async () => {
		const id = await refer();
		await attempt(id, at('10:30'), { held_at: at('10:00', '2027-02-26'), confirmed_no_topic_open: true });
		assert.deepEqual((await whole(id)).topics.filter((t) => t.status !== 'resolved'), []);
		await screened(id, at('10:40'), notNeeded('green', { not_needed_reason: 'answered_in_consultation' }));
	});

	test('one, after a discussion with no topic open, also of those that a narrower screening had cleared', async () => {
		const id = await asked(['significant_harm', 'level_of_need_differs']);
		await screened(id, at('10:40'), needed('green', { topics: ['needs'] }));
		await attempt(id, at('11:00'), { confirmed_no_topic_open: true });
		await screened(id, at('11:10'), notNeeded('green'));
	});

	test('two, after a narrower screening: it clears what it does not ask, and resolves nothing', async () => {
		const id = await asked();
		await attempt(id, at('11:00'), { topics: resolved((await materialOf(id)).filter((code) => code !== 'significant_harm')) });
		await screened(id, at('11:10'), needed('green', { topics: ['needs'] }));
		assert.equal((await whole(id)).topics.find((t) => t.code === 'significant_harm').status, 'resolved');
		await takesTwo(id, at('11:20'));
	});

	test('two, where the cleared topic was raised by a person', async () => {
		const id = await refer(at('10:00'), complete);
		await screened(id, at('10:30'), needed('green', { topics: ['level_of_need_differs'] }));
		await screened(id, at('10:40'), needed('green', { topics: ['needs'] }));
		await takesTwo(id, at('10:50'));
	});

	for (const [name, more] of [['a written reply', { result: 'written_reply', method: 'email' }], ['a deputy', { counterpart: 'agency_deputy' }], ['an e-mail', { method: 'email' }]]) {
		test(`two, where ${name} resolved them: no discussion`, async () => {
			const id = await asked();
			await attempt(id, at('11:00'), { ...more, topics: resolved(await materialOf(id)) });
			assert.deepEqual(await materialOf(id), []);
			await takesTwo(id, at('11:20'));
		});
	}

	test('one still, when a written reply repeats what was discussed; two when the topic is asked again', async () => {
		const id = await asked();
		const all = await materialOf(id);
		await attempt(id, at('11:00'), { topics: resolved(all) });
		await attempt(id, at('11:05'), { result: 'written_reply', method: 'email', topics: resolved(all) });
		await screened(id, at('11:10'), notNeeded('green'));
		await screened(id, at('11:20'), needed('green'));
		await takesTwo(id, at('11:30'));
	});
});
