// A second person is a second person: naming one only asks them. What waits, what takes effect when they agree, what stays as it
// was when they refuse, what overtakes it, and who may answer.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, childrenOf, decide, decided, decision, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const NOTHING = { outcome: 'no_further_action', legal_basis: 'none' };
let hub;
before(async () => { hub = await addPeople(await startHub('sign_offs')); });
after(() => hub?.stop());

const whole = (id, now = at('16:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const of = (followUps, kind) => followUps.findLast((f) => f.kind === kind);
const asked = async (id, now = at('16:00')) => (await whole(id, now)).sign_offs;
const open = async (id, now) => (await asked(id, now)).filter((s) => s.state === 'open');
const answer = (who, now, signOff, body = { answer: 'agreed' }) => who.at(now).post(`/v1/sign-offs/${signOff.id ?? signOff}/answer`, body);
const agreed = async (who, now, signOff, body) => {
	const reply = await answer(who, now, signOff, body);
	assert.equal(reply.status, 201, reply.text);
	return reply.json;
};
const REFUSED = { answer: 'refused', note: 'The school was never rung.' };
const types = async (id, version) => (await hub.manager.at(at('16:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items
	.filter((e) => e.version === version).map((e) => e.type).toSorted();
const list = async (who, query) => (await who.at(at('16:00')).ok('GET', `/v1/sign-offs?${query}`)).items;

// Received at 10:00 with a material topic; "not needed" by a practitioner, who names the colleague.
const screen = (now, id, more = {}, who = hub.practitioner) => who.at(now).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
	rating: 'green', reason: 'Read twice.', clarification_needed: false, not_needed_reason: 'answered_by_hub_records', agreed_by: hub.colleagueId, ...more } });
const NEEDED = { clarification_needed: true, topics: ['significant_harm'], not_needed_reason: undefined, agreed_by: undefined };
async function notNeeded(before = false) {
	const { id } = await hub.refer(at('10:00'), { agency_reference: randomUUID() });
	if (before) await screen(at('10:10'), id, NEEDED);
	const said = await screen(at('10:30'), id);
	return { id, said, signOff: (await open(id, at('10:30')))[0] };
}
// Asked and discussed, so that no further action takes a second person; named and waiting for both.
async function nothingMore(more = {}) {
	const { id } = await hub.refer(at('10:00'), { agency_reference: randomUUID() });
	await hub.screen(at('10:30'), id, 'amber', true);
	await attempt(hub, at('10:45'), id);
	const reply = await decide(hub, at('11:00'), id, { ...NOTHING, agreed_by: hub.colleagueId, ...more });
	assert.equal(reply.status, 201, reply.text);
	const waiting = await open(id, at('11:00'));
	return { id, said: reply.json, byPart: Object.fromEntries(waiting.map((s) => [s.part, s])) };
}

describe('"not needed" against a material topic', () => {
	test('is on record at once, with its rating; the need stays until the second person has agreed', async () => {
		const { id, said, signOff } = await notNeeded(true);
		assert.deepEqual([said.standing, said.agreed_by, said.referral.rating, said.referral.discussed], ['awaiting_sign_off', hub.colleagueId, 'green', 'no']);
		assert.deepEqual([of(said.follow_ups, 'triage').state, of(said.follow_ups, 'discuss').state], ['met', 'open']);
		assert.deepEqual(signOff, {
			id: signOff.id, referral_id: id, referral_reference: signOff.referral_reference, version: said.version, subject_kind: 'screening', subject_id: said.id,
			part: 'agrees', asked_of: hub.colleagueId, asked_by: hub.staffId, asked_at: exact('10:30'), state: 'open', answered_by: null, answered_at: null,
			stand_in_reason: null, note: null, lapsed_at: null, lapsed_reason: null,
		});
		let record = await whole(id, at('10:30'));
		assert.deepEqual([record.clarification, record.screenings.at(-1).standing], ['needed', 'awaiting_sign_off']);
		assert.deepEqual(record.topics.find((t) => t.code === 'significant_harm').status, 'open');

		const reply = await answer(hub.colleague, at('11:00'), signOff, { answer: 'agreed', note: 'Read it too.' });
		const { follow_ups: followUps, referral, ...word } = reply.json;
		assert.equal(reply.headers.etag, `"${said.version + 1}"`);
		assert.deepEqual(word, { ...signOff, version: said.version + 1, state: 'agreed', answered_by: hub.colleagueId, answered_at: exact('11:00'), note: 'Read it too.' });
		assert.deepEqual([of(followUps, 'discuss').state, referral.discussed], ['cancelled', 'not_needed']);
		record = await whole(id, at('11:00'));
		assert.deepEqual([record.clarification, record.screenings.at(-1).standing, record.version], ['not_needed', 'in_effect', said.version + 1]);
		assert.equal(record.topics.find((t) => t.code === 'significant_harm').status, 'resolved');
		assert.deepEqual(await types(id, said.version), ['rating_changed', 'screened', 'sign_off_asked'].filter((t) => t !== 'rating_changed'));
		assert.deepEqual(await types(id, said.version + 1), ['follow_up_cancelled', 'sign_off_agreed']);
	});

	test('refused: the need stands as before, and it is to be screened again', async () => {
		const { id, signOff } = await notNeeded(true);
		const { follow_ups: followUps, referral } = await agreed(hub.colleague, at('11:00'), signOff, REFUSED);
		assert.deepEqual([of(followUps, 'discuss').state, referral.discussed], ['open', 'no']);
		const record = await whole(id);
		assert.deepEqual([record.clarification, record.screenings.at(-1).standing, record.sign_offs[0].note], ['needed', 'refused', REFUSED.note]);
		assert.deepEqual(await types(id, record.version), ['follow_up_opened', 'sign_off_refused']);
		const [row] = await hub.db.query('SELECT clarification_ever_needed FROM referral WHERE id = $1', [id]);
		assert.equal(row.clarification_ever_needed, true);
	});

	test('nobody has judged before: only what protects is decided until they agree, or another screening asks', async () => {
		const { id, signOff } = await notNeeded();
		assert.equal((await whole(id)).clarification, null);
		for (const stage of ['next_steps', 'final']) {
			const reply = await decide(hub, at('10:40'), id, { stage });
			assert.deepEqual(faults(reply), [409, 'wrong-state']);
			assert.match(reply.json.detail, /agreed.*allowed now:.*screen.*protect/);
		}
		const saved = await decided(hub, at('10:41'), id, { outcome: 'immediate_protection', stage: 'next_steps' });
		assert.deepEqual(saved.exceptions.map((e) => e.code), ['judgement_not_agreed']);
		await agreed(hub.colleague, at('10:42'), signOff, REFUSED);
		assert.equal((await decide(hub, at('10:43'), id)).status, 409, 'a refusal is no judgement either');
		await screen(at('10:44'), id, NEEDED);
		assert.equal((await decide(hub, at('10:45'), id, { stage: 'next_steps' })).status, 201);

		const other = await notNeeded();
		await agreed(hub.colleague, at('10:50'), other.signOff);
		assert.equal((await decided(hub, at('10:51'), other.id)).referral.state, 'decided');
	});

	test('a later screening overtakes what was asked', async () => {
		const { id, signOff } = await notNeeded();
		const { version } = await screen(at('10:40'), id, NEEDED);
		const [lapsed] = await asked(id);
		assert.deepEqual([lapsed.state, lapsed.lapsed_reason, lapsed.lapsed_at, lapsed.version], ['lapsed', 'screened_again', exact('10:40'), version]);
		assert.deepEqual((await whole(id)).screenings.map((s) => s.standing), ['lapsed', 'in_effect']);
		assert.ok((await types(id, version)).includes('sign_off_lapsed'));
		assert.deepEqual(faults(await answer(hub.colleague, at('10:41'), signOff)), [409, 'wrong-state']);
		assert.equal((await hub.followUp(at('10:41'), id, 'discuss')).state, 'open');
	});

	test('what a later talk has raised stays open; one that was held counts', async () => {
		const { id, signOff } = await notNeeded(true);
		await attempt(hub, at('10:50'), id, { topics: [{ code: 'whereabouts_of_child', outcome: 'new', reason: 'Not at home.' }] });
		const { referral } = await agreed(hub.colleague, at('11:00'), signOff);
		assert.equal(referral.discussed, 'yes');
		const { topics } = await whole(id);
		assert.deepEqual(['significant_harm', 'whereabouts_of_child'].map((code) => topics.find((t) => t.code === code).status), ['resolved', 'open']);
	});

	test('nobody agrees while what came in since is unread', async () => {
		const { id, signOff } = await notNeeded();
		const [{ agency_reference: reference }] = await hub.db.query('SELECT agency_reference FROM referral WHERE id = $1', [id]);
		await hub.refer(at('10:40'), { agency_reference: reference, concerns: [{ description: 'Hurt as well.' }] });
		const reply = await answer(hub.colleague, at('10:50'), signOff);
		assert.deepEqual(faults(reply), [409, 'wrong-state']);
		assert.match(reply.json.detail, /not been screened; allowed now: screen, refuse/);
		await agreed(hub.colleague, at('10:51'), signOff, REFUSED);
	});
});

describe('a decision', () => {
	test('governs nobody until everybody it names has agreed, and then from that moment', async () => {
		const { id, said, byPart } = await nothingMore();
		assert.deepEqual([said.standing, said.governs, said.referral.state], ['awaiting_sign_off', [], 'in_progress']);
		assert.deepEqual([of(said.follow_ups, 'decide_outcome').state, of(said.follow_ups, 'decide_next_steps').state, of(said.follow_ups, 'feedback')], ['open', 'open', undefined]);
		assert.deepEqual(Object.entries(byPart).map(([part, s]) => [part, s.asked_of]).toSorted(), [['agrees', hub.colleagueId], ['authorises', hub.leaderId]]);
		const half = await agreed(hub.colleague, at('11:10'), byPart.agrees);
		assert.deepEqual([half.referral.state, of(half.follow_ups, 'decide_outcome').state, (await whole(id)).decisions[0].standing], ['in_progress', 'open', 'awaiting_sign_off']);
		const last = await agreed(hub.leader, at('11:20'), byPart.authorises);
		assert.deepEqual([last.referral.state, of(last.follow_ups, 'decide_outcome').met_at, of(last.follow_ups, 'feedback').started_at], ['decided', exact('11:20'), exact('11:20')]);
		const record = await whole(id);
		assert.deepEqual([record.decisions[0].standing, record.decisions[0].governs, record.decisions[0].decided_at], ['in_effect', said.children, exact('11:00')]);
		assert.deepEqual((await types(id, record.version)).filter((t) => /^(sign|state)/.test(t)), ['sign_off_agreed', 'state_changed']);
	});

	test('refused by one: it never takes effect, and nobody else is asked', async () => {
		const { id, byPart } = await nothingMore();
		const { referral, follow_ups: followUps } = await agreed(hub.leader, at('11:10'), byPart.authorises, REFUSED);
		assert.deepEqual([referral.state, of(followUps, 'decide_outcome').state], ['in_progress', 'open']);
		const record = await whole(id);
		assert.deepEqual(record.sign_offs.map((s) => [s.part, s.state, s.lapsed_reason]).toSorted(), [['agrees', 'lapsed', 'refused_by_another'], ['authorises', 'refused', null]]);
		assert.deepEqual([record.decisions[0].standing, record.decisions[0].governs], ['refused', []]);
		assert.deepEqual(await types(id, record.version), ['sign_off_lapsed', 'sign_off_refused']);
		assert.equal((await decided(hub, at('11:20'), id, { outcome: 'early_help' })).referral.state, 'decided');
	});

	test('who somebody is does not hang on capitals', async () => {
		const { id } = await hub.refer(at('10:00'), { agency_reference: randomUUID() });
		await hub.screen(at('10:30'), id, 'amber', true);
		const own = await decide(hub, at('11:00'), id, { stage: 'next_steps', authorised_by: hub.leaderId.toUpperCase() }, hub.leader);
		assert.deepEqual([own.status, own.json.standing], [201, 'in_effect'], own.text);
		const { byPart } = await nothingMore({ authorised_by: hub.leaderId, agreed_by: hub.leaderId.toUpperCase() });
		assert.deepEqual(Object.keys(byPart), ['authorises'], 'asked once');
	});

	test('the manager who authorises may be the second person: asked once', async () => {
		const { byPart } = await nothingMore({ agreed_by: hub.leaderId });
		assert.deepEqual(Object.keys(byPart), ['authorises']);
		assert.equal((await agreed(hub.leader, at('11:10'), byPart.authorises)).referral.state, 'decided');
	});

	test('a later one about the same child overtakes it, about another does not', async () => {
		const { id } = await hub.refer(at('10:00'), { children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.', family_name: 'Example' }] });
		await hub.screen(at('10:30'), id, 'amber', false);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		await decide(hub, at('11:00'), id, { children: [one] });
		await decided(hub, at('11:10'), id, { children: [other] });
		assert.equal((await open(id)).length, 1);
		const saved = await decide(hub, at('11:20'), id, { outcome: 'immediate_protection', stage: 'next_steps' });
		assert.equal(saved.json.standing, 'in_effect');
		const { decisions, sign_offs: signOffs, state } = await whole(id);
		assert.deepEqual([decisions.map((d) => d.standing), state], [['lapsed', 'in_effect', 'in_effect'], 'in_progress']);
		assert.deepEqual(signOffs.map((s) => s.lapsed_reason), [null, 'decided_again', null, null]);
		await hub.screen(at('11:30'), id, 'amber', true);
		assert.equal((await open(id)).length, 1, 'that it protected is still authorised');
	});

	test('a later screening overtakes what was decided on the earlier one', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', false);
		await decide(hub, at('11:00'), id, NOTHING);
		await hub.screen(at('11:10'), id, 'amber', true);
		assert.equal((await whole(id)).decisions[0].standing, 'lapsed');
	});

	test('a discussion about one of its children overtakes what was decided without it; about another, or none, does not', async () => {
		const { id } = await hub.refer(at('10:00'), { children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.', family_name: 'Example' }] });
		await hub.screen(at('10:30'), id, 'amber', true);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		await attempt(hub, at('10:50'), id, { result: 'no_answer' });
		const unreached = { undiscussed_reason: 'unreached_after_attempts' };
		await decide(hub, at('11:00'), id, { children: [one], ...unreached });
		const [signOff] = await open(id);
		await attempt(hub, at('11:05'), id, { result: 'written_reply', method: 'email' });
		await attempt(hub, at('11:10'), id, { children: [other] });
		assert.equal((await open(id)).length, 1);
		const { version } = await attempt(hub, at('11:20'), id, { children: [one], held_at: at('10:55') });
		const { decisions, sign_offs: signOffs } = await whole(id);
		assert.deepEqual([decisions[0].standing, decisions[0].governs, signOffs[0].lapsed_reason, signOffs[0].version], ['lapsed', [], 'discussed_since', version]);
		assert.ok((await types(id, version)).includes('sign_off_lapsed'));
		assert.deepEqual(faults(await answer(hub.leader, at('11:30'), signOff)), [409, 'wrong-state']);
		assert.deepEqual(faults(await decide(hub, at('11:40'), id, { children: [one], ...unreached })), [422, 'rule-broken', ['/undiscussed_reason', 'was_discussed']]);
	});

	test('never one that protects: its authorisation is still asked', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'red', true);
		await decide(hub, at('10:40'), id, { outcome: 'immediate_protection', legal_basis: 's46', undiscussed_reason: 'protection_first' });
		await attempt(hub, at('11:00'), id);
		assert.deepEqual([(await open(id)).length, (await whole(id)).decisions[0].standing], [1, 'in_effect']);
	});

	test('one that protects is in effect at once, also where its authorisation is refused', async () => {
		const { id } = await hub.refer(at('10:00'));
		const reply = await decide(hub, at('10:10'), id, { outcome: 'strategy_discussion', legal_basis: 's47' });
		assert.deepEqual([reply.json.standing, reply.json.referral.state, reply.json.governs.length], ['in_effect', 'decided', 1]);
		const [signOff] = await open(id);
		const { referral } = await agreed(hub.leader, at('10:20'), signOff, REFUSED);
		assert.equal(referral.state, 'decided');
		const [kept] = (await whole(id)).decisions;
		assert.deepEqual([kept.standing, kept.governs.length], ['in_effect', 1]);
	});

	test('a manager who may decide alone asks nobody', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', false);
		const reply = await decide(hub, at('11:00'), id, { stage: 'next_steps' }, hub.leader);
		assert.deepEqual([reply.json.standing, await open(id)], ['in_effect', []]);
	});

	test('both at once: the last of the two lets it take effect', async () => {
		const { id, byPart } = await nothingMore();
		const replies = await Promise.all([answer(hub.colleague, at('11:10'), byPart.agrees), answer(hub.leader, at('11:10'), byPart.authorises)]);
		assert.deepEqual(replies.map((r) => r.status), [201, 201]);
		assert.deepEqual(replies.map((r) => r.json.referral.state).toSorted(), ['decided', 'in_progress']);
		assert.equal((await whole(id)).state, 'decided');
	});

	test('a backdated decision is met no earlier than it took effect', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', false);
		const [child] = await childrenOf(hub, at('10:40'), id);
		await decide(hub, at('13:00'), id, { stage: 'next_steps', decided_at: at('10:45') });
		const { follow_ups: followUps } = await agreed(hub.leader, at('14:00'), (await open(id))[0]);
		assert.deepEqual([of(followUps, 'decide_next_steps').met_at, (await whole(id)).decisions[0].governs], [exact('14:00'), [child]]);
	});
});

describe('who answers', () => {
	test('never the one who asked, not even as a manager', async () => {
		const { id } = await hub.refer(at('10:00'));
		await screen(at('10:30'), id, { agreed_by: hub.staffId }, hub.manager);
		const [signOff] = await open(id);
		assert.deepEqual(faults(await answer(hub.manager, at('10:40'), signOff, { answer: 'agreed', stand_in_reason: 'Away.' })), [403, 'forbidden']);
		await agreed(hub.practitioner, at('10:41'), signOff);
	});

	test('the person by their own key; a manager in their place says why; nobody else', async () => {
		const { id: about, said: screened, signOff } = await notNeeded();
		const asked = { asked_of: hub.colleagueId, state: 'open', answered_by: null, answered_at: null, stand_in_reason: null };
		assert.deepEqual([screened.agreement, (await whole(about)).screenings[0].agreement], [asked, asked]);
		for (const who of [hub.practitioner, hub.system, hub.duty, hub.agency]) assert.deepEqual(faults(await answer(who, at('10:40'), signOff)), [403, 'forbidden']);
		assert.deepEqual(faults(await answer(hub.manager, at('10:40'), signOff)).slice(0, 2), [422, 'rule-broken']);
		assert.equal((await answer(hub.manager, at('10:40'), signOff)).json.errors[0].pointer, '/stand_in_reason');
		assert.equal((await answer(hub.colleague, at('10:40'), signOff, { answer: 'agreed', stand_in_reason: 'I am me.' })).json.errors[0].pointer, '/stand_in_reason');
		const said = await agreed(hub.manager, at('10:41'), signOff, { answer: 'agreed', stand_in_reason: 'She is ill until Thursday.' });
		assert.deepEqual([said.asked_of, said.answered_by, said.stand_in_reason], [hub.colleagueId, hub.managerId, 'She is ill until Thursday.']);
		const [{ agreed_by: named, agreement }] = (await whole(about)).screenings;
		assert.deepEqual([named, agreement], [hub.colleagueId, { ...asked, state: 'agreed', answered_by: hub.managerId, answered_at: exact('10:41'), stand_in_reason: 'She is ill until Thursday.' }]);

		const other = await notNeeded();
		const { id } = await hub.refer(at('10:00'));
		await screen(at('10:30'), id, { agreed_by: hub.staffId }, hub.manager);
		assert.deepEqual(faults(await answer(hub.colleague, at('10:40'), (await open(id))[0])), [403, 'forbidden'], 'another practitioner');
		assert.equal((await answer(hub.colleague, at('10:40'), other.signOff)).status, 201);
	});

	test('only a social-work-qualified manager authorises', async () => {
		const { id, said, byPart } = await nothingMore();
		const unanswered = { state: 'open', answered_by: null, answered_at: null, stand_in_reason: null };
		assert.deepEqual([said.authorisation, said.agreement], [{ asked_of: hub.leaderId, ...unanswered }, { asked_of: hub.colleagueId, ...unanswered }]);
		const away = { answer: 'agreed', stand_in_reason: 'On leave.' };
		assert.deepEqual(faults(await answer(hub.manager, at('11:10'), byPart.authorises, away)), [403, 'forbidden']);
		await hub.db.query('UPDATE staff SET social_work_qualified = true WHERE id = $1', [hub.managerId]);
		assert.equal((await answer(hub.manager, at('11:11'), byPart.authorises, away)).status, 201);
		await agreed(hub.colleague, at('11:12'), byPart.agrees);
		const [decision] = (await whole(id)).decisions;
		assert.deepEqual([decision.standing, decision.authorised_by, decision.agreed_by], ['in_effect', hub.leaderId, hub.colleagueId]);
		assert.deepEqual(decision.authorisation, { asked_of: hub.leaderId, state: 'agreed', answered_by: hub.managerId, answered_at: exact('11:11'), stand_in_reason: 'On leave.' });
		assert.deepEqual(decision.agreement, { asked_of: hub.colleagueId, state: 'agreed', answered_by: hub.colleagueId, answered_at: exact('11:12'), stand_in_reason: null });
		await hub.db.query('UPDATE staff SET social_work_qualified = false WHERE id = $1', [hub.managerId]);
	});

	test('once, and with the shape', async () => {
		const { signOff } = await notNeeded();
		for (const [body, pointer] of [[{}, '/answer'], [{ answer: 'perhaps' }, '/answer'], [{ answer: 'refused' }, '/note'], [{ answer: 'refused', note: ' ' }, '/note'], [{ answer: 'agreed', by: 'me' }, '/by']]) {
			const reply = await answer(hub.colleague, at('10:40'), signOff, body);
			assert.deepEqual([reply.status, reply.json.type, reply.json.errors[0].pointer], [422, '/problems/invalid-body', pointer]);
		}
		await agreed(hub.colleague, at('10:41'), signOff);
		assert.deepEqual(faults(await answer(hub.colleague, at('10:42'), signOff, REFUSED)), [409, 'wrong-state']);
		assert.deepEqual(faults(await answer(hub.colleague, at('10:42'), randomUUID())), [404, 'not-found']);
		const race = await notNeeded();
		const replies = await Promise.all([1, 2, 3].map(() => answer(hub.colleague, at('10:42'), race.signOff)));
		assert.deepEqual(replies.map((r) => r.status).toSorted(), [201, 409, 409]);
	});

	test('a repeat with the same key is one answer', async () => {
		const { signOff } = await notNeeded();
		const key = { 'idempotency-key': randomUUID() };
		const ask = () => hub.colleague.at(at('10:40')).post(`/v1/sign-offs/${signOff.id}/answer`, { answer: 'agreed' }, key);
		const [first, second] = [await ask(), await ask()];
		assert.deepEqual([first.status, second.status, second.json.version], [201, 201, first.json.version]);
	});
});

describe('listSignOffs', () => {
	test('by state, by referral, and what waits for me', async () => {
		const { id, signOff } = await notNeeded();
		const { id: other } = await notNeeded(); // and whatever other tests have left
		assert.deepEqual(await list(hub.colleague, `referral_id=${id}`), [signOff]);
		const mine = await list(hub.colleague, 'state=open&mine=true&limit=200');
		assert.ok([id, other].every((r) => mine.some((s) => s.referral_id === r)));
		assert.ok(mine.every((s) => s.asked_of === hub.colleagueId && s.state === 'open'));
		assert.ok(!(await list(hub.practitioner, 'state=open&mine=true&limit=200')).some((s) => s.referral_id === id));
		assert.ok((await list(hub.manager, 'state=open&limit=200')).some((s) => s.referral_id === id));
		await agreed(hub.colleague, at('10:40'), signOff);
		assert.deepEqual(await list(hub.colleague, `referral_id=${id}&state=open`), []);
		assert.ok((await list(hub.colleague, 'state=agreed&limit=200')).some((s) => s.id === signOff.id));
		assert.deepEqual(await list(hub.system, `referral_id=${id}&mine=true`), []);
	});

	for (const filter of ['', '&state=open']) {
		test(`pages hold each once, asked first on top (${filter})`, async () => {
			const seen = [];
			let path = `/v1/sign-offs?limit=3${filter}`;
			while (path) {
				const { json, headers } = await hub.manager.at(at('16:00')).get(path);
				seen.push(...json.items);
				path = json.next && `/v1/sign-offs?limit=3${filter}&cursor=${json.next}`;
				if (path) assert.match(headers.link, /rel="next"/);
			}
			assert.deepEqual(seen, await list(hub.manager, `limit=200${filter}`));
			assert.deepEqual(seen.map((s) => s.asked_at), seen.map((s) => s.asked_at).toSorted());
		});
	}

	test('as CSV; refuses what it does not know', async () => {
		const { text, type } = await hub.manager.at(at('16:00')).request('GET', '/v1/sign-offs?state=open', { headers: { accept: 'text/csv' } });
		assert.match(type, /^text\/csv/);
		assert.match(text, /^id,referral_id,referral_reference/);
		for (const query of ['state=maybe', 'mine=perhaps', 'referral_id=1', 'cursor=AAAA', 'colour=red'])
			assert.deepEqual((await hub.manager.get(`/v1/sign-offs?${query}`)).status, 400);
		assert.equal((await hub.agency.get('/v1/sign-offs')).status, 403);
	});
});

describe('the end of a referral', () => {
	test('it is not closed while somebody is asked', async () => {
		const { id } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), id, 'amber', false);
		await decided(hub, at('11:00'), id);
		await hub.leader.at(at('11:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		await decide(hub, at('11:40'), id);
		const reply = await hub.practitioner.at(at('12:00')).post(`/v1/referrals/${id}/closure`, { reason: 'passed_to_assessment' }, { 'if-match': `"${(await whole(id)).version}"` });
		assert.deepEqual([reply.status, reply.json.errors.map((e) => e.code)], [409, ['sign_off']]);
	});

	test('withdrawn: what was asked lapses', async () => {
		const { id } = await notNeeded();
		const { id: withdrawal } = await hub.agency.at(at('11:00')).ok('POST', `/v1/referrals/${id}/withdrawals`, { body: { reason: 'Another family.' } });
		await hub.manager.at(at('11:10')).ok('POST', `/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, {
			body: { answer: 'closed_sent_in_error', reason: 'Compared both.' }, headers: { 'if-match': `"${(await whole(id)).version}"` } });
		assert.deepEqual((await asked(id)).map((s) => [s.state, s.lapsed_reason]), [['lapsed', 'withdrawn']]);
	});
});

test('the agency sees nothing of it', async () => {
	const { id, signOff } = await notNeeded(true);
	await agreed(hub.colleague, at('11:00'), signOff, { answer: 'agreed', note: 'Whispered.' });
	const view = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}`);
	const timeline = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}/timeline`);
	for (const secret of ['Whispered', hub.colleagueId, 'sign_off']) assert.ok(!view.text.includes(secret) && !timeline.text.includes(secret), secret);
});

test('the database holds two people apart as well', async () => {
	const { said, id } = await notNeeded();
	const insert = (of, by) => hub.db.query(`INSERT INTO sign_off (partnership_id, id, referral_id, version, subject_kind, subject_id, part, asked_of, asked_by, state, answered_by, answered_at)
		VALUES ($1, gen_random_uuid(), $2, 1, 'screening', $3, 'agrees', $4, $5, 'agreed', $6, mashd_now())`, [hub.partnership, id, said.id, of, hub.staffId, by]);
	await assert.rejects(insert(hub.staffId, hub.managerId), /sign_off_two_people/);
	await assert.rejects(insert(hub.managerId, hub.staffId), /sign_off_two_people/);
	await assert.rejects(hub.db.query('DELETE FROM sign_off', [], { as: 'app', partnership: hub.partnership }), /permission denied/);
});
