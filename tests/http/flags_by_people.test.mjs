// Flags that people raise, date and clear; the third breach that takes a manager; plans for many flags at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, decided, faults } from '../support/casework.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';
import { randomUuid7, runStatement } from '../support/statements.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const NOW = at('17:00');
const FLAG = { reason: 'The school promised its chronology.', due_at: at('15:00') };
let hub;
before(async () => { hub = await addPeople(await startHub('flags_by_people')); });
after(() => hub?.stop());

const raise = (now, id, body = FLAG, who = hub.practitioner) => who.at(now).post(`/v1/referrals/${id}/flags`, body);
const raised = async (now, id) => (await raise(now, id)).json;
const clear = (now, flag, body = { done: 'It came.' }, who = hub.practitioner) => who.at(now).post(`/v1/flags/${flag}/clearance`, body);
const note = (who, flag, plan = 'Ring at two.') => who.at(NOW).post(`/v1/flags/${flag}/acknowledgement`, { plan });
const one = async (id, flag, now = NOW) => (await hub.flags(now, `referral_id=${id}&limit=200`)).find((g) => g.id === flag);
const versionOf = async (id) => (await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}`)).version;
const told = async (id, type) => (await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === type);
const sweepManual = (now) => hub.db.session((client) => runStatement(client, 'followup/sweep_manual', [hub.partnership, 1000, randomUuid7()]),
	{ as: 'app', partnership: hub.partnership, now });

describe('a flag that a person raises', () => {
	test('stands at once, with its reason and date; nothing is overdue before that', async () => {
		const { id, reference } = await hub.refer(at('10:00'));
		const reply = await raise(at('11:00'), id);
		assert.equal(reply.status, 201, reply.text);
		assert.deepEqual(reply.json, {
			id: reply.json.id, follow_up_id: null, referral_id: id, referral_reference: reference, kind: 'manual', timing: 1, level: 1, role: null, reason: FLAG.reason,
			raised_by: hub.staffId, breached_at: exact('15:00'), raised_at: exact('11:00'), overdue: false, late_minutes: 0, breach_number: null, acknowledged_at: null,
			acknowledged_by: null, plan: null, sign_off: null, cleared_at: null, cleared_by: null, cleared_by_staff: null, done: null,
		});
		assert.deepEqual(await hub.flags(at('11:00'), `referral_id=${id}&kind=manual&cleared=false`), [reply.json]);
		assert.deepEqual((await told(id, 'flag_raised')).map((e) => [e.version, e.actor.id, e.data.due_at]), [[2, hub.staffId, exact('15:00')]]);
		const late = await one(id, reply.json.id, at('15:30'));
		assert.deepEqual([late.overdue, late.late_minutes], [true, 30]);
	});

	test('the sweep writes down once that its date has passed', async () => {
		const { id } = await hub.refer(at('10:00'));
		const flag = await raised(at('11:00'), id);
		await sweepManual(at('15:00'));
		assert.deepEqual(await told(id, 'flag_overdue'), [], 'not at the very moment');
		await sweepManual(at('15:01'));
		await sweepManual(at('15:02'));
		assert.deepEqual((await told(id, 'flag_overdue')).map((e) => [e.occurred_at, e.actor.kind, e.data.flag_id]), [[exact('15:00'), 'system', flag.id]]);
	});

	test('mashctl sweeps them too', async () => {
		const { id } = await hub.refer('2025-03-03T10:00:00Z');
		await raise('2025-03-03T10:00:00Z', id, { ...FLAG, due_at: '2025-03-03T11:00:00Z' });
		await mashctl(hub.db, 'sweep');
		assert.equal((await told(id, 'flag_overdue')).length, 1);
	});

	test('is acknowledged as others are, and cleared with what was done', async () => {
		const { id } = await hub.refer(at('10:00'));
		const flag = await raised(at('11:00'), id);
		assert.deepEqual([(await note(hub.practitioner, flag.id)).json.plan, (await one(id, flag.id)).sign_off], ['Ring at two.', null]);
		const version = await versionOf(id);
		const reply = await clear(at('16:00'), flag.id);
		assert.equal(reply.status, 201, reply.text);
		assert.deepEqual([reply.json.cleared_at, reply.json.cleared_by, reply.json.cleared_by_staff, reply.json.done, reply.json.overdue, reply.json.late_minutes],
			[exact('16:00'), 'by_hand', hub.staffId, 'It came.', false, 60]);
		assert.equal(await versionOf(id), version + 1);
		assert.deepEqual((await told(id, 'flag_cleared')).map((e) => [e.version, e.data.done]), [[version + 1, 'It came.']]);
		assert.deepEqual(faults(await clear(at('16:01'), flag.id)), [409, 'wrong-state']);
		await sweepManual(at('16:30'));
		assert.deepEqual(await told(id, 'flag_overdue'), [], 'what is cleared does not fall due');
	});

	test('is refused for its date, its shape, a closed referral, a foreign one, a system', async () => {
		const { id } = await hub.refer(at('10:00'));
		for (const due of [at('11:00'), at('10:59')]) {
			const reply = await raise(at('11:00'), id, { ...FLAG, due_at: due });
			assert.deepEqual([reply.status, reply.json.type, reply.json.errors[0].pointer], [422, '/problems/rule-broken', '/due_at']);
		}
		for (const [body, pointer] of [[{ reason: 'x' }, '/due_at'], [{ due_at: at('15:00') }, '/reason'], [{ ...FLAG, reason: ' ' }, '/reason'], [{ ...FLAG, due_at: 'soon' }, '/due_at']])
			assert.equal((await raise(at('11:00'), id, body)).json.errors[0].pointer, pointer);
		assert.deepEqual(faults(await raise(at('11:00'), randomUUID())), [404, 'not-found']);
		for (const who of [hub.system, hub.agency, hub.duty]) assert.deepEqual(faults(await raise(at('11:00'), id, FLAG, who)), [403, 'forbidden']);
		await hub.db.query("UPDATE referral SET state = 'closed' WHERE id = $1", [id]);
		assert.match((await raise(at('11:00'), id)).json.detail, /closed.*reopen/);
		assert.deepEqual(await hub.flags(at('11:00'), `referral_id=${id}`), []);
	});

	test('only such a flag is cleared by hand, by a person, with what was done', async () => {
		const { id } = await hub.refer(at('10:00'));
		const flag = await raised(at('11:00'), id);
		await hub.sweep(NOW);
		const [breach] = await hub.flags(NOW, `referral_id=${id}&kind=triage`);
		assert.deepEqual(faults(await clear(NOW, breach.id)), [409, 'wrong-state']);
		assert.deepEqual(faults(await clear(NOW, randomUUID())), [404, 'not-found']);
		for (const who of [hub.system, hub.agency]) assert.deepEqual(faults(await clear(NOW, flag.id, undefined, who)), [403, 'forbidden']);
		for (const body of [{}, { done: ' ' }]) assert.equal((await clear(NOW, flag.id, body)).json.errors[0].pointer, '/done');
		await assert.rejects(hub.db.query('DELETE FROM flag', [], { as: 'app', partnership: hub.partnership }), /permission denied/);
	});

	test('a referral is not closed while one stands; withdrawn, it goes along', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', false);
		await decided(hub, at('11:00'), id);
		await hub.leader.at(at('11:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		await raise(at('11:40'), id);
		const close = await hub.practitioner.at(at('12:00')).post(`/v1/referrals/${id}/closure`, { reason: 'passed_to_assessment' }, { 'if-match': `"${await versionOf(id)}"` });
		assert.deepEqual([close.status, close.json.errors.map((e) => e.code)], [409, ['flag']]);
		const { id: withdrawal } = await hub.agency.at(at('12:10')).ok('POST', `/v1/referrals/${id}/withdrawals`, { body: { reason: 'Another family.' } });
		await hub.manager.at(at('12:20')).ok('POST', `/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, {
			body: { answer: 'closed_sent_in_error', reason: 'Compared both.' }, headers: { 'if-match': `"${await versionOf(id)}"` } });
		assert.deepEqual((await hub.flags(NOW, `referral_id=${id}&kind=manual`)).map((g) => g.cleared_by), ['cancelled']);
	});
});

// Red at 10:00, so that triage, next steps and outcome are late by 17:00, in this order.
async function thrice() {
	const { id } = await hub.refer(at('10:00'), { immediate_protection_needed: true });
	await hub.sweep(NOW);
	const flags = (await hub.flags(NOW, `referral_id=${id}&limit=200`)).filter((g) => g.level === 1);
	assert.ok(flags.length >= 3, `${flags.length}`);
	return { id, flags };
}

describe('the third breach on one referral', () => {
	test('breaches are counted; from the third on a practitioner\'s plan waits for a manager', async () => {
		const { id, flags } = await thrice();
		assert.deepEqual(flags.map((g) => g.breach_number), flags.map((_, i) => i + 1));
		assert.deepEqual([(await note(hub.practitioner, flags[0].id)).json.sign_off, (await note(hub.practitioner, flags[1].id)).json.sign_off], [null, null]);
		const { json: third } = await note(hub.practitioner, flags[2].id);
		assert.deepEqual([third.plan, third.acknowledged_by, third.sign_off], ['Ring at two.', hub.staffId, 'open']);
		const [signOff] = (await hub.manager.at(NOW).ok('GET', `/v1/sign-offs?referral_id=${id}`)).items;
		assert.deepEqual([signOff.subject_kind, signOff.subject_id, signOff.part, signOff.asked_of, signOff.asked_by], ['flag', third.id, 'signs_off', null, hub.staffId]);
		const answer = (who, body) => who.at(NOW).post(`/v1/sign-offs/${signOff.id}/answer`, body);
		for (const who of [hub.practitioner, hub.colleague]) assert.deepEqual(faults(await answer(who, { answer: 'agreed' })), [403, 'forbidden']);

		assert.equal((await answer(hub.manager, { answer: 'refused', note: 'Go there.' })).status, 201);
		assert.deepEqual(await one(id, third.id), { ...third, acknowledged_at: null, acknowledged_by: null, plan: null, sign_off: 'refused' });
		assert.equal((await note(hub.practitioner, third.id, 'Visit today.')).json.sign_off, 'open');
		const [again] = (await hub.manager.at(NOW).ok('GET', `/v1/sign-offs?state=open&mine=true&referral_id=${id}`)).items;
		assert.equal((await hub.manager.at(NOW).post(`/v1/sign-offs/${again.id}/answer`, { answer: 'agreed' })).status, 201);
		const signed = await one(id, third.id);
		assert.deepEqual([signed.plan, signed.sign_off, signed.cleared_at], ['Visit today.', 'agreed', null]);
		assert.deepEqual((await told(id, 'flag_signed_off')).map((e) => [e.actor.id, e.follow_up_id, e.data.plan]), [[hub.managerId, third.follow_up_id, 'Visit today.']]);
	});

	test('a manager who takes note asks nobody', async () => {
		const { id, flags } = await thrice();
		const { json } = await note(hub.manager, flags[2].id);
		assert.deepEqual([json.sign_off, (await hub.manager.at(NOW).ok('GET', `/v1/sign-offs?referral_id=${id}`)).items], [null, []]);
	});
});

describe('closing after a third breach', () => {
	const LATE = at('18:00');
	const close = async (id) => hub.practitioner.at(LATE).post(`/v1/referrals/${id}/closure`, { reason: 'passed_to_assessment' }, { 'if-match': `"${await versionOf(id)}"` });
	const signOff = async (id, answer) => {
		const [{ id: asked }] = (await hub.manager.at(LATE).ok('GET', `/v1/sign-offs?state=open&referral_id=${id}`)).items;
		return hub.manager.at(LATE).ok('POST', `/v1/sign-offs/${asked}/answer`, { body: { answer, note: 'Read it.' } });
	};
	// All that was owed is done, late.
	async function finished() {
		const { id, flags } = await thrice();
		await hub.screen(NOW, id, 'red', false);
		await decided(hub, NOW, id);
		await hub.leader.at(NOW).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		for (const f of (await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}`)).follow_ups.filter((x) => x.state === 'open'))
			await hub.manager.at(NOW).ok('POST', `/v1/follow-ups/${f.id}/waiver`, { body: { reason: 'Done otherwise.' } });
		return { id, flags };
	}
	const refused = async (id, items) => {
		const { status, json } = await close(id);
		assert.deepEqual([status, json.type, json.errors?.map((e) => e.code)], [409, '/problems/wrong-state', items], JSON.stringify(json));
		return json;
	};

	test('not while nobody has planned for it, nor while its plan is not signed', async () => {
		const { id, flags } = await finished();
		const json = await refused(id, flags.slice(2).map(() => 'breach'));
		for (const flag of flags.slice(2)) assert.ok(json.errors.some((e) => e.detail.includes(flag.id) && /acknowledge.*manager/.test(e.detail)));
		for (const flag of flags.slice(3)) assert.equal((await note(hub.manager, flag.id)).status, 201);
		assert.equal((await note(hub.practitioner, flags[2].id)).status, 201);
		await refused(id, ['sign_off']);
		await signOff(id, 'refused');
		await refused(id, ['breach']);
		assert.equal((await note(hub.practitioner, flags[2].id, 'Visit today.')).status, 201);
		await signOff(id, 'agreed');
		assert.equal((await close(id)).status, 201);
	});

	test('a manager who has planned for it needs no other', async () => {
		const { id, flags } = await finished();
		for (const flag of flags.slice(2)) assert.equal((await note(hub.manager, flag.id)).status, 201);
		assert.equal((await close(id)).status, 201);
	});

	test('two breaches are one person\'s to plan for, or nobody\'s', async () => {
		const { id, flags } = await finished();
		await hub.db.query('DELETE FROM flag WHERE id = ANY ($1)', [flags.slice(2).map((f) => f.id)]);
		assert.equal((await close(id)).status, 201);
	});

	test('a signature that lapsed with a withdrawal is asked for again', async () => {
		const { id, flags } = await finished();
		for (const flag of flags.slice(3)) await note(hub.manager, flag.id);
		await note(hub.practitioner, flags[2].id);
		const { id: withdrawal } = await hub.agency.at(LATE).ok('POST', `/v1/referrals/${id}/withdrawals`, { body: { reason: 'Another family.' } });
		const match = async () => ({ 'if-match': `"${await versionOf(id)}"` });
		await hub.manager.at(LATE).ok('POST', `/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, { body: { answer: 'closed_sent_in_error', reason: 'Compared both.' }, headers: await match() });
		await hub.practitioner.at(LATE).ok('POST', `/v1/referrals/${id}/reopening`, { body: { reason: 'new_information', note: 'It was this family.' }, headers: await match() });
		await hub.screen(LATE, id, 'red', false);
		await decided(hub, LATE, id);
		// One after the other: duty has nothing to take over any more once the rest is waived.
		const owed = async () => (await hub.manager.at(LATE).ok('GET', `/v1/referrals/${id}`)).follow_ups.find((f) => f.state === 'open');
		for (let f = await owed(); f; f = await owed()) await hub.manager.at(LATE).ok('POST', `/v1/follow-ups/${f.id}/waiver`, { body: { reason: 'Done otherwise.' } });
		await refused(id, ['breach']);
		assert.equal((await note(hub.practitioner, flags[2].id, 'Visit today.')).json.sign_off, 'open');
		await signOff(id, 'agreed');
		assert.equal((await close(id)).status, 201);
	});
});

describe('acknowledgeFlags', () => {
	const many = (flags, headers, who = hub.practitioner) => who.at(NOW).post('/v1/flags/acknowledgements', { flags: flags.map((id) => ({ id, plan: `Plan for ${id}` })) }, headers);

	test('a result for each; one that fails harms no other', async () => {
		const { flags } = await thrice();
		await note(hub.practitioner, flags[0].id);
		const unknown = randomUUID();
		const reply = await many([flags[0].id, flags[1].id, unknown, flags[2].id, flags[2].id]);
		assert.equal(reply.status, 200, reply.text);
		const { items } = reply.json;
		assert.deepEqual(items.map((r) => [r.id, r.status, r.problem?.type ?? null]), [
			[flags[0].id, 409, '/problems/wrong-state'], [flags[1].id, 201, null], [unknown, 404, '/problems/not-found'], [flags[2].id, 201, null],
			[flags[2].id, 409, '/problems/wrong-state']]);
		assert.deepEqual(items.map((r) => [r.flag?.plan ?? null, r.flag?.sign_off ?? null]), [
			[null, null], [`Plan for ${flags[1].id}`, null], [null, null], [`Plan for ${flags[2].id}`, 'open'], [null, null]]);
		assert.equal(items[2].problem.request_id.length, 36);
	});

	test('a repeat does nothing twice, and tries what failed again', async () => {
		const { id, flags } = await thrice();
		const key = { 'idempotency-key': randomUUID() };
		const first = await many([flags[0].id, flags[1].id], key);
		const version = await versionOf(id);
		const second = await many([flags[0].id, flags[1].id], key);
		assert.deepEqual([second.json, await versionOf(id)], [first.json, version]);
		const other = await many([flags[1].id, flags[2].id], key);
		assert.deepEqual(faults(other).slice(0, 2), [422, 'idempotency-key-reused']);
		assert.equal((await one(id, flags[2].id)).acknowledged_at, null);
	});

	test('is a person\'s; one to a hundred', async () => {
		const { flags } = await thrice();
		for (const who of [hub.system, hub.agency]) assert.deepEqual(faults(await many([flags[0].id], {}, who)), [403, 'forbidden']);
		for (const list of [[], Array(101).fill(flags[0].id), ['x']]) assert.equal((await many(list)).json.type, '/problems/invalid-body');
		assert.equal((await many(Array.from({ length: 100 }, () => randomUUID()))).json.items.length, 100);
	});
});
