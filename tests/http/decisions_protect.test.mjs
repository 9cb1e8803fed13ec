// recordDecision where it protects a child: never refused, what it lacks is written down; the discussion has a working day more.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, childrenOf, decided, decidedReferral, decision, faults } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const NEXT = '2027-03-02';
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const PROTECTING = ['strategy_discussion', 'immediate_protection'];
let hub;
before(async () => { hub = await addPeople(await startHub('decisions_protect')); });
after(() => hub?.stop());

const protect = (id, now, body, who = hub.practitioner) => who.at(now).ok('POST', `/v1/referrals/${id}/decisions`, { body });
const codes = (json) => json.exceptions.map((e) => [e.pointer, e.code]);
const of = (followUps, kind) => followUps.findLast((f) => f.kind === kind);
const open = (followUps) => followUps.filter((f) => f.state === 'open').map((f) => f.kind).toSorted();
const BARE = [['/legal_basis', 'legal_basis_missing'], ['/level_of_need', 'level_of_need_missing'], ['/rationale', 'rationale_missing'],
	['/history_considered', 'history_missing'], ['/authorised_by', 'authoriser_missing']];
const refer = (now = at('10:00'), members) => hub.refer(now, members).then((receipt) => receipt.id);

describe('never refused', () => {
	for (const outcome of PROTECTING) {
		test(`${outcome}: stage and outcome are enough, of a referral that nobody has screened`, async () => {
			const id = await refer();
			const steps = await protect(id, at('10:05'), { stage: 'next_steps', outcome });
			assert.deepEqual(codes(steps), [['', 'not_screened'], ...BARE]);
			assert.deepEqual([steps.legal_basis, steps.rationale, steps.authorised_by, steps.history_considered, steps.referral.state], [null, null, null, null, 'in_progress']);
			assert.equal(of(steps.follow_ups, 'triage').state, 'open');
			const last = await protect(id, at('10:06'), { stage: 'final', outcome });
			assert.equal(last.referral.state, 'decided');
			assert.equal(of(last.follow_ups, 'decide_outcome').met_at, exact('10:06'));
		});

		test(`${outcome}: what is wrong is noted, with what was sent, and is no part of it`, async () => {
			const id = await refer();
			await hub.screen(at('10:30'), id, 'red', true);
			const none = await attempt(hub, at('10:40'), id, { result: 'no_answer' });
			const unknown = randomUUID();
			const said = await protect(id, at('11:00'), {
				...decision(hub.staffId, { outcome, legal_basis: 'none', decided_at: at('12:00'), undiscussed_reason: 'declined', agreed_by: hub.supportId }),
				discussions: [{ contact_attempt_id: unknown, effect: 'none' }, { contact_attempt_id: none.id, effect: 'confirmed' }],
			});
			assert.deepEqual(said.exceptions.map((e) => [e.pointer, e.code, e.value_as_sent]), [
				['/decided_at', 'decided_in_future', at('12:00')], ['/legal_basis', 'legal_basis_none', 'none'],
				['/authorised_by', 'authoriser_not_qualified', hub.staffId], ['/agreed_by', 'second_person_unfit', hub.supportId],
				['/discussions/0/contact_attempt_id', 'attempt_unknown', unknown], ['/discussions/1/contact_attempt_id', 'attempt_is_no_discussion', none.id],
				['/undiscussed_reason', 'not_declined', 'declined'],
			]);
			assert.deepEqual([said.decided_at, said.authorised_by, said.agreed_by, said.discussions, said.undiscussed_reason], [exact('11:00'), null, null, [], null]);
			const [event] = (await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'decided');
			assert.deepEqual(event.data.exceptions, said.exceptions.map((e) => e.code));
		});
	}

	test('undiscussed without a reason, before receipt, before another one', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'red', true);
		await protect(id, at('11:00'), { ...decision(hub.leaderId, { stage: 'next_steps', outcome: 'strategy_discussion', legal_basis: 's47' }) });
		const said = await protect(id, at('11:30'), decision(hub.leaderId, { outcome: 'immediate_protection', legal_basis: 's46', decided_at: at('09:50') }));
		assert.deepEqual(codes(said), [['/decided_at', 'decided_before_receipt'], ['/decided_at', 'decided_before_another'], ['/undiscussed_reason', 'undiscussed_reason_missing']]);
		assert.deepEqual([said.decided_at, said.governs.length], [exact('09:50'), 1]);
	});

	test('words of white space alone are noted as missing, as they were sent, and are no part of it', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'red', false);
		const said = await protect(id, at('11:00'), decision(hub.leaderId, { outcome: 'immediate_protection', legal_basis: 's46', rationale: ' ', level_of_need: ' ', legal_basis_text: ' ' }));
		assert.deepEqual(said.exceptions.map((e) => [e.pointer, e.code, e.value_as_sent]), [['/level_of_need', 'level_of_need_missing', ' '], ['/rationale', 'rationale_missing', ' ']]);
		assert.deepEqual([said.rationale, said.level_of_need, said.legal_basis_text], [null, null, null]);
	});

	test('nothing is noted where nothing is wrong', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'red', false);
		assert.deepEqual((await protect(id, at('11:00'), decision(hub.leaderId, { outcome: 'immediate_protection', legal_basis: 's44' }))).exceptions, []);
	});

	test('a closed referral is taken up again, and says so', async () => {
		const { id } = await decidedReferral(hub, DAY);
		await hub.leader.at(at('11:30')).ok('POST', `/v1/referrals/${id}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
		const { version } = await hub.manager.at(at('11:40')).ok('GET', `/v1/referrals/${id}`);
		await hub.manager.at(at('11:40')).ok('POST', `/v1/referrals/${id}/closure`, { body: { reason: 'passed_to_assessment' }, headers: { 'if-match': `"${version}"` } });
		const said = await protect(id, at('12:00'), decision(hub.leaderId, { stage: 'next_steps', outcome: 'immediate_protection', legal_basis: 's46' }));
		assert.deepEqual([codes(said), said.referral.state, open(said.follow_ups)], [[['', 'was_closed']], 'in_progress', ['decide_outcome', 'triage']]);
		const record = await hub.manager.at(at('12:10')).ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual(record.reopenings.map((o) => [o.reason, o.note, o.version, o.reopened_by]), [['protection', null, said.version, hub.staffId]]);
		const last = await protect(id, at('12:20'), decision(hub.leaderId, { outcome: 'immediate_protection', legal_basis: 's46' }));
		assert.deepEqual([codes(last), last.referral.state], [[['', 'not_screened_again']], 'decided']);
	});

	test('on duty, on Saturday at two in the night', async () => {
		const saturday = '2027-03-06';
		const id = await refer(at('02:00', saturday), { immediate_protection_needed: true });
		const said = await protect(id, at('02:10', saturday), { stage: 'next_steps', outcome: 'immediate_protection', legal_basis: 's46' }, hub.duty);
		assert.deepEqual([said.decided_by, of(said.follow_ups, 'decide_next_steps').met_at], [hub.dutyId, exact('02:10', saturday)]);
	});

	test('only whom it is about must be certain, and the words those of the contract', async () => {
		const id = await refer();
		const post = (body) => hub.practitioner.at(at('10:05')).post(`/v1/referrals/${id}/decisions`, body);
		assert.equal((await post({ stage: 'final', outcome: 'immediate_protection', children: [randomUUID()] })).json.errors[0].pointer, '/children/0');
		assert.deepEqual(faults(await post({ stage: 'final', outcome: 'protect' })).slice(0, 2), [422, 'invalid-body']);
	});
});

describe('the strategy discussion', () => {
	test('is owed within a working day of the decision, once', async () => {
		const id = await refer();
		await hub.screen(at('10:30'), id, 'red', false);
		const body = (stage, more = {}) => decision(hub.leaderId, { stage, outcome: 'strategy_discussion', legal_basis: 's47', ...more });
		const first = await protect(id, at('11:30'), body('next_steps', { decided_at: at('11:00') }));
		assert.deepEqual([of(first.follow_ups, 'strategy_discussion').started_at, of(first.follow_ups, 'strategy_discussion').due_at], [exact('11:00'), exact('11:00', NEXT)]);
		const second = await protect(id, at('12:00'), body('final'));
		assert.equal(second.follow_ups.filter((f) => f.kind === 'strategy_discussion').length, 1);
	});

	test('of one child of two', async () => {
		const id = await refer(at('10:00'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		await hub.screen(at('10:30'), id, 'red', false);
		const [one] = await childrenOf(hub, at('10:40'), id);
		const said = await protect(id, at('11:00'), { stage: 'final', outcome: 'strategy_discussion', children: [one] });
		assert.deepEqual([said.children, said.referral.state, of(said.follow_ups, 'strategy_discussion').state], [[one], 'in_progress', 'open']);
	});
});

// DOMAIN section 5: with protection_first the discussion stays open one working day more.
describe('protection first', () => {
	const first = (stage, more = {}) => decision(hub.leaderId, { stage, outcome: 'immediate_protection', legal_basis: 's46', undiscussed_reason: 'protection_first', ...more });
	async function red(members) {
		const id = await refer(at('10:00'), members);
		await hub.screen(at('10:30'), id, 'red', true);
		return id;
	}

	test('gives the discussion a working day from the decision, and its rule says why', async () => {
		const id = await red();
		assert.equal((await hub.followUp(at('10:40'), id, 'discuss')).due_at, exact('14:00'));
		const said = await protect(id, at('11:00'), first('next_steps'));
		assert.deepEqual([said.undiscussed_reason, said.exceptions], ['protection_first', []]);
		const discuss = of(said.follow_ups, 'discuss');
		assert.deepEqual([discuss.due_at, discuss.unit, discuss.amount, discuss.timing], [exact('11:00', NEXT), 'working_days', 1, 2]);
		const [row] = await hub.db.query("SELECT rule, counted_from FROM follow_up WHERE referral_id = $1 AND kind = 'discuss'", [id]);
		assert.equal(row.rule, 'discuss/protection_first');
		const { items } = await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const [retimed] = items.filter((e) => e.type === 'follow_up_retimed' && e.data.kind === 'discuss');
		assert.deepEqual([retimed.data.rule, retimed.data.counted_from, retimed.data.due_at], ['discuss/protection_first', exact('11:00'), exact('11:00', NEXT)]);
	});

	test('a second such decision does not put it off again, nor does a new rating take it back', async () => {
		const id = await red();
		await protect(id, at('11:00'), first('next_steps'));
		const last = await protect(id, at('15:00'), first('final'));
		assert.deepEqual([of(last.follow_ups, 'discuss').due_at, last.referral.state], [exact('11:00', NEXT), 'decided']);
		await hub.screen(at('15:30'), id, 'amber', true);
		assert.equal((await hub.followUp(at('15:40'), id, 'discuss')).due_at, exact('11:00', NEXT));
	});

	test('the outcome afterwards may rest on it', async () => {
		const id = await red();
		await protect(id, at('11:00'), first('next_steps'));
		const said = await decided(hub, at('15:00'), id, { undiscussed_reason: 'protection_first' });
		assert.deepEqual([said.outcome, of(said.follow_ups, 'discuss').state, said.referral.state], ['child_and_family_assessment', 'open', 'decided']);
	});

	test('before any screening: the discussion that a screening then asks for has that day', async () => {
		const id = await refer();
		const said = await protect(id, at('10:10'), first('final'));
		assert.deepEqual([said.undiscussed_reason, codes(said)], ['protection_first', [['', 'not_screened']]]);
		await hub.screen(at('10:30'), id, 'red', true);
		assert.equal((await hub.followUp(at('10:40'), id, 'discuss')).due_at, exact('10:10', NEXT));
	});

	test('a screening that asks only after that day: the discussion is not overdue when it begins, and says why', async () => {
		const id = await refer();
		await protect(id, at('10:30'), first('final'));
		await hub.screen(`${NEXT}T11:00:00Z`, id, 'red', true);
		const asked = await hub.followUp(`${NEXT}T11:00:00Z`, id, 'discuss');
		assert.deepEqual([asked.due_at, asked.unit, asked.amount, asked.overdue], [exact('13:00', NEXT), 'working_minutes', 120, false]);
		const explained = await hub.manager.at(`${NEXT}T11:30:00Z`).ok('GET', `/v1/follow-ups/${asked.id}/explanation`);
		assert.deepEqual([explained.rule, explained.counted_from, explained.counted_to, explained.due_at, explained.recounted_at, explained.limit_at],
			['discuss/found_after_decide_outcome', exact('11:00', NEXT), exact('13:00', NEXT), exact('13:00', NEXT), exact('13:00', NEXT), null]);
		assert.match(explained.sentences[1], /^By the rule discuss\/found_after_decide_outcome .* it has 120 working minutes, counted from Tue 2 Mar 2027 11:00\.$/);
		// A new rating times it from its start again, and that gives the same.
		await hub.screen(`${NEXT}T12:00:00Z`, id, 'amber', true);
		const { due_at: due, timing } = await hub.followUp(`${NEXT}T12:00:00Z`, id, 'discuss');
		assert.deepEqual([due, timing], [exact('13:00', NEXT), 1]);
	});

	test('asked in the minute at which that day ends it counts as past, a minute earlier it does not', async () => {
		for (const [clock, due, rule] of [['10:29', exact('10:30', NEXT), 'discuss/protection_first'], ['10:30', exact('12:30', NEXT), 'discuss/found_after_decide_outcome']]) {
			const id = await refer();
			await protect(id, at('10:30'), first('final'));
			await hub.screen(`${NEXT}T${clock}:00Z`, id, 'red', true);
			const [row] = await hub.db.query("SELECT rule FROM follow_up WHERE referral_id = $1 AND kind = 'discuss'", [id]);
			assert.deepEqual([(await hub.followUp(`${NEXT}T${clock}:00Z`, id, 'discuss')).due_at, row.rule], [due, rule], clock);
		}
	});

	test('once it was discussed the day is over: what is asked later has its own time', async () => {
		const reference = { agency_reference: randomUUID() };
		const id = await red(reference);
		await protect(id, at('11:00'), first('next_steps'));
		const talk = await attempt(hub, at('12:00'), id);
		assert.equal(of(talk.follow_ups, 'discuss').met_at, exact('12:00'));
		await hub.refer(at('13:00'), { ...reference, concerns: [{ description: 'Hurt again.' }] });
		await hub.screen(at('13:10'), id, 'amber', true);
		const [row] = await hub.db.query("SELECT rule FROM follow_up WHERE referral_id = $1 AND kind = 'discuss' AND state = 'open'", [id]);
		assert.ok(!row.rule.includes('protection_first'), row.rule);
	});

	test('one that is overdue already gets its day too, and its flag is cleared', async () => {
		const id = await red();
		await hub.sweep(at('14:30'));
		assert.equal((await hub.flags(at('14:30'), `referral_id=${id}`)).filter((f) => f.kind === 'discuss' && !f.cleared_at).length, 1);
		const said = await protect(id, at('15:00'), first('next_steps'));
		assert.equal(of(said.follow_ups, 'discuss').due_at, exact('15:00', NEXT));
		const [flag] = (await hub.flags(at('15:10'), `referral_id=${id}`)).filter((f) => f.kind === 'discuss');
		assert.equal(flag.cleared_by, 'retimed');
	});
});
