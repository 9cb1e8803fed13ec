// Notes, withdrawals, closing and reopening.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, decided, decidedReferral, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const NOW = at('12:00');
let hub;
before(async () => { hub = await addPeople(await startHub('closing')); });
after(() => hub?.stop());

const whole = (id, now = NOW) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const ifMatch = async (id) => ({ 'if-match': `"${(await whole(id)).version}"` });
const open = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const refer = (members) => hub.refer(at('10:00'), members).then((receipt) => receipt.id);
const events = async (id, who = hub.manager) => (await who.at(at('16:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items;

// Decided, and the referrer told: nothing is left to do.
async function done() {
	const { id } = await decidedReferral(hub, DAY);
	await hub.practitioner.at(at('11:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
	return id;
}
const close = async (id, body = { reason: 'passed_to_assessment' }, { now = NOW, who = hub.practitioner, headers } = {}) =>
	who.at(now).post(`/v1/referrals/${id}/closure`, body, headers ?? await ifMatch(id));
const reopen = async (id, body = { reason: 'new_information', note: 'The school rang.' }, { now = at('13:00'), who = hub.practitioner, headers } = {}) =>
	who.at(now).post(`/v1/referrals/${id}/reopening`, body, headers ?? await ifMatch(id));
const withdraw = (id, who = hub.agency, now = NOW) => who.at(now).post(`/v1/referrals/${id}/withdrawals`, { reason: 'Another family of that name.' });
const answer = async (id, withdrawal, body, { who = hub.leader, now = at('12:30'), headers } = {}) =>
	who.at(now).post(`/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, { reason: 'Rang the school.', ...body }, headers ?? await ifMatch(id));
async function asked(members) {
	const id = await refer(members);
	return [id, (await withdraw(id)).json.id];
}
// Holds an Idempotency-Key as a transaction does that has not ended.
async function whileClaimed(who, operation, key, work) {
	const [, keyId] = who.key.split('_');
	await hub.db.session(async (client) => {
		await client.query(`INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest) VALUES ($1, $2, $3, $4, 'x')`,
			[hub.partnership, keyId, operation, key]);
		await work();
		await client.query('ROLLBACK');
	});
}

describe('addNote', () => {
	test('in every state, for the hub alone', async () => {
		const id = await refer();
		const texts = [];
		for (const state of ['received', 'in_progress', 'decided', 'closed']) {
			await hub.db.query('UPDATE referral SET state = $2 WHERE id = $1', [id, state]);
			const reply = await hub.practitioner.at(NOW).post(`/v1/referrals/${id}/notes`, { text: `While ${state}, 8823.` });
			assert.equal(reply.status, 201, reply.text);
			const { follow_ups: followUps, referral, ...note } = reply.json;
			assert.deepEqual(note, { id: note.id, referral_id: id, version: note.version, text: `While ${state}, 8823.`, written_by: hub.staffId, recorded_at: exact('12:00') });
			assert.deepEqual([reply.headers.etag, referral.state, referral.version, followUps.length], [`"${note.version}"`, state, note.version, 4]);
			texts.push(note.text);
		}
		assert.deepEqual((await whole(id)).notes.map((n) => n.text), texts);
		assert.equal((await events(id)).filter((e) => e.type === 'note_added').length, 4);
		for (const path of ['', '/timeline']) {
			const view = await hub.agency.at(NOW).get(`/v1/referrals/${id}${path}`);
			assert.ok(view.status === 200 && !/8823|note_added/.test(view.text));
		}
	});

	test('with words, by a person, on a referral that is there, one at a time', async () => {
		const id = await refer();
		const path = `/v1/referrals/${id}/notes`;
		assert.deepEqual(faults(await hub.practitioner.at(NOW).post(path, { text: '' })).slice(0, 2), [422, 'invalid-body']);
		assert.deepEqual(faults(await hub.system.at(NOW).post(path, { text: 'x' })), [403, 'forbidden']);
		assert.equal((await hub.practitioner.at(NOW).post(`/v1/referrals/${randomUUID()}/notes`, { text: 'x' })).status, 404);
		const key = randomUUID();
		await whileClaimed(hub.practitioner, 'addNote', key, async () => {
			assert.deepEqual(faults(await hub.practitioner.at(NOW).post(path, { text: 'x' }, { 'idempotency-key': key })).slice(0, 2), [409, 'request-in-progress']);
		});
	});
});

describe('requestWithdrawal', () => {
	test('both sides see it, and nothing stops', async () => {
		const id = await refer();
		const reply = await withdraw(id);
		assert.equal(reply.status, 201, reply.text);
		const said = { id: reply.json.id, reason: 'Another family of that name.', requested_at: exact('12:00'), answer: null, answered_at: null };
		assert.deepEqual(reply.json, said);
		const record = await whole(id);
		assert.equal(reply.headers.etag, `"${record.version}"`);
		assert.deepEqual(record.withdrawals, [{ ...said, referral_id: id, version: record.version, agency_id: hub.agencyId, answer_reason: null, duplicate_of: null, answered_by: null }]);
		assert.deepEqual([record.state, open(record.follow_ups)], ['received', ['decide_next_steps', 'decide_outcome', 'triage']]);
		assert.deepEqual((await hub.agency.at(NOW).ok('GET', `/v1/referrals/${id}`)).withdrawals, [said]);
		for (const who of [hub.manager, hub.agency]) assert.equal((await events(id, who)).filter((e) => e.type === 'withdrawal_requested').length, 1);
	});

	test('only its own, one at a time, not of a closed one, and with a reason', async () => {
		const id = await refer();
		assert.equal((await withdraw(id, hub.otherAgency)).status, 404);
		assert.equal((await withdraw(id)).status, 201);
		const second = await withdraw(id);
		assert.deepEqual(faults(second), [409, 'wrong-state']);
		assert.match(second.json.detail, /already.*allowed now/);
		const closed = await done();
		await close(closed);
		assert.match((await withdraw(closed)).json.detail, /closed.*allowed now/);
		const empty = await hub.agency.at(NOW).post(`/v1/referrals/${await refer()}/withdrawals`, {});
		assert.deepEqual([empty.status, empty.json.errors[0].pointer], [422, '/reason']);
	});
});

describe('answerWithdrawal', () => {
	test('the work goes on: the agency may ask again', async () => {
		const [id, withdrawal] = await asked();
		const reply = await answer(id, withdrawal, { answer: 'continued' });
		assert.equal(reply.status, 201, reply.text);
		const { follow_ups: followUps, referral, ...said } = reply.json;
		assert.deepEqual(said, {
			id: withdrawal, referral_id: id, version: said.version, agency_id: hub.agencyId, reason: 'Another family of that name.', requested_at: exact('12:00'),
			answer: 'continued', answer_reason: 'Rang the school.', duplicate_of: null, answered_by: hub.leaderId, answered_at: exact('12:30'),
		});
		assert.deepEqual([referral.state, open(followUps)], ['received', ['decide_next_steps', 'decide_outcome', 'triage']]);
		assert.equal((await withdraw(id)).status, 201);
	});

	test('sent in error: closed, nothing is owed any more, flags are cleared', async () => {
		const [id, withdrawal] = await asked();
		await hub.sweep(at('15:00'));
		const { json } = await answer(id, withdrawal, { answer: 'closed_sent_in_error' }, { now: at('15:10') });
		assert.deepEqual([json.referral.state, json.referral.next_due_at, open(json.follow_ups)], ['closed', null, []]);
		assert.deepEqual(json.follow_ups.filter((f) => f.state === 'cancelled').map((f) => f.kind).toSorted(), ['decide_next_steps', 'decide_outcome', 'triage']);
		const record = await whole(id, at('15:20'));
		assert.deepEqual(record.closures.map((c) => [c.reason, c.withdrawal_id, c.duplicate_of, c.closed_by, c.version]), [['sent_in_error', withdrawal, null, hub.leaderId, json.version]]);
		assert.ok(record.flags.length > 0 && record.flags.every((f) => f.cleared_by === 'cancelled'));
	});

	test('a duplicate of another referral here', async () => {
		const [id, withdrawal] = await asked();
		const original = await refer();
		const { json } = await answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of: original });
		assert.deepEqual([json.duplicate_of, json.referral.state], [original, 'closed']);
		assert.deepEqual((await whole(id)).closures.map((c) => [c.reason, c.duplicate_of]), [['duplicate', original]]);
	});

	test('two that say the same are not both gone: not a duplicate of what was sent in error', async () => {
		const [[one, oneAsked], [other, otherAsked]] = [await asked(), await asked()];
		assert.equal((await answer(other, otherAsked, { answer: 'closed_sent_in_error' })).status, 201);
		const duplicate = () => answer(one, oneAsked, { answer: 'closed_duplicate', duplicate_of: other });
		const refused = await duplicate();
		assert.deepEqual(faults(refused), [422, 'rule-broken', ['/duplicate_of', 'rule_broken']]);
		assert.match(refused.json.detail, /sent in error.*goes on.*reopen/);
		assert.deepEqual([(await whole(one)).state, open((await whole(one)).follow_ups)], ['received', ['decide_next_steps', 'decide_outcome', 'triage']]);
		assert.equal((await reopen(other)).status, 201);
		assert.equal((await duplicate()).status, 201);
	});

	test('and what a duplicate hangs on was not sent in error', async () => {
		const [[one, oneAsked], [other, otherAsked]] = [await asked(), await asked()];
		assert.equal((await answer(one, oneAsked, { answer: 'closed_duplicate', duplicate_of: other })).status, 201);
		const { reference, links: [link] } = await whole(one);
		const inError = async () => answer(other, otherAsked, { answer: 'closed_sent_in_error' });
		const refused = async () => {
			const said = await inError();
			assert.deepEqual(faults(said), [409, 'wrong-state']);
			assert.match(said.json.detail, new RegExp(`^${reference} stands as a duplicate.*allowed now: .*link back.*reopen`));
			assert.equal((await whole(other)).state, 'received');
		};
		await refused();
		// The link alone, or the other's reopening alone, is not enough.
		await hub.leader.at(NOW).ok('POST', `/v1/referrals/${one}/links/${link.id}/removal`, { body: { reason: 'They are not the same.' } });
		await refused();
		assert.equal((await reopen(one)).status, 201);
		assert.equal((await inError()).status, 201);
		assert.equal((await whole(one)).state, 'in_progress');
	});

	test('nor what one is linked to that is still open, as a manager has confirmed', async () => {
		const one = await refer();
		const [other, withdrawal] = await asked();
		await hub.leader.at(NOW).ok('POST', `/v1/referrals/${one}/links`, { body: { referral_id: other, kind: 'duplicate', reason: 'Both police.' } });
		assert.deepEqual(faults(await answer(other, withdrawal, { answer: 'closed_sent_in_error' })), [409, 'wrong-state']);
		assert.equal((await answer(other, withdrawal, { answer: 'continued' })).status, 201);
	});

	test('a duplicate is linked with the referral that says the same, as confirmed, whether or not somebody had linked them', async () => {
		for (const waited of [false, true]) {
			const [id, withdrawal] = await asked();
			const original = await refer();
			const link = (one, other) => hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${one}/links`, { body: { referral_id: other, kind: 'duplicate', reason: 'Both police.' } });
			if (waited) await link(id, original);
			const before = (await whole(original)).version;
			const { json } = await answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of: original });
			const [one, other] = [await whole(id, at('13:00')), await whole(original, at('13:00'))];
			assert.deepEqual([one.version, other.version], [json.version, before + 1]);
			for (const [record, of] of [[one, other], [other, one]]) {
				assert.deepEqual(record.links.map((l) => [l.kind, l.referral_id, l.reference, l.recorded_here, l.reason, l.confirmed_by, l.confirmed_at, l.ended_at]),
					[['duplicate', of.id, of.reference, record === one, waited ? 'Both police.' : 'Rang the school.', hub.leaderId, exact('12:30'), null]]);
				const told = (await events(record.id)).filter((e) => e.type === 'linked').at(-1);
				assert.deepEqual([told.version, told.data], [record.version, { link_id: record.links[0].id, kind: 'duplicate', referral_id: of.id, reference: of.reference,
					recorded_here: record === one, reason: 'Rang the school.', confirmed: true }]);
			}
		}
	});

	test('confirmed before, the link stays as it was; who is linked as a duplicate is none of a third, and no original', async () => {
		const link = (one, other) => hub.leader.at(NOW).ok('POST', `/v1/referrals/${one}/links`, { body: { referral_id: other, kind: 'duplicate', reason: 'Both police.' } });
		const [[id, withdrawal], original, third] = [await asked(), await refer(), await refer()];
		const { id: confirmed } = await link(id, original);
		const [record, { version }] = [await whole(id), await whole(original)];
		const refused = await answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of: third });
		assert.deepEqual([faults(refused), /take that link back/.test(refused.json.detail)], [[422, 'rule-broken', ['/duplicate_of', 'rule_broken']], true]);
		const [second, secondAsked] = await asked();
		const chain = await answer(second, secondAsked, { answer: 'closed_duplicate', duplicate_of: id });
		assert.deepEqual([faults(chain), /goes on/.test(chain.json.detail)], [[422, 'rule-broken', ['/duplicate_of', 'rule_broken']], true]);
		await link(third, second);
		const otherEnd = await answer(second, secondAsked, { answer: 'closed_duplicate', duplicate_of: original });
		assert.deepEqual([faults(otherEnd), /take those links back/.test(otherEnd.json.detail)], [[422, 'rule-broken', ['/duplicate_of', 'rule_broken']], true]);
		assert.equal((await answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of: original })).status, 201);
		const after = await whole(id, at('13:00'));
		assert.deepEqual([after.state, after.links, after.links[0].id], ['closed', record.links, confirmed]);
		assert.equal((await whole(original, at('13:00'))).version, version);
	});

	test('two answers that name each other at once: one closes, the other one is told', async () => {
		const [[one, oneAsked], [other, otherAsked]] = [await asked(), await asked()];
		const both = await Promise.all([answer(one, oneAsked, { answer: 'closed_duplicate', duplicate_of: other }), answer(other, otherAsked, { answer: 'closed_duplicate', duplicate_of: one })]);
		const statuses = both.map((a) => a.status).toSorted();
		assert.equal(statuses[0], 201, JSON.stringify(statuses));
		assert.ok([412, 422].includes(statuses[1]), JSON.stringify(statuses));
		assert.equal([(await whole(one)).state, (await whole(other)).state].filter((state) => state === 'closed').length, 1);
	});

	test('the agency sees the answer: not why, nor who, nor the other referral', async () => {
		const [id, withdrawal] = await asked();
		const original = await refer();
		await answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of: original });
		const view = await hub.agency.at(at('13:00')).get(`/v1/referrals/${id}`);
		assert.deepEqual(view.json.withdrawals.map((w) => [w.answer, w.answered_at]), [['closed_duplicate', exact('12:30')]]);
		const timeline = await hub.agency.at(at('13:00')).get(`/v1/referrals/${id}/timeline`);
		assert.deepEqual(timeline.json.items.filter((e) => e.type === 'withdrawal_answered').map((e) => e.data), [{ withdrawal_id: withdrawal, answer: 'closed_duplicate' }]);
		for (const secret of ['Rang the school', hub.leaderId, 'L. Leader', original]) assert.ok(!view.text.includes(secret) && !timeline.text.includes(secret), secret);
	});

	test('what it is refused for', async () => {
		const [id, withdrawal] = await asked();
		const [other] = await asked();
		const rule = (code) => [422, 'rule-broken', ['/duplicate_of', code]];
		const duplicate = (duplicate_of) => answer(id, withdrawal, { answer: 'closed_duplicate', duplicate_of });
		assert.deepEqual(faults(await duplicate(id)), rule('rule_broken'));
		assert.deepEqual(faults(await duplicate(randomUUID())), rule('rule_broken'));
		const [second, secondAsked] = await asked();
		await answer(second, secondAsked, { answer: 'closed_duplicate', duplicate_of: id });
		const circle = await duplicate(second);
		assert.deepEqual([faults(circle), /goes on/.test(circle.json.detail)], [rule('rule_broken'), true]);
		for (const [body, pointer] of [[{ answer: 'closed_duplicate' }, '/duplicate_of'], [{ answer: 'continued', duplicate_of: other }, '/duplicate_of'], [{ answer: 'maybe' }, '/answer'], [{ answer: 'continued', reason: '' }, '/reason']]) {
			const reply = await answer(id, withdrawal, body);
			assert.deepEqual([reply.status, reply.json.type, reply.json.errors[0].pointer], [422, '/problems/invalid-body', pointer]);
		}
		assert.equal((await answer(other, withdrawal, { answer: 'continued' })).status, 404);
		assert.deepEqual(faults(await answer(id, withdrawal, { answer: 'continued' }, { headers: { 'if-match': '"1"' } })).slice(0, 2), [412, 'stale-version']);
		assert.deepEqual(faults(await answer(id, withdrawal, { answer: 'continued' }, { who: hub.system })), [403, 'forbidden']);
		assert.equal((await answer(id, withdrawal, { answer: 'continued' })).status, 201);
		assert.deepEqual(faults(await answer(id, withdrawal, { answer: 'continued' })), [409, 'wrong-state']);
	});
});

describe('closeReferral', () => {
	test('when nothing is left to do', async () => {
		const id = await done();
		const reply = await close(id, { reason: 'RC8', note: 'Assessed already.' });
		assert.equal(reply.status, 201, reply.text);
		const { follow_ups: followUps, referral, ...said } = reply.json;
		assert.deepEqual(said, {
			id: said.id, referral_id: id, version: said.version, reason: 'RC8', note: 'Assessed already.', withdrawal_id: null, duplicate_of: null,
			closed_by: hub.staffId, closed_at: exact('12:00'),
		});
		assert.deepEqual([referral.state, open(followUps), reply.headers.etag], ['closed', [], `"${said.version}"`]);
		assert.deepEqual((await whole(id)).closures, [said]);
		assert.ok(!(await hub.manager.at(NOW).ok('GET', '/v1/referrals?limit=200')).items.some((r) => r.id === id));
		const [told] = (await events(id, hub.agency)).filter((e) => e.version === said.version);
		assert.deepEqual([told.type, told.data], ['state_changed', { from: 'decided', to: 'closed' }]);
	});

	test('what is open is listed', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', true);
		await decided(hub, at('11:00'), id, { undiscussed_reason: 'answered_elsewhere' });
		await withdraw(id);
		const reply = await close(id);
		assert.deepEqual(faults(reply), [409, 'wrong-state', ['', 'discuss'], ['', 'feedback'], ['', 'withdrawal']]);
		assert.match(reply.json.detail, /discuss, feedback, withdrawal; allowed now/);
		assert.match(reply.json.errors[0].detail, /'discuss' is open: [0-9a-f-]{36}/);
		const { id: discuss } = await hub.followUp(NOW, id, 'discuss');
		await hub.leader.at(NOW).ok('POST', `/v1/follow-ups/${discuss}/waiver`, { body: { reason: 'The referrer has left the school.' } });
		assert.deepEqual(faults(await close(id)), [409, 'wrong-state', ['', 'feedback'], ['', 'withdrawal']]);
	});

	test('what else it is refused for', async () => {
		const undecided = await refer();
		assert.match((await close(undecided)).json.detail, /received.*allowed now/);
		const id = await done();
		for (const reason of ['sent_in_error', 'duplicate']) assert.deepEqual(faults(await close(id, { reason })), [422, 'rule-broken', ['/reason', 'rule_broken']]);
		assert.deepEqual(faults(await close(id, { reason: 'RC10' })).slice(0, 2), [422, 'invalid-body']);
		assert.deepEqual(faults(await close(id, undefined, { who: hub.system })), [403, 'forbidden']);
		assert.deepEqual(faults(await close(id, undefined, { headers: { 'if-match': '"1"' } })).slice(0, 2), [412, 'stale-version']);
		assert.deepEqual(faults(await close(id, undefined, { headers: {} })).slice(0, 2), [428, 'version-required']);
		assert.equal((await close(randomUUID(), undefined, { headers: { 'if-match': '"1"' } })).status, 404);
		assert.equal((await close(id)).status, 201);
		assert.deepEqual(faults(await close(id)), [409, 'wrong-state']);
	});

	test('of two at once one wins, the other is told', async () => {
		const id = await done();
		const headers = await ifMatch(id);
		const both = await Promise.all([close(id, undefined, { headers }), close(id, undefined, { headers, who: hub.colleague })]);
		assert.deepEqual(both.map((r) => r.status).toSorted(), [201, 412]);
	});
});

describe('reopenReferral', () => {
	test('in progress again: screened and decided again, then closed again', async () => {
		const id = await done();
		await close(id);
		const reply = await reopen(id);
		assert.equal(reply.status, 201, reply.text);
		const { follow_ups: followUps, referral, ...said } = reply.json;
		assert.deepEqual(said, { id: said.id, referral_id: id, version: said.version, reason: 'new_information', note: 'The school rang.', reopened_by: hub.staffId, reopened_at: exact('13:00') });
		assert.deepEqual([referral.state, open(followUps), referral.next_due_at], ['in_progress', ['decide_outcome', 'triage'], exact('15:00')]);
		assert.deepEqual((await whole(id)).reopenings, [said]);
		assert.deepEqual((await events(id)).filter((e) => e.version === said.version).map((e) => e.type).toSorted(), ['follow_up_opened', 'follow_up_opened', 'reopened', 'state_changed']);
		await hub.screen(at('13:10'), id, 'green', false);
		const again = await decided(hub, at('13:20'), id, { outcome: 'early_help' });
		assert.deepEqual([again.referral.state, open(again.follow_ups)], ['decided', ['feedback']]);
		await hub.practitioner.at(at('13:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		assert.equal((await close(id, { reason: 'passed_to_early_help' }, { now: at('13:40') })).status, 201);
		assert.deepEqual((await whole(id)).closures.map((c) => c.reason), ['passed_to_assessment', 'passed_to_early_help']);
	});

	test('what it is refused for', async () => {
		const id = await done();
		assert.match((await reopen(id)).json.detail, /decided.*allowed now/);
		await close(id);
		assert.deepEqual(faults(await reopen(id, { reason: 'new_information' })).slice(0, 2), [422, 'invalid-body']);
		assert.deepEqual(faults(await reopen(id, { reason: 'boredom', note: 'x' })).slice(0, 2), [422, 'invalid-body']);
		assert.deepEqual(faults(await reopen(id, undefined, { who: hub.system })), [403, 'forbidden']);
		assert.deepEqual(faults(await reopen(id, undefined, { headers: { 'if-match': '"1"' } })).slice(0, 2), [412, 'stale-version']);
		assert.equal((await reopen(randomUUID(), undefined, { headers: { 'if-match': '"1"' } })).status, 404);
	});
});
