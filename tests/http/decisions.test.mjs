// recordDecision: per child, at two stages, superseded and never overwritten; what it does to state and follow-ups; every
// refusal with its place. What protects a child is in decisions_protect.test.mjs.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, childrenOf, decide, decided, decision, faults, HISTORY } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const TWO = { children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.', family_name: 'Example' }] };
let hub;
before(async () => { hub = await addPeople(await startHub('decisions')); });
after(() => hub?.stop());

// Received at 10:00 and screened at 10:30: nothing to be asked, or a material topic.
async function screened(needed = false, members = {}, by = hub.agency) {
	const { id } = await hub.refer(at('10:00'), members, by);
	await hub.screen(at('10:30'), id, 'amber', needed);
	return id;
}
const whole = (id, now = at('16:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const kinds = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const of = (followUps, kind) => followUps.findLast((f) => f.kind === kind);
const events = async (id) => (await hub.manager.at(at('16:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items;

describe('what it changes', () => {
	test('a final decision about all children: decided, the clocks of deciding met, feedback owed', async () => {
		const id = await screened();
		const asked = await decide(hub, at('10:50'), id);
		assert.equal(asked.status, 201, asked.text);
		assert.equal(asked.headers.etag, `"${asked.json.version}"`);
		const { follow_ups: followUps, referral, ...said } = await hub.agree(at('11:00'), asked.json, hub.leader);
		const children = await childrenOf(hub, at('11:30'), id);
		assert.deepEqual(said, {
			...decision(hub.leaderId), id: said.id, referral_id: id, version: said.version, children, governs: [], questioned_by: null, legal_basis_text: null, standing: 'in_effect',
			discussions: [], undiscussed_reason: null, decided_by: hub.staffId, agreed_by: null, decided_at: exact('10:50'), recorded_at: exact('10:50'), exceptions: [],
			agreement: null, authorisation: { asked_of: hub.leaderId, state: 'open', answered_by: null, answered_at: null, stand_in_reason: null }, // when it was recorded
		});
		assert.deepEqual(['decide_next_steps', 'decide_outcome'].map((k) => [of(followUps, k).state, of(followUps, k).met_at]), [['met', exact('11:00')], ['met', exact('11:00')]]);
		assert.deepEqual([kinds(followUps), of(followUps, 'feedback').due_at], [['feedback'], exact('11:00', '2027-03-02')]);
		assert.deepEqual([referral.state, referral.version, referral.next_due_at], ['decided', said.version + 1, exact('11:00', '2027-03-02')]);
		const record = await whole(id);
		const authorisation = { ...said.authorisation, state: 'agreed', answered_by: hub.leaderId, answered_at: exact('11:00') };
		assert.deepEqual(record.decisions, [{ ...said, governs: children, authorisation }]);
		const told = (version) => events(id).then((all) => all.filter((e) => e.version === version));
		const first = await told(said.version);
		assert.deepEqual(first.map((e) => e.type).toSorted(), ['decided', 'sign_off_asked']);
		const [event] = first.filter((e) => e.type === 'decided');
		assert.deepEqual([event.data, event.actor.id], [{
			decision_id: said.id, stage: 'final', outcome: 'child_and_family_assessment', children, authorised_by: hub.leaderId, awaits_sign_off: true,
		}, hub.staffId]);
		assert.deepEqual((await told(said.version + 1)).map((e) => e.type).toSorted(), ['follow_up_met', 'follow_up_met', 'follow_up_opened', 'sign_off_agreed', 'state_changed']);
	});

	test('the next steps leave it in progress; decide_next_steps alone is met', async () => {
		const id = await screened();
		const { follow_ups: followUps, referral } = await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		assert.deepEqual([of(followUps, 'decide_next_steps').state, kinds(followUps), referral.state], ['met', ['decide_outcome'], 'in_progress']);
		const last = await decided(hub, at('12:00'), id);
		assert.deepEqual([kinds(last.follow_ups), last.referral.state], [['feedback'], 'decided']);
	});

	test('child by child: each clock is met when the last child is decided, at that moment', async () => {
		const id = await screened(false, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		const first = await decided(hub, at('12:00'), id, { children: [one] });
		assert.deepEqual([first.children, first.referral.state, kinds(first.follow_ups)], [[one], 'in_progress', ['decide_next_steps', 'decide_outcome']]);
		// Decided before the first one, recorded after it, by a manager who needs nobody's word.
		const second = await decided(hub, at('12:30'), id, { children: [other], stage: 'next_steps', decided_at: at('11:45') }, hub.leader);
		assert.deepEqual([of(second.follow_ups, 'decide_next_steps').met_at, second.referral.state], [exact('12:00'), 'in_progress']);
		const third = await decided(hub, at('13:00'), id, { children: [other], outcome: 'early_help', legal_basis: 'children_act_2004_s10' });
		assert.deepEqual([of(third.follow_ups, 'decide_outcome').met_at, third.referral.state], [exact('13:00'), 'decided']);
	});

	test('the latest of a child governs, the first final one stays known, nothing is overwritten', async () => {
		const id = await screened(false, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		const first = await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		const second = await decided(hub, at('12:00'), id);
		const third = await decided(hub, at('13:00'), id, { children: [other], outcome: 'early_help' });
		const { decisions } = await whole(id);
		assert.deepEqual(decisions.map((d) => [d.id, d.governs]), [[first.id, []], [second.id, [one]], [third.id, [other]]]);
		assert.deepEqual(decisions[1].children, [one, other].toSorted());
		const rows = await hub.db.query('SELECT decision_id, child_id, ordinal, first_final, superseded_by FROM decision_child WHERE referral_id = $1 AND child_id = $2 ORDER BY ordinal', [id, other]);
		assert.deepEqual(rows.map((r) => [r.decision_id, r.ordinal, r.first_final, r.superseded_by]), [
			[first.id, 1, false, second.id], [second.id, 2, true, third.id], [third.id, 3, false, null]]);
	});

	test('another outcome owes feedback again, the same one does not', async () => {
		const id = await screened();
		await decided(hub, at('11:00'), id);
		await hub.leader.at(at('11:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		const same = await decided(hub, at('12:00'), id, { rationale: 'Said more clearly.' });
		assert.deepEqual([kinds(same.follow_ups), same.referral.state], [[], 'decided']);
		const other = await decided(hub, at('13:00'), id, { outcome: 'family_help' });
		assert.deepEqual(kinds(other.follow_ups), ['feedback']);
	});

	test('a transfer opens its acceptance; decided once is opened once', async () => {
		const id = await screened();
		const first = await decided(hub, at('11:00'), id, { outcome: 'transfer_to_other_authority', stage: 'next_steps' });
		assert.equal(of(first.follow_ups, 'transfer_acceptance').due_at, exact('11:00', '2027-03-02'));
		const [{ id: acceptance }] = await hub.db.query("UPDATE follow_up SET state = 'cancelled', ended_at = mashd_now() WHERE referral_id = $1 AND kind = 'transfer_acceptance' RETURNING id", [id]);
		const last = await decided(hub, at('12:00'), id, { outcome: 'transfer_to_other_authority' });
		assert.deepEqual(last.follow_ups.filter((f) => f.kind === 'transfer_acceptance').map((f) => f.id), [acceptance]);
	});

	test('discussions are cited with their effect', async () => {
		const id = await screened(true);
		const talk = await attempt(hub, at('11:00'), id);
		const cited = [{ contact_attempt_id: talk.id, effect: 'changed_outcome' }];
		const { discussions, exceptions } = await decided(hub, at('12:00'), id, { discussions: cited });
		assert.deepEqual([discussions, exceptions], [cited, []]);
		assert.deepEqual((await whole(id)).decisions[0].discussions, cited);
		const rows = await hub.db.query('SELECT contact_attempt_id, effect FROM decision_discussion WHERE referral_id = $1', [id]);
		assert.deepEqual(rows.map((r) => ({ ...r })), cited);
	});

	test('a repeat with the same key records it once', async () => {
		const id = await screened();
		const key = { 'idempotency-key': randomUUID() };
		const ask = () => hub.practitioner.at(at('11:00')).post(`/v1/referrals/${id}/decisions`, decision(hub.leaderId), key);
		const [first, second] = [await ask(), await ask()];
		assert.deepEqual([first.status, second.status, second.json.id, second.headers['idempotent-replayed']], [201, 201, first.json.id, 'true']);
		assert.equal((await whole(id)).decisions.length, 1);
	});

	test('the agency learns that it is decided, and nothing of why', async () => {
		const id = await screened();
		const { rationale } = await decided(hub, at('11:00'), id, { rationale: 'Only for the hub, 7431.' });
		const view = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}`);
		const timeline = await hub.agency.at(at('12:00')).get(`/v1/referrals/${id}/timeline`);
		assert.equal(view.json.state, 'decided');
		for (const secret of [rationale, 'child_and_family_assessment', 'level 4', hub.leaderId, 's17'])
			assert.ok(!view.text.includes(secret) && !timeline.text.includes(secret), secret);
		assert.ok(!timeline.json.items.some((e) => e.type === 'decided'));
		assert.ok(timeline.json.items.some((e) => e.type === 'state_changed' && e.data.to === 'decided'));
	});
});

describe('what it is refused for', () => {
	test('the state: nobody has screened it, or not what came in since, or it is closed', async () => {
		const { id } = await hub.refer(at('10:00'), { agency_reference: randomUUID() });
		for (const stage of ['next_steps', 'final']) {
			const answer = await decide(hub, at('11:00'), id, { stage });
			assert.deepEqual(faults(answer), [409, 'wrong-state']);
			assert.match(answer.json.detail, /received.*allowed now: screen/);
		}
		await attempt(hub, at('11:00'), id, { result: 'no_answer' });
		assert.match((await decide(hub, at('11:00'), id)).json.detail, /nobody has screened.*allowed now: screen/);

		const again = { agency_reference: randomUUID() };
		const { id: other } = await hub.refer(at('10:00'), again);
		await hub.screen(at('10:30'), other, 'amber', false);
		await hub.refer(at('11:00'), { ...again, concerns: [{ description: 'Hurt as well.' }] });
		const answer = await decide(hub, at('11:30'), other);
		assert.deepEqual(faults(answer), [409, 'wrong-state']);
		assert.match(answer.json.detail, /since the last screening.*allowed now: screen/);
		await hub.screen(at('11:40'), other, 'amber', false);
		assert.equal((await decide(hub, at('11:50'), other)).status, 201);

		await hub.db.query("UPDATE referral SET state = 'closed' WHERE id = $1", [other]);
		assert.match((await decide(hub, at('12:00'), other)).json.detail, /closed.*reopen/);
	});

	test('what is missing, all at once', async () => {
		const id = await screened();
		const answer = await hub.practitioner.at(at('11:00')).post(`/v1/referrals/${id}/decisions`, { stage: 'final', outcome: 'early_help' });
		assert.deepEqual(faults(answer), [422, 'rule-broken', ['/legal_basis', 'legal_basis_missing'], ['/level_of_need', 'level_of_need_missing'],
			['/rationale', 'rationale_missing'], ['/history_considered', 'history_missing'], ['/authorised_by', 'authoriser_missing']]);
		assert.deepEqual((await whole(id)).decisions, []);
	});

	test('words of white space alone are none', async () => {
		const id = await screened();
		const answer = await decide(hub, at('11:00'), id, { rationale: ' \n', level_of_need: ' ', legal_basis: 'other', legal_basis_text: '\t' });
		assert.deepEqual(faults(answer), [422, 'rule-broken', ['/legal_basis_text', 'legal_basis_text_missing'], ['/level_of_need', 'level_of_need_missing'], ['/rationale', 'rationale_missing']]);
	});

	test('each alone, with its place', async () => {
		const id = await screened();
		const now = at('12:00');
		await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		for (const [more, pointer, code] of [
			[{ decided_at: at('12:01') }, '/decided_at', 'decided_in_future'],
			[{ decided_at: at('10:59') }, '/decided_at', 'decided_before_another'],
			[{ legal_basis: 'none' }, '/legal_basis', 'legal_basis_none'],
			[{ legal_basis: 'other' }, '/legal_basis_text', 'legal_basis_text_missing'],
			[{ legal_basis_text: 'Some act.' }, '/legal_basis_text', 'legal_basis_text_unused'],
			[{ authorised_by: hub.managerId }, '/authorised_by', 'authoriser_not_qualified'],
			[{ authorised_by: hub.colleagueId }, '/authorised_by', 'authoriser_not_qualified'],
			[{ authorised_by: hub.disabledId }, '/authorised_by', 'authoriser_not_qualified'],
			[{ authorised_by: randomUUID() }, '/authorised_by', 'authoriser_not_qualified'],
			[{ agreed_by: hub.staffId }, '/agreed_by', 'second_person_unfit'],
			[{ agreed_by: hub.supportId }, '/agreed_by', 'second_person_unfit'],
			[{ agreed_by: randomUUID() }, '/agreed_by', 'second_person_unfit'],
			[{ discussions: [{ contact_attempt_id: randomUUID(), effect: 'none' }] }, '/discussions/0/contact_attempt_id', 'attempt_unknown'],
			[{ undiscussed_reason: 'answered_elsewhere' }, '/undiscussed_reason', 'was_not_needed'],
		]) assert.deepEqual(faults(await decide(hub, now, id, more)), [422, 'rule-broken', [pointer, code]], JSON.stringify(more));
		const { id: early } = await hub.refer(at('10:00'));
		await hub.screen(at('10:30'), early, 'amber', false);
		assert.deepEqual(faults(await decide(hub, now, early, { decided_at: at('09:59') })), [422, 'rule-broken', ['/decided_at', 'decided_before_receipt']]);
	});

	test('passed to an allocated worker: only a child that was', async () => {
		const id = await screened(false, TWO);
		const [one] = await childrenOf(hub, at('10:40'), id);
		const passed = { outcome: 'passed_to_allocated_worker' };
		const refused = [422, 'rule-broken', ['/outcome', 'not_passed']];
		for (const stage of ['next_steps', 'final']) assert.deepEqual(faults(await decide(hub, at('11:00'), id, { ...passed, stage })), refused);
		await hub.practitioner.at(at('11:10')).ok('POST', `/v1/referrals/${id}/allocated-worker`, { body: { worker_name: 'W. Worker', worker_team: 'North', children: [one] } });
		assert.deepEqual(faults(await decide(hub, at('11:20'), id, passed)), refused);
		const { follow_ups: followUps } = await decided(hub, at('11:20'), id, { ...passed, children: [one] });
		assert.equal(of(followUps, 'pass_to_allocated_worker').state, 'open');
	});

	test('a child that is not on the referral, by its place', async () => {
		const id = await screened(false, TWO);
		const [one] = await childrenOf(hub, at('10:40'), id);
		const answer = await decide(hub, at('11:00'), id, { children: [one, randomUUID()] });
		assert.deepEqual([answer.status, answer.json.errors[0].pointer], [422, '/children/1']);
	});

	test('the shape', async () => {
		const id = await screened();
		for (const [more, pointer] of [
			[{ stage: 'maybe' }, '/stage'], [{ outcome: 'tea' }, '/outcome'], [{ legal_basis: 's99' }, '/legal_basis'], [{ children: [] }, '/children'],
			[{ history_considered: { ...HISTORY, mother: undefined } }, '/history_considered/mother'], [{ rationale: '' }, '/rationale'],
			[{ discussions: [{ contact_attempt_id: randomUUID(), effect: 'great' }] }, '/discussions/0/effect'], [{ undiscussed_reason: 'no_time' }, '/undiscussed_reason'],
		]) {
			const answer = await decide(hub, at('11:00'), id, more);
			assert.deepEqual([answer.status, answer.json.type, answer.json.errors[0].pointer], [422, '/problems/invalid-body', pointer]);
		}
	});

	test('who: no system, and on duty nothing but protection', async () => {
		const id = await screened();
		for (const who of [hub.system, hub.duty]) assert.deepEqual(faults(await decide(hub, at('11:00'), id, {}, who)), [403, 'forbidden']);
	});
});

describe('who authorises', () => {
	test('a final decision somebody else than the decider; the next steps a qualified manager alone', async () => {
		const id = await screened();
		const alone = await decide(hub, at('11:00'), id, {}, hub.leader);
		assert.deepEqual(faults(alone), [422, 'rule-broken', ['/authorised_by', 'authoriser_decides']]);
		const steps = await decided(hub, at('11:00'), id, { stage: 'next_steps' }, hub.leader);
		assert.deepEqual([steps.decided_by, steps.authorised_by, steps.authorisation, steps.agreement], [hub.leaderId, hub.leaderId, null, null]);
	});
});

describe('no further action', () => {
	test('takes a second person where clarification was ever needed, discussed or not', async () => {
		const id = await screened(true);
		await attempt(hub, at('11:00'), id);
		const nothing = { outcome: 'no_further_action', legal_basis: 'none' };
		for (const stage of ['next_steps', 'final'])
			assert.deepEqual(faults(await decide(hub, at('12:00'), id, { ...nothing, stage })), [422, 'rule-broken', ['/agreed_by', 'second_person_missing']]);
		const { agreed_by: second } = await decided(hub, at('12:00'), id, { ...nothing, agreed_by: hub.colleagueId });
		assert.equal(second, hub.colleagueId);
		await decided(hub, at('12:00'), await screened(false), nothing);
	});

	test('need is sticky: a later "not needed" changes nothing', async () => {
		const id = await screened(true);
		await hub.screen(at('11:00'), id, 'amber', false);
		const answer = await decide(hub, at('12:00'), id, { outcome: 'no_further_action', legal_basis: 'none' });
		assert.deepEqual(faults(answer), [422, 'rule-broken', ['/agreed_by', 'second_person_missing'], ['/undiscussed_reason', 'undiscussed_reason_missing']]);
	});
});

describe('where nothing was discussed', () => {
	const missing = [422, 'rule-broken', ['/undiscussed_reason', 'undiscussed_reason_missing']];
	const reason = (undiscussed_reason) => ({ undiscussed_reason });

	test('a final decision says why, the next steps need not', async () => {
		const id = await screened(true);
		assert.deepEqual(faults(await decide(hub, at('11:00'), id)), missing);
		await decided(hub, at('11:00'), id, { stage: 'next_steps' });
		const { undiscussed_reason: said, follow_ups: followUps } = await decided(hub, at('12:00'), id, reason('answered_elsewhere'));
		assert.deepEqual([said, of(followUps, 'discuss').state], ['answered_elsewhere', 'open']); // it is still owed: a manager may waive
	});

	test('each reason stands on what is on record before it', async () => {
		const id = await screened(true);
		for (const [why, code] of [['protection_first', 'nothing_protects'], ['unreached_after_attempts', 'no_attempt'], ['declined', 'not_declined'], ['anonymous', 'not_anonymous']])
			assert.deepEqual(faults(await decide(hub, at('11:00'), id, reason(why))), [422, 'rule-broken', ['/undiscussed_reason', code]]);
		await attempt(hub, at('12:00'), id, { result: 'message_left' });
		assert.deepEqual(faults(await decide(hub, at('12:30'), id, { ...reason('unreached_after_attempts'), decided_at: at('11:30') })), [422, 'rule-broken', ['/undiscussed_reason', 'no_attempt']]);
		await decided(hub, at('13:00'), id, reason('unreached_after_attempts'));

		const other = await screened(true);
		await attempt(hub, at('11:00'), other, { result: 'declined' });
		assert.deepEqual(faults(await decide(hub, at('12:00'), other, reason('unreached_after_attempts'))), [422, 'rule-broken', ['/undiscussed_reason', 'no_attempt']]);
		await decided(hub, at('12:00'), other, reason('declined'));
	});

	test('anonymous is who cannot be known: by source or as a member of the public, without a name, or by wish; never a professional', async () => {
		for (const [members, may] of [
			[{ source: '9' }, true], [{ source: '9', referrer: { kind: 'public' } }, true],
			[{ source: '9', referrer: { kind: 'professional', name: 'Sam Invented', phone: '01632 960001' } }, false],
			[{ source: '9', referrer: { kind: 'professional' } }, false], [{ source: '9', referrer: { name: 'Sam Invented' } }, false],
			[{ referrer: { kind: 'public', name: 'Sam Invented', identity_wish: 'anonymous' } }, true],
			[{ referrer: { kind: 'public' } }, true], [{ source: '1B' }, true],
			[{ referrer: { kind: 'public', name: 'Sam Invented' } }, false],
			[{ referrer: { kind: 'professional', identity_wish: 'anonymous' } }, false], [{}, false],
		]) {
			const id = await screened(true, { channel: 'web_form', ...members });
			assert.equal((await decide(hub, at('11:00'), id, reason('anonymous'))).status, may ? 201 : 422, JSON.stringify(members));
		}
	});

	test('a reason where it was discussed is refused: the discussion is cited', async () => {
		const id = await screened(true);
		await attempt(hub, at('11:00'), id);
		assert.deepEqual(faults(await decide(hub, at('12:00'), id, reason('answered_elsewhere'))), [422, 'rule-broken', ['/undiscussed_reason', 'was_discussed']]);
		await decided(hub, at('12:00'), id); // uncited is allowed, and counted
	});

	test('each child by itself: a discussion about one is none about the other', async () => {
		const id = await screened(true, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		const talk = await attempt(hub, at('11:00'), id, { children: [one] });
		const cited = { discussions: [{ contact_attempt_id: talk.id, effect: 'confirmed' }] };
		for (const children of [[other], [one, other], undefined])
			assert.deepEqual(faults(await decide(hub, at('12:00'), id, children ? { children } : cited)), missing, String(children));
		assert.deepEqual(faults(await decide(hub, at('12:00'), id, { children: [one], ...reason('answered_elsewhere') })), [422, 'rule-broken', ['/undiscussed_reason', 'was_discussed']]);
		await decided(hub, at('12:00'), id, { children: [one], ...cited });
		const { undiscussed_reason: said } = await decided(hub, at('12:10'), id, { children: [other], ...reason('answered_elsewhere') });
		assert.equal(said, 'answered_elsewhere');
		// Both, each in a discussion of its own.
		const both = await screened(true, TWO);
		for (const child of await childrenOf(hub, at('10:40'), both)) await attempt(hub, at('11:00'), both, { children: [child] });
		assert.deepEqual(faults(await decide(hub, at('12:00'), both, reason('answered_elsewhere'))), [422, 'rule-broken', ['/undiscussed_reason', 'was_discussed']]);
		await decided(hub, at('12:00'), both);
	});

	test('what was discussed after the decision was made does not count for it', async () => {
		const id = await screened(true);
		const talk = await attempt(hub, at('12:00'), id);
		const early = { decided_at: at('11:00') };
		assert.deepEqual(faults(await decide(hub, at('13:00'), id, early)), missing);
		assert.deepEqual(faults(await decide(hub, at('13:00'), id, { ...early, ...reason('answered_elsewhere'), discussions: [{ contact_attempt_id: talk.id, effect: 'confirmed' }] })),
			[422, 'rule-broken', ['/discussions/0/contact_attempt_id', 'discussed_after']]);
	});

	test('a citation is a discussion, once, about one of these children', async () => {
		const id = await screened(true, TWO);
		const [one, other] = await childrenOf(hub, at('10:40'), id);
		const written = await attempt(hub, at('11:00'), id, { result: 'written_reply', method: 'email' });
		const talk = await attempt(hub, at('11:10'), id, { children: [one] });
		const cite = (...ids) => ({ discussions: ids.map((contact_attempt_id) => ({ contact_attempt_id, effect: 'confirmed' })) });
		const place = (i, code) => [422, 'rule-broken', [`/discussions/${i}/contact_attempt_id`, code]];
		assert.deepEqual(faults(await decide(hub, at('12:00'), id, { ...cite(written.id), children: [one] })), place(0, 'attempt_is_no_discussion'));
		assert.deepEqual(faults(await decide(hub, at('12:00'), id, { ...cite(talk.id, talk.id), children: [one] })), place(1, 'attempt_twice'));
		assert.deepEqual(faults(await decide(hub, at('12:00'), id, { ...cite(talk.id), children: [other], ...reason('answered_elsewhere') })), place(0, 'discussed_others'));
		await decided(hub, at('12:00'), id, { ...cite(talk.id), children: [one] });
	});
});
