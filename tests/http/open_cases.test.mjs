// passToAllocatedWorker and acceptAllocatedWorker: its clock, who accepts, and the discussion that goes along.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const TUESDAY = '2027-03-02';
let hub;
const staff = {};
const who = {};
before(async () => {
	hub = await startHub('open_cases');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	for (const role of ['allocated_worker', 'duty']) {
		staff[role] = await ctl('staff', 'add', '--name', `Mx ${role}`, '--role', role);
		who[role] = new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--staff', staff[role], '--role', role) });
	}
	staff.both = await ctl('staff', 'add', '--name', 'Mx Both', '--role', 'allocated_worker', '--role', 'practitioner');
	who.both = new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--staff', staff.both, '--role', 'allocated_worker', '--role', 'practitioner') });
	staff.leaving = await ctl('staff', 'add', '--name', 'L. Leaving', '--role', 'allocated_worker');
	staff.gone = await ctl('staff', 'add', '--name', 'G. Gone', '--role', 'allocated_worker');
	await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [staff.gone]);
});
after(() => hub?.stop());

const refer = (now = at('10:00'), members) => hub.refer(now, members).then((receipt) => receipt.id);
const whole = (id, now = at('15:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const pass = (id, now, more = {}, by = hub.practitioner) => by.at(now).post(`/v1/referrals/${id}/allocated-worker`, { worker_name: 'W. Worker', worker_team: 'North', ...more });
const accept = (id, now, more = {}, by = who.allocated_worker) => by.at(now).post(`/v1/referrals/${id}/allocated-worker/acceptance`, more);
const of = ({ follow_ups: followUps }, kind) => followUps.findLast((f) => f.kind === kind);
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

describe('passing on', () => {
	test('what is said of the case stands on the record; the clock runs to the closing of the day', async () => {
		const id = await refer(at('10:00'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		const { children: [, second] } = await whole(id);
		const body = { worker_name: 'W. Worker', worker_team: 'North', worker_id: staff.allocated_worker, case_reference: 'C 1', children: [second.id], note: 'On a plan.' };
		const { follow_ups: f, referral, ...said } = await done(pass(id, at('11:00'), body));
		assert.deepEqual(said, { ...body, id: said.id, referral_id: id, version: said.version, passed_by: hub.staffId, passed_at: exact('11:00'), superseded_at: null,
			accepted_by: null, accepted_as: null, accepted_at: null, accepted_recorded_at: null, accepted_note: null });
		const owed = f.find((x) => x.kind === 'pass_to_allocated_worker');
		assert.deepEqual([owed.state, owed.started_at, owed.due_at, owed.unit], ['open', exact('11:00'), exact('17:00'), 'working_day_ends']);
		assert.deepEqual((await whole(id)).open_cases, [said]);
		const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'passed_to_allocated_worker');
		assert.deepEqual([event.actor.id, event.data.worker_team, event.data.open_case_id], [hub.staffId, 'North', said.id]);
	});

	test('red: an hour; at night the next working day', async () => {
		const red = await refer(at('10:00'), { immediate_protection_needed: true });
		assert.equal(of(await done(pass(red, at('11:00'))), 'pass_to_allocated_worker').due_at, exact('12:00'));
		assert.equal(of(await hub.screen(at('11:10'), red, 'green'), 'pass_to_allocated_worker').due_at, exact('17:00'), 'and it follows the rating');
		const late = await refer(at('18:00'));
		assert.equal(of(await done(pass(late, at('18:00'))), 'pass_to_allocated_worker').due_at, exact('17:00', TUESDAY));
	});

	test('all children where it does not say', async () => {
		const id = await refer(at('10:00'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		const { children } = await whole(id);
		assert.deepEqual((await done(pass(id, at('11:00')))).children, children.map((c) => c.id));
	});

	test('passed again, to another: the clock goes on, the latest counts', async () => {
		const id = await refer();
		await done(pass(id, at('11:00')));
		const second = await done(pass(id, at('12:00'), { worker_name: 'V. Other' }));
		assert.deepEqual(second.follow_ups.filter((f) => f.kind === 'pass_to_allocated_worker').map((f) => f.started_at), [exact('11:00')]);
		const { id: accepted } = await done(accept(id, at('12:10')));
		assert.equal(accepted, second.id);
		assert.deepEqual((await whole(id)).open_cases.map((o) => [o.worker_name, o.accepted_as, o.superseded_at]), [['W. Worker', null, exact('12:00')], ['V. Other', 'allocated_worker', null]]);
	});
});

describe('several children, several cases', () => {
	const referTwo = async () => {
		const id = await refer(at('10:00'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		return [id, ...(await whole(id)).children.map((c) => c.id)];
	};
	const clock = ({ follow_ups: followUps }) => followUps.filter((f) => f.kind === 'pass_to_allocated_worker').map((f) => [f.state, f.met_at]);
	const shown = async (id) => (await whole(id)).open_cases.map((o) => [o.worker_name, o.superseded_at, o.accepted_at]);

	test('each is accepted by itself; the clock runs until the last', async () => {
		const [id, a, b] = await referTwo();
		const one = await done(pass(id, at('11:00'), { worker_name: 'Mx One', case_reference: 'C1', children: [a] }));
		const two = await done(pass(id, at('11:05'), { worker_name: 'Mx Two', case_reference: 'C2', children: [b] }));
		assert.match((await refused(accept(id, at('11:10')), 422, 'rule-broken', '/open_case_id')).detail, /2 open cases/);
		await refused(accept(id, at('11:10'), { open_case_id: randomUUID() }), 422, 'rule-broken', '/open_case_id');
		await refused(accept(id, at('11:10'), { open_case_id: 'x' }), 422, 'invalid-body', '/open_case_id');
		const first = await done(accept(id, at('11:30'), { open_case_id: two.id }));
		assert.deepEqual([first.id, clock(first)], [two.id, [['open', null]]]);
		assert.match((await refused(accept(id, at('11:35'), { open_case_id: two.id }), 409, 'wrong-state')).detail, /allowed now: pass, acceptance of an open case that waits/);
		const last = await done(accept(id, at('12:00'), { accepted_at: at('11:20') }));
		assert.deepEqual([last.id, clock(last)], [one.id, [['met', exact('11:30')]]], 'met when the later of the two had accepted');
		assert.deepEqual(await shown(id), [['Mx One', null, exact('11:20')], ['Mx Two', null, exact('11:30')]]);
		await refused(accept(id, at('12:10')), 409, 'wrong-state');
	});

	test('a flag is raised for the one that nobody accepted', async () => {
		const [id, a, b] = await referTwo();
		await done(pass(id, at('11:00'), { children: [a] }));
		const two = await done(pass(id, at('11:00'), { children: [b] }));
		await done(accept(id, at('11:30'), { open_case_id: two.id }));
		await hub.sweep(at('17:01'));
		assert.equal((await whole(id)).flags.filter((g) => g.kind === 'pass_to_allocated_worker').length, 1);
	});

	test('the same children passed again supersede it, some of them do not', async () => {
		const [id, a, b] = await referTwo();
		const both = await done(pass(id, at('11:00'), { worker_name: 'Mx Both' }));
		const one = await done(pass(id, at('11:10'), { worker_name: 'Mx One', children: [a] }));
		assert.deepEqual(await shown(id), [['Mx Both', null, null], ['Mx One', null, null]]);
		await done(pass(id, at('11:20'), { worker_name: 'Mx Two', children: [b] }));
		assert.deepEqual(await shown(id), [['Mx Both', exact('11:20'), null], ['Mx One', null, null], ['Mx Two', null, null]]);
		assert.match((await refused(accept(id, at('11:25'), { open_case_id: both.id }), 409, 'wrong-state')).detail, /passed on again since/);
		await done(accept(id, at('11:30'), { open_case_id: one.id }));
		assert.deepEqual(clock(await done(accept(id, at('11:40')))), [['met', exact('11:40')]]);
	});

	test('the same pass sent twice waits once', async () => {
		const [id, a] = await referTwo();
		await done(pass(id, at('11:00'), { children: [a] }));
		const again = await done(pass(id, at('11:01'), { children: [a] }));
		const said = await done(accept(id, at('11:10')));
		assert.deepEqual([said.id, clock(said)], [again.id, [['met', exact('11:10')]]]);
		assert.deepEqual((await shown(id)).map(([, superseded]) => superseded), [exact('11:01'), null]);
	});
});

describe('accepting', () => {
	for (const [role, as] of [['allocated_worker', 'allocated_worker'], ['manager', 'manager'], ['duty', 'duty']]) {
		test(`by ${role}`, async () => {
			const by = who[role] ?? hub.manager;
			const id = await refer();
			await done(pass(id, at('11:00')));
			const said = await done(accept(id, at('11:30'), { note: 'Mine.' }, by));
			assert.deepEqual([said.accepted_as, said.accepted_by, said.accepted_at, said.accepted_note], [as, staff[role] ?? hub.managerId, exact('11:30'), 'Mine.']);
			assert.deepEqual([of(said, 'pass_to_allocated_worker').state, of(said, 'pass_to_allocated_worker').met_at], ['met', exact('11:30')]);
			const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'accepted_by_allocated_worker');
			assert.deepEqual([event.data.accepted_as, event.data.discussion_moved_along], [as, false]);
		});
	}

	test('it is the worker\'s from then on, where they are staff here', async () => {
		const [own, named, outside] = [await refer(), await refer(), await refer()];
		await done(pass(own, at('11:00')));
		await done(pass(named, at('11:00'), { worker_id: staff.allocated_worker }));
		await done(pass(outside, at('11:00')));
		await done(accept(own, at('11:30')));
		await done(accept(named, at('11:30'), {}, hub.manager));
		await done(accept(outside, at('11:30'), {}, who.duty));
		assert.deepEqual((await Promise.all([own, named, outside].map((id) => whole(id)))).map((r) => r.assigned_to), [staff.allocated_worker, staff.allocated_worker, null]);
		const record = await whole(named);
		assert.deepEqual(record.assignments.map((a) => [a.assigned_by, a.reason]), [[hub.managerId, 'accepted for the open case']]);
		assert.equal(record.version, record.open_cases[0].version);
	});

	test('an unfinished discussion moves along: whose it is changes, and nothing else', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'green');
		const before = of(await whole(id), 'discuss');
		assert.deepEqual([before.state, before.responsible], ['open', null]);
		await done(pass(id, at('11:00')));
		assert.deepEqual(of(await whole(id), 'discuss'), before, 'not before it is accepted');
		const said = await done(accept(id, at('11:30')));
		assert.deepEqual(of(said, 'discuss'), { ...before, responsible: 'allocated_worker' });
		const listed = await hub.manager.at(at('15:00')).ok('GET', `/v1/referrals/${id}/follow-ups`);
		assert.equal(of({ follow_ups: listed.items }, 'discuss').responsible, 'allocated_worker');
		const [event] = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'accepted_by_allocated_worker');
		assert.equal(event.data.discussion_moved_along, true);
		const held = await hub.practitioner.at(at('12:00')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes' } });
		assert.equal(of(held, 'discuss').state, 'met');
	});

	describe('until every child is with a worker who is staff here it stays the hub\'s', () => {
		const discuss = async (id) => of(await whole(id), 'discuss').responsible;
		const child = async (...names) => {
			const id = await refer(at('10:00'), { children: names.map((name) => ({ first_name: name })) });
			await hub.screen(at('10:30'), id, 'green');
			return [id, ...(await whole(id)).children.map((c) => c.id)];
		};
		const passed = async (id, children, more = {}) => (await done(pass(id, at('11:00'), { children, ...more }))).id;

		test('one child of two has gone over; then both', async () => {
			const [id, a, b] = await child('A.', 'B.');
			const one = await passed(id, [a]);
			await done(accept(id, at('11:10'), { open_case_id: one }));
			assert.equal(await discuss(id), null, 'B. was passed to nobody');
			const two = await passed(id, [b], { worker_id: staff.allocated_worker });
			assert.equal(await discuss(id), null);
			await done(accept(id, at('11:20'), { open_case_id: two }, hub.manager));
			assert.equal(await discuss(id), 'allocated_worker');
		});

		test('the worker is nobody here, of one of them or of the only one', async () => {
			const [id, a, b] = await child('A.', 'B.');
			const [one, two] = [await passed(id, [a]), await passed(id, [b])];
			await done(accept(id, at('11:10'), { open_case_id: one }, hub.manager));
			await done(accept(id, at('11:20'), { open_case_id: two }));
			assert.equal(await discuss(id), null);
			const [only] = await child('A.');
			await done(pass(only, at('11:00')));
			await done(accept(only, at('11:10'), {}, who.duty));
			assert.equal(await discuss(only), null);
			await done(pass(only, at('11:20')));
			await done(accept(only, at('11:30')));
			assert.equal(await discuss(only), 'allocated_worker', 'passed again, and accepted by one who is');
		});

		test('the worker has left, or a child was passed on again and nobody has accepted', async () => {
			const [id] = await child('A.');
			await done(pass(id, at('11:00'), { worker_id: staff.leaving }));
			await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [staff.leaving]);
			await done(accept(id, at('11:10'), {}, hub.manager));
			assert.equal(await discuss(id), null);
			const [other, a, b] = await child('A.', 'B.');
			await done(accept(other, at('11:10'), { open_case_id: await passed(other, [a]) }));
			await passed(other, [a]);
			await done(accept(other, at('11:20'), { open_case_id: await passed(other, [b]) }));
			assert.equal(await discuss(other), null);
			await done(accept(other, at('11:30')));
			assert.equal(await discuss(other), 'allocated_worker');
		});
	});

	test('whose it is now logs the attempts; it is met by what a practitioner held', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'green');
		await done(pass(id, at('11:00'), { worker_id: staff.allocated_worker }));
		await done(accept(id, at('11:30')));
		const spoke = (by, now) => by.at(now).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes' } });
		const own = await spoke(who.allocated_worker, at('12:00'));
		assert.deepEqual([own.held_by, own.why_not, of(own, 'discuss').state], [staff.allocated_worker, ['holder_not_practitioner'], 'open']);
		const both = await spoke(who.both, at('12:30'));
		assert.deepEqual([both.held_by, both.why_not, of(both, 'discuss').state], [staff.both, [], 'met']);
	});

	test('late: flagged to the minute, and in time when it was only written down late', async () => {
		const [late, logged] = [await refer(), await refer()];
		for (const id of [late, logged]) await done(pass(id, at('11:00')));
		await hub.sweep(at('17:01'));
		await done(accept(late, at('09:30', TUESDAY)));
		await done(accept(logged, at('09:30', TUESDAY), { accepted_at: at('16:59') }));
		const flag = async (id) => (await whole(id, at('10:00', TUESDAY))).flags.filter((g) => g.kind === 'pass_to_allocated_worker').map((g) => [g.breached_at, g.cleared_by]);
		assert.deepEqual(await flag(late), [[exact('17:00'), 'met']]);
		assert.deepEqual(await flag(logged), [[exact('17:00'), 'met_in_time_logged_late']]);
	});
});

test('until it is accepted it is in the work of those who may: the worker, managers and duty', async () => {
	const id = await refer();
	await done(pass(id, at('11:00')));
	const seen = async (by) => {
		const { items, counts } = await by.at(at('11:10')).ok('GET', '/v1/work?view=team&limit=200');
		assert.equal(counts.team.count, items.length);
		return items.filter((i) => i.referral_id === id && i.kind === 'pass_to_allocated_worker').map((i) => i.responsible);
	};
	const views = async () => Object.fromEntries(await Promise.all([['worker', who.allocated_worker], ['both', who.both], ['manager', hub.manager], ['duty', who.duty], ['practitioner', hub.practitioner]]
		.map(async ([name, by]) => [name, await seen(by)])));
	const theirs = ['allocated_worker'];
	assert.deepEqual(await views(), { worker: theirs, both: theirs, manager: theirs, duty: theirs, practitioner: [] });
	await done(accept(id, at('11:20'), {}, who.duty));
	assert.deepEqual(await seen(hub.manager), []);
});

describe('what is refused', () => {
	test('passing on: whom and what nobody knows', async () => {
		const id = await refer();
		const other = (await whole(await refer())).children[0].id;
		for (const worker of [hub.staffId, staff.duty, staff.gone, randomUUID()]) await refused(pass(id, at('11:00'), { worker_id: worker }), 422, 'rule-broken', '/worker_id');
		for (const child of [other, randomUUID()]) await refused(pass(id, at('11:00'), { children: [child] }), 422, 'rule-broken', '/children');
		for (const [more, place] of [[{ worker_name: undefined }, '/worker_name'], [{ worker_team: '' }, '/worker_team'], [{ children: [] }, '/children'], [{ worker_id: 'x' }, '/worker_id']])
			await refused(pass(id, at('11:00'), more), 422, 'invalid-body', place);
		assert.deepEqual((await whole(id)).open_cases, []);
	});

	test('accepting what was passed to nobody, or was accepted', async () => {
		const id = await refer();
		assert.match((await refused(accept(id, at('11:00')), 409, 'wrong-state')).detail, /passed to nobody; allowed now: pass/);
		await done(pass(id, at('11:00')));
		await refused(accept(id, at('11:10'), { accepted_at: at('11:11') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, at('11:10'), { accepted_at: at('10:59') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, at('11:10'), { accepted_at: 'then' }), 422, 'invalid-body', '/accepted_at');
		await done(accept(id, at('11:10')));
		assert.match((await refused(accept(id, at('11:20')), 409, 'wrong-state')).detail, /accepted already; allowed now: pass/);
		await done(pass(id, at('12:00')));
	});

	test('whoever passed it on does not accept it for the worker; another manager does, and the worker who passed it to themselves', async () => {
		const id = await refer();
		await done(pass(id, at('11:00'), {}, hub.manager));
		assert.match((await refused(accept(id, at('11:10'), {}, hub.manager), 422, 'rule-broken', '/open_case_id')).detail, /passed this on yourself/);
		await done(accept(id, at('11:20'), {}, who.duty));
		const own = await refer();
		await done(pass(own, at('11:00'), {}, who.both));
		assert.equal((await done(accept(own, at('11:10'), {}, who.both))).accepted_as, 'allocated_worker');
	});

	test('a closed referral', async () => {
		const id = await refer();
		await done(pass(id, at('11:00')));
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		for (const answer of [pass(id, at('12:00')), accept(id, at('12:00'))]) assert.match((await refused(answer, 409, 'wrong-state')).detail, /'pass_on'; allowed now: .*reopen/);
	});

	test('those who may not, and what is not there', async () => {
		const id = await refer();
		for (const by of [hub.agency, hub.system, who.duty, who.allocated_worker]) await refused(pass(id, at('11:00'), {}, by), 403, 'forbidden');
		await done(pass(id, at('11:00')));
		for (const by of [hub.agency, hub.system, hub.practitioner]) await refused(accept(id, at('11:00'), {}, by), 403, 'forbidden');
		await refused(pass(randomUUID(), at('11:00')), 404, 'not-found');
		await refused(accept(randomUUID(), at('11:00')), 404, 'not-found');
	});
});

test('the agency sees nothing of it', async () => {
	const id = await refer();
	await done(pass(id, at('11:00'), { note: 'On a plan.' }));
	await done(accept(id, at('11:30')));
	const seen = JSON.stringify([await hub.agency.ok('GET', `/v1/referrals/${id}`), await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`), await hub.agency.ok('GET', `/v1/referrals/${id}/follow-ups`)]);
	for (const word of ['W. Worker', 'On a plan', 'allocated']) assert.ok(!seen.includes(word), word);
});
