// listWork: mine, my team's, unassigned, what waits for my word, by due time, with counts. actOnMany: a result for each.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const NOW = at('13:00');
let hub;
const referrals = [];
const act = (body, { who = hub.practitioner, headers } = {}) => who.at(NOW).post('/v1/referrals/actions', body, headers);
const assign = (ids, to, more = {}) => act({ action: 'assign', assigned_to: to, reason: 'Rota.', referrals: ids.map((id) => (typeof id === 'string' ? { id } : id)), ...more });
const versionOf = async (id) => (await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}`)).version;
const open = async (id) => (await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}/follow-ups`)).items.filter((f) => f.state === 'open');

// Six referrals by e-mail, ten minutes apart from 10:00; the practitioner has the first two, the colleague the third.
before(async () => {
	hub = await addPeople(await startHub('work'));
	for (let i = 0; i < 6; i++) referrals.push(await hub.refer(at(`10:${i}0`), { channel: 'secure_email' }));
	await assign([referrals[0].id, referrals[1].id], hub.staffId);
	await assign([referrals[2].id], hub.colleagueId);
});
after(() => hub?.stop());

const work = (who, view, more = '') => who.at(NOW).ok('GET', `/v1/work?view=${view}${more}`);
const ids = (list) => list.map((f) => f.id).toSorted();
const openOf = async (list) => ids((await Promise.all(list.map((r) => open(r.id)))).flat());
const inOrder = (items) => assert.deepEqual(items.map((i) => i.due_at ?? 'infinity'), items.map((i) => i.due_at ?? 'infinity').toSorted());

describe('listWork', () => {
	test('mine: what is open of the referrals that I have, by due time', async () => {
		const { items, next, counts } = await work(hub.practitioner, 'mine');
		assert.deepEqual(ids(items), await openOf(referrals.slice(0, 2)));
		inOrder(items);
		assert.equal(next, null);
		assert.deepEqual(counts.mine, { count: items.length, or_more: false });
		const first = items[0];
		assert.deepEqual(first, {
			type: 'follow_up', id: first.id, referral_id: referrals[0].id, referral_reference: referrals[0].reference, version: 2, state: 'received', rating: 'amber', kind: 'triage',
			subject_kind: null, due_at: `${DAY}T12:00:00.000000Z`, overdue: true, responsible: 'practitioner', assigned_to: hub.staffId, asked_at: null, asked_by: null,
		});
		assert.deepEqual((await work(hub.leader, 'mine')).items, []);
	});

	test('unassigned: of referrals that nobody has, and of posts that were refused', async () => {
		assert.equal((await hub.agency.at(at('12:00')).post('/v1/referrals', { children: 'x' })).status, 422);
		const { items, counts } = await work(hub.practitioner, 'unassigned');
		const refused = items.filter((i) => i.referral_id === null);
		assert.deepEqual(refused.map((i) => [i.kind, i.referral_reference, i.version, i.assigned_to]), [['resubmission', null, null, null]]);
		assert.deepEqual(ids(items.filter((i) => i.referral_id)), await openOf(referrals.slice(3)));
		assert.deepEqual(counts.unassigned, { count: items.length, or_more: false });
		inOrder(items);
	});

	test('team: what falls to my roles, whoever has it', async () => {
		const all = (await Promise.all(referrals.map((r) => open(r.id)))).flat();
		const seen = {};
		for (const role of ['practitioner', 'manager', 'duty']) {
			const { items, counts } = await work(role === 'manager' ? hub.manager : hub[role], 'team');
			assert.ok(items.every((i) => i.responsible === role || (role === 'practitioner' && i.responsible === 'support')));
			assert.deepEqual(counts.team, { count: items.length, or_more: false });
			inOrder(items);
			seen[role] = items.filter((i) => i.referral_id).map((i) => i.id);
		}
		assert.deepEqual(Object.values(seen).flat().toSorted(), ids(all));
		assert.ok(seen.practitioner.length > 0);
	});

	test('what was passed to the allocated worker is theirs, not the practitioners\'', async () => {
		const { id } = await hub.refer(at('10:30'));
		await hub.screen(at('10:40'), id, 'amber');
		const [discuss] = (await open(id)).filter((f) => f.kind === 'discuss');
		const of = async (view) => (await work(hub.practitioner, view, '&limit=200')).items.find((i) => i.id === discuss.id)?.responsible;
		assert.equal(await of('team'), 'practitioner');
		await hub.db.query("UPDATE follow_up SET responsible = 'allocated_worker' WHERE id = $1", [discuss.id]);
		assert.deepEqual([await of('team'), await of('unassigned')], [undefined, 'allocated_worker']);
		await assign([id], hub.leaderId);
	});

	test('awaiting_sign_off: what waits for my word, asked first on top', async () => {
		const asked = [];
		for (const clock of ['11:00', '11:05', '11:10']) {
			const { id } = await hub.refer(at('10:50'));
			await hub.practitioner.at(at(clock)).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
				rating: 'green', reason: 'x', clarification_needed: false, not_needed_reason: 'complete_and_consistent', agreed_by: hub.colleagueId } });
			asked.push(id);
		}
		const { items, counts } = await work(hub.colleague, 'awaiting_sign_off');
		assert.deepEqual(items.map((i) => [i.type, i.referral_id, i.subject_kind, i.kind, i.asked_by]), asked.map((id) => ['sign_off', id, 'screening', null, hub.staffId]));
		assert.deepEqual(counts.awaiting_sign_off, { count: 3, or_more: false });
		for (const who of [hub.manager, hub.practitioner]) assert.deepEqual((await work(who, 'awaiting_sign_off')).items, []);
		const first = await work(hub.colleague, 'awaiting_sign_off', '&limit=2');
		const rest = await work(hub.colleague, 'awaiting_sign_off', `&limit=2&cursor=${first.next}`);
		assert.deepEqual([...first.items, ...rest.items], items);
		await assign(asked, hub.leaderId);
	});

	test('a flag\'s plan waits for any manager but the one who wrote it', async () => {
		const { id } = await hub.refer(at('09:00'), { immediate_protection_needed: true });
		await hub.sweep(at('13:30'));
		const flags = (await hub.flags(at('13:30'), `referral_id=${id}&limit=200`)).filter((g) => g.level === 1);
		await hub.practitioner.at(at('13:30')).ok('POST', `/v1/flags/${flags[2].id}/acknowledgement`, { body: { plan: 'x' } });
		for (const who of [hub.manager, hub.leader]) assert.deepEqual((await work(who, 'awaiting_sign_off')).items.map((i) => i.subject_kind), ['flag']);
		for (const who of [hub.practitioner, hub.colleague]) assert.ok((await work(who, 'awaiting_sign_off')).items.every((i) => i.subject_kind !== 'flag'));
		await assign([id], hub.leaderId);
	});

	for (const view of ['mine', 'team', 'unassigned']) {
		test(`pages hold each once, those without a due time last (${view})`, async () => {
			const { id } = await hub.refer('2035-03-01T10:00:00Z', { channel: 'secure_email' }); // past the calendar's end
			if (view === 'mine') await assign([id], hub.staffId);
			const seen = [];
			let path = `/v1/work?view=${view}&limit=3`;
			while (path) {
				const { json, headers } = await hub.practitioner.at(NOW).get(path);
				assert.ok(json.items.length <= 3);
				seen.push(...json.items);
				path = json.next && `/v1/work?view=${view}&limit=3&cursor=${json.next}`;
				if (path) assert.match(headers.link, /rel="next"/);
			}
			const { items } = await work(hub.practitioner, view, '&limit=200');
			assert.deepEqual(seen, items);
			inOrder(items);
			assert.ok(items.at(-1).due_at === null && items.at(-1).overdue === false);
		});
	}

	test('counting ends at a thousand, and says so', async () => {
		await hub.db.query(`INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, rule, source, started_at, unit, amount, due_at)
			SELECT $1, gen_random_uuid(), gen_random_uuid(), 'triage', 'p', 'r', 'local', mashd_now(), 'elapsed_minutes', 1, '2027-03-09T10:00:00Z' FROM generate_series(1, 1000)`, [hub.partnership]);
		const { counts } = await work(hub.practitioner, 'mine');
		assert.deepEqual([counts.team, counts.unassigned], [{ count: 1000, or_more: true }, { count: 1000, or_more: true }]);
		await hub.db.query("DELETE FROM follow_up WHERE policy = 'p'");
	});

	test('refuses what it does not know, and agencies', async () => {
		for (const query of ['', '?view=yours', '?view=mine&cursor=AAAA', '?view=mine&colour=red']) assert.equal((await hub.practitioner.get(`/v1/work${query}`)).status, 400);
		const { next } = await work(hub.practitioner, 'unassigned', '&limit=1');
		assert.equal((await hub.practitioner.at(NOW).get(`/v1/work?view=team&limit=1&cursor=${next}`)).status, 400);
		assert.equal((await hub.agency.get('/v1/work?view=mine')).status, 403);
		assert.deepEqual((await work(hub.system, 'mine')).items, []);
	});
});

describe('actOnMany', () => {
	const some = async (n) => {
		const list = [];
		for (let i = 0; i < n; i++) list.push((await hub.refer(at('10:00'), { channel: 'secure_email' })).id);
		return list;
	};

	test('assign: a result for each, each for itself', async () => {
		const [one, stale, fresh, closed] = await some(4);
		await hub.db.query("UPDATE referral SET state = 'closed' WHERE id = $1", [closed]);
		const unknown = randomUUID();
		const reply = await assign([one, { id: stale, if_match: '"7"' }, { id: fresh, if_match: '"1"' }, closed, unknown, { id: one, if_match: 'W/x' }], hub.colleagueId);
		assert.equal(reply.status, 200, reply.text);
		const { items } = reply.json;
		assert.deepEqual(items.map((r) => [r.id, r.status, r.problem?.type.replace('/problems/', '') ?? null]), [
			[one, 200, null], [stale, 412, 'stale-version'], [fresh, 200, null], [closed, 409, 'wrong-state'], [unknown, 404, 'not-found'], [one, 412, 'stale-version']]);
		assert.equal(items[1].problem.errors[0].pointer, '/if_match');
		assert.deepEqual(items.map((r) => r.referral?.assigned_to ?? null), [hub.colleagueId, null, hub.colleagueId, null, null, null]);
		assert.deepEqual([items[0].referral.version, await versionOf(stale)], [2, 1]);
		const record = await hub.manager.at(NOW).ok('GET', `/v1/referrals/${one}`);
		assert.deepEqual(record.assignments.map((a) => [a.assigned_to, a.assigned_by, a.reason]), [[hub.colleagueId, hub.staffId, 'Rota.']]);
	});

	test('whoever has it already keeps it, and nothing is written; null takes it away', async () => {
		const [id] = await some(1);
		const version = async (to) => (await assign([id], to)).json.items[0].referral.version;
		assert.deepEqual([await version(hub.staffId), await version(hub.staffId), await version(null), await version(null)], [2, 2, 3, 3]);
	});

	test('somebody who cannot have it: 422 for each', async () => {
		const list = await some(2);
		for (const to of [hub.supportId, hub.disabledId, randomUUID()]) {
			const { items } = (await assign(list, to)).json;
			assert.deepEqual(items.map((r) => [r.status, r.problem.type, r.problem.errors[0].pointer]), Array(2).fill([422, '/problems/rule-broken', '/assigned_to']));
		}
	});

	test('acknowledge: as recordAcknowledgement does', async () => {
		const [one, other] = await some(2);
		await hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${other}/acknowledgement`, { body: { method: 'email' } });
		const { items } = (await act({ action: 'acknowledge', method: 'email', sent_at: at('12:00'), note: 'All at noon.', referrals: [{ id: one }, { id: other }] })).json;
		assert.deepEqual(items.map((r) => [r.status, r.problem?.type ?? null]), [[200, null], [409, '/problems/wrong-state']]);
		const met = await hub.followUp(NOW, one, 'acknowledge');
		assert.deepEqual([met.state, met.met_at], ['met', `${DAY}T12:00:00.000000Z`]);
		const late = (await act({ action: 'acknowledge', method: 'email', sent_at: at('14:00'), referrals: [{ id: (await some(1))[0] }] })).json.items[0];
		assert.deepEqual([late.status, late.problem.errors[0].pointer], [422, '/sent_at']);
	});

	test('a repeat does nothing twice, and tries what failed again', async () => {
		const [one, other] = await some(2);
		const key = { 'idempotency-key': randomUUID() };
		const body = { action: 'assign', assigned_to: hub.staffId, reason: 'x', referrals: [{ id: one }, { id: other, if_match: '"2"' }] };
		const first = (await act(body, { headers: key })).json.items;
		await hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${other}/notes`, { body: { text: 'x' } });
		const second = (await act(body, { headers: key })).json.items;
		assert.deepEqual([first.map((r) => r.status), second.map((r) => r.status), second[0], await versionOf(one)], [[200, 412], [200, 200], first[0], 2]);
		assert.deepEqual(faults(await act({ ...body, reason: 'y' }, { headers: key })).slice(0, 2), [422, 'idempotency-key-reused']);
	});

	test('two at once on the same ones: each referral is whole', async () => {
		const list = await some(5);
		const targets = list.map((id) => ({ id, if_match: '"1"' }));
		const replies = await Promise.all([hub.staffId, hub.colleagueId].map((to) => assign(targets, to)));
		for (let i = 0; i < list.length; i++) assert.deepEqual(replies.map((r) => r.json.items[i].status).toSorted(), [200, 412]);
	});

	test('the shape; a person\'s', async () => {
		const [id] = await some(1);
		const referrals = [{ id }];
		for (const [body, pointer] of [
			[{ action: 'assign', referrals, reason: 'x' }, '/assigned_to'], [{ action: 'assign', referrals, assigned_to: hub.staffId }, '/reason'],
			[{ action: 'assign', referrals, assigned_to: hub.staffId, reason: 'x', method: 'email' }, '/method'], [{ action: 'acknowledge', referrals }, '/method'],
			[{ action: 'acknowledge', referrals, method: 'email', assigned_to: hub.staffId }, '/assigned_to'], [{ action: 'close', referrals }, '/action'],
			[{ action: 'acknowledge', method: 'email', referrals: [] }, '/referrals'], [{ action: 'acknowledge', method: 'email', referrals: [{ id: 'x' }] }, '/referrals/0/id'],
			[{ action: 'acknowledge', method: 'email', referrals: Array(101).fill({ id }) }, '/referrals'],
		]) {
			const reply = await act(body);
			assert.ok(reply.status === 422 && reply.json.errors.some((e) => e.pointer === pointer), `${pointer} ${reply.text}`);
		}
		for (const who of [hub.system, hub.agency, hub.duty]) assert.deepEqual(faults(await act({ action: 'acknowledge', method: 'email', referrals }, { who })), [403, 'forbidden']);
	});
});
