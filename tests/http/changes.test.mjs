// updateReferral: assignment with its history, corrections that leave what was sent alone, promotion; two who change at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { addPeople, decide, decided } from '../support/casework.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const { agency_reference: _, ...complete } = JSON.parse(readFileSync(new URL('../../api/examples/createReferral.json', import.meta.url)));
const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
const staff = {};
before(async () => {
	hub = await addPeople(await startHub('changes'));
	const add = async (name, ...more) => (await mashctl(hub.db, 'staff', 'add', '--name', name, ...more)).stdout.trim();
	for (const role of ['support', 'duty', 'allocated_worker']) staff[role] = await add(`Mx ${role}`, '--role', role);
	staff.gone = await add('D. Gone', '--role', 'practitioner');
	await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [staff.gone]);
	const other = (await mashctl(hub.db, 'partnership', 'add', '--name', 'Other hub')).stdout.trim();
	staff.foreign = await add('F. Foreign', '--role', 'manager', '--partnership', other);
});
after(() => hub?.stop());

const refer = (members = {}, by) => hub.refer(at('10:00'), members, by).then((receipt) => receipt.id);
const whole = (id) => hub.manager.at(at('12:00')).ok('GET', `/v1/referrals/${id}`);
const events = async (id, ...types) => (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => types.includes(e.type));
async function patch(id, body, { etag, who = hub.practitioner, now = at('11:00'), headers = {} } = {}) {
	const seen = etag === undefined ? `"${(await whole(id)).version}"` : etag;
	return who.at(now).patch(`/v1/referrals/${id}`, body, { 'if-match': seen, ...headers });
}
async function changed(...of) {
	const answer = await patch(...of);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers.etag, `"${answer.json.version}"`);
	return answer.json;
}
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}
const why = (more) => ({ reason: 'The school rang.', ...more });

describe('assignment', () => {
	test('somebody has it, somebody else, nobody: each is kept', async () => {
		const id = await refer();
		const version = (await whole(id)).version;
		const first = await changed(id, { assigned_to: hub.staffId });
		assert.deepEqual([first.assigned_to, first.version], [hub.staffId, version + 1]);
		await changed(id, { assigned_to: hub.managerId, reason: 'On leave.' }, { who: hub.manager, now: at('11:10') });
		const last = await changed(id, { assigned_to: null }, { now: at('11:20'), headers: { 'content-type': 'application/merge-patch+json' } });
		assert.equal(last.assigned_to, null);
		assert.deepEqual((await whole(id)).assignments, [
			{ assigned_to: hub.staffId, name: 'P. Practitioner', assigned_by: hub.staffId, assigned_at: exact('11:00'), reason: null },
			{ assigned_to: hub.managerId, name: 'M. Manager', assigned_by: hub.managerId, assigned_at: exact('11:10'), reason: 'On leave.' },
			{ assigned_to: null, name: null, assigned_by: hub.staffId, assigned_at: exact('11:20'), reason: null }]);
		assert.deepEqual((await events(id, 'assigned')).map((e) => [e.data.from, e.data.to]), [[null, hub.staffId], [hub.staffId, hub.managerId], [hub.managerId, null]]);
	});

	test('the same again changes nothing, not even the version', async () => {
		const id = await refer();
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const first = await changed(id, { assigned_to: hub.staffId });
		assert.deepEqual(await changed(id, { assigned_to: hub.staffId }), first);
		assert.deepEqual(await changed(id, { assigned_to: hub.staffId.toUpperCase() }), first);
	});

	test('a reason alone is refused; with what stands there already nothing is written', async () => {
		const id = await refer({ level_of_need: 'level 2' });
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const before = await whole(id);
		assert.match((await refused(patch(id, why()), 422, 'rule-broken')).detail, /nothing to change/);
		for (const same of [{ level_of_need: 'level 2' }, { assigned_to: null }]) assert.deepEqual(await changed(id, why(same)), before);
		assert.deepEqual([await whole(id), await events(id, 'corrected', 'assigned')], [before, []]);
	});

	test('to those who work on referrals here, and to nobody else', async () => {
		const id = await refer();
		for (const role of ['duty', 'allocated_worker']) assert.equal((await changed(id, { assigned_to: staff[role] })).assigned_to, staff[role]);
		for (const role of ['support', 'gone', 'foreign']) await refused(patch(id, { assigned_to: staff[role] }), 422, 'rule-broken', '/assigned_to');
		await refused(patch(id, { assigned_to: randomUUID() }), 422, 'rule-broken', '/assigned_to');
		await refused(patch(id, { assigned_to: 'me' }), 422, 'invalid-body', '/assigned_to');
	});
});

describe('corrections', () => {
	test('the record changes, what was sent stays, the timeline holds old and new', async () => {
		const id = await refer(complete);
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const before = await whole(id);
		const record = await changed(id, why({ referrer: { phone: '01902 555 099', reachable_when: null }, level_of_need: 'level 2', why_now: null }));
		const { reachable_when: _gone, ...kept } = before.referrer;
		assert.deepEqual(record.referrer, { ...kept, phone: '01902 555 099' });
		assert.deepEqual([record.level_of_need, record.why_now, record.concerns], ['level 2', null, before.concerns]);
		assert.deepEqual([record.submissions, record.follow_ups, record.rating], [before.submissions, before.follow_ups, before.rating]);
		const [event] = await events(id, 'corrected');
		assert.deepEqual([event.actor.id, event.data.reason], [hub.staffId, 'The school rang.']);
		assert.deepEqual(event.data.changes.toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1)), [
			{ pointer: '/level_of_need', before: before.level_of_need, after: 'level 2' },
			{ pointer: '/referrer/phone', before: before.referrer.phone, after: '01902 555 099' },
			...(before.referrer.reachable_when ? [{ pointer: '/referrer/reachable_when', before: before.referrer.reachable_when, after: null }] : []),
			{ pointer: '/why_now', before: before.why_now, after: null }]);
		const seen = [await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`), await hub.agency.ok('GET', `/v1/referrals/${id}`)];
		assert.ok(!JSON.stringify(seen).includes('555 099') && !JSON.stringify(seen).includes('The school rang'), 'not for the agency');
	});

	test('quality issues are found anew; those about the post itself stay', async () => {
		const id = await refer({ children: [{ first_name: 'A.', nhs_number: '9990000000', sex: 'X' }], received_at: '2027-02-01T10:00:00Z' });
		const codes = async () => (await whole(id)).quality_issues.map((q) => `${q.pointer} ${q.code}`);
		assert.ok((await codes()).includes('/children/0/nhs_number invalid_nhs_number'));
		const { children: [child] } = await whole(id);
		const number = complete.children.find((c) => c.nhs_number).nhs_number;
		await changed(id, why({ children: [{ ...child, nhs_number: number, sex: 'F', date_of_birth: '2019-05-01' }], level_of_need: 'level 3' }));
		const after_ = await codes();
		for (const gone of ['/children/0/nhs_number invalid_nhs_number', '/children/0/sex unknown_code', '/children/0/date_of_birth missing_birth_date', '/level_of_need missing'])
			assert.ok(!after_.includes(gone), `${gone}: ${after_}`);
		assert.ok(after_.includes('/received_at received_at_ignored'), String(after_));
		assert.ok(!after_.some((code) => code.includes('unknown_member')), String(after_));
		const [row] = await hub.db.query('SELECT nhs_number, date_of_birth::text, origin FROM referral_child WHERE referral_id = $1', [id]);
		assert.deepEqual(row, { nhs_number: number, date_of_birth: '2019-05-01', origin: 'named_by_referrer' });
		await changed(id, why({ children: [{ ...child, nhs_number: '123', sex: 'F' }] }));
		assert.ok((await codes()).includes('/children/0/nhs_number invalid_nhs_number'), 'a correction may be faulty, too');
		assert.equal((await hub.db.query('SELECT nhs_number FROM referral_child WHERE referral_id = $1', [id]))[0].nhs_number, null);
	});

	test('a correction raises topics, and takes none away', async () => {
		const id = await refer(complete);
		// The daemon's job finds the same child on the referrals of other tests, some time or other.
		const offered = async () => (await whole(id)).topics.map((t) => t.code).filter((code) => code !== 'earlier_referral').toSorted();
		assert.deepEqual(await offered(), []);
		await changed(id, why({ level_of_need: null, concerns: [{ category: 'neglect', description: 'Dirty.' }] }));
		const raised = await offered();
		assert.ok(raised.includes('neglect_without_description') && raised.includes('level_of_need_missing'), String(raised));
		await changed(id, why({ level_of_need: 'level 3', concerns: complete.concerns }));
		assert.deepEqual(await offered(), raised);
	});

	test('children and household: corrected by id, added by the hub, never taken off', async () => {
		const id = await refer({ children: [{ first_name: 'A.', family_name: 'Example' }, { first_name: 'B.' }], household: [{ first_name: 'M.', relationship: 'mother' }] });
		const { children: [a, b], household: [mother] } = await whole(id);
		const record = await changed(id, why({ children: [{ id: a.id.toUpperCase(), first_name: 'Anna', family_name: 'Example' }, b, { first_name: 'C.' }],
			household: [mother, { first_name: 'F.', relationship: 'father' }] }));
		assert.deepEqual(record.children.map((c) => [c.first_name, c.origin, c.person_id]), [['Anna', 'named_by_referrer', null], ['B.', 'named_by_referrer', null], ['C.', 'added_by_hub', null]]);
		assert.deepEqual(record.children.slice(0, 2).map((c) => c.id), [a.id, b.id]);
		assert.deepEqual(record.household.map((h) => h.relationship), ['mother', 'father']);
		const { items } = await hub.manager.at(at('12:00')).ok('GET', '/v1/referrals?limit=200');
		const line = items.find((r) => r.id === id);
		assert.deepEqual([line.children, line.child_names], [3, 'A. Example, B., C.']);
		const [{ data: { changes } }] = await events(id, 'corrected');
		assert.deepEqual(changes.map((c) => c.pointer), [`/children/${a.id}/first_name`, `/children/${record.children[2].id}`, `/household/${record.household[1].id}`]);
		await refused(patch(id, why({ children: [a, b] })), 422, 'rule-broken', '/children');
		await refused(patch(id, why({ household: [] })), 422, 'rule-broken', '/household');
		await refused(patch(id, why({ children: [a, a, b, record.children[2]] })), 422, 'rule-broken', '/children/1/id');
		await refused(patch(id, why({ children: [{ id: mother.id }, a, b, record.children[2]] })), 422, 'rule-broken', '/children/0/id');
	});

	test('what is claimed about protection re-rates and re-times; taken back while nobody has screened, that too', async () => {
		const id = await refer();
		const triage = (record) => record.follow_ups.find((f) => f.kind === 'triage');
		assert.equal(triage(await whole(id)).due_at, exact('12:00'));
		const raised = await changed(id, why({ immediate_protection_needed: true }));
		assert.deepEqual([raised.rating, raised.rating_source, triage(raised).due_at, raised.next_due_at], ['red', 'provisional_rule', exact('11:00'), exact('11:00')]);
		const lowered = await changed(id, why({ immediate_protection_needed: false }), { now: at('11:30') });
		assert.deepEqual([lowered.rating, triage(lowered).due_at], ['amber', exact('12:00')]);
		assert.deepEqual((await events(id, 'rating_changed')).map((e) => [e.data.from, e.data.to, e.data.reason]), [['amber', 'red', 'The school rang.'], ['red', 'amber', 'The school rang.']]);
		await hub.screen(at('11:40'), id, 'green');
		const screened = await changed(id, why({ immediate_protection_needed: true }), { now: at('11:50') });
		assert.deepEqual([screened.rating, screened.immediate_protection_needed], ['red', true], 'a person has judged what was known before it');
		assert.deepEqual([screened.rating_source, triage(screened).state], ['provisional_rule', 'met']);
		assert.deepEqual(screened.follow_ups.filter((f) => f.kind === 'triage' && f.state === 'open').map((f) => f.due_at), [exact('12:50')]);
	});

	test('source and incident have columns of their own', async () => {
		const id = await refer({ source: 'seven', incident_reference: 'INC 1' });
		const record = await changed(id, why({ source: '6', incident_reference: null }));
		assert.deepEqual([record.source, record.incident_reference], ['6', null]);
		assert.ok(!record.quality_issues.some((q) => q.pointer === '/source'));
		const [{ data: { changes } }] = await events(id, 'corrected');
		assert.deepEqual(changes.toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1)), [
			{ pointer: '/incident_reference', before: 'INC 1', after: null }, { pointer: '/source', before: '2A', after: '6' }]);
	});

	test('members that the contract does not know stay', async () => {
		const id = await refer({ shoe_size: 31 });
		assert.deepEqual((await changed(id, why({ level_of_need: 'level 2' }))).further, { shoe_size: 31 });
	});

	test('what would be no referral any more, and what lacks a reason, is refused', async () => {
		const id = await refer();
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const before = await whole(id);
		for (const [body, place] of [[why({ concerns: [] }), '/concerns'], [why({ concerns: [{ category: 'neglect' }] }), '/concerns/0/description'], [why({ referrer: { phone: 5 } }), '/referrer/phone'],
			[why({ children: [{ ...before.children[0], first_name: 'x'.repeat(201) }] }), '/children/0/first_name'], [why({ source: '99' }), '/source'], [why({ channel: 'phone' }), '/channel'],
			[why({ received_at: at('09:00') }), '/received_at'], [why({ concerns: null }), '/concerns'], [why({ immediate_protection_needed: null }), '/immediate_protection_needed'],
			[{ level_of_need: 'level 2' }, '/reason'], [{}, ''], [{ record_kind: 'request_for_service' }, '/reason']])
			await refused(patch(id, body), 422, 'invalid-body', place);
		assert.deepEqual(await whole(id), before);
	});
});

describe('promotion', () => {
	test('a notification becomes a request, once, and not back', async () => {
		const id = await refer({ record_kind: 'notification' });
		const record = await changed(id, { record_kind: 'request_for_service', reason: 'A third one this month.' });
		assert.deepEqual([record.record_kind, record.promoted_at], ['request_for_service', exact('11:00')]);
		assert.deepEqual((await events(id, 'promoted')).map((e) => e.data), [{ from: 'notification', to: 'request_for_service', reason: 'A third one this month.' }]);
		assert.equal((await changed(id, { record_kind: 'request_for_service', reason: 'Again.' })).version, record.version);
		await refused(patch(id, { record_kind: 'notification', reason: 'x' }), 422, 'invalid-body', '/record_kind');
	});

	describe('of one that was decided: it is decided as a request', () => {
		const promote = { record_kind: 'request_for_service', reason: 'A third one this month.' };
		const screen = (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/screenings`, { body: { rating: 'amber', reason: 'Read twice.', clarification_needed: true, topics: ['significant_harm'] } });
		const open = (record, ...kinds) => record.follow_ups.filter((f) => f.state === 'open' && kinds.includes(f.kind)).map((f) => [f.kind, f.started_at, f.due_at]);
		const AGAIN = [['decide_outcome', exact('11:00'), '2027-03-02T11:00:00.000000Z'], ['triage', exact('11:00'), exact('13:00')]];
		// Received at 10:00, screened at 10:10, for the record at 10:20.
		async function noted(members) {
			const id = await refer({ record_kind: 'notification', ...members });
			await screen(id, at('10:10'));
			return [id, await decided(hub, at('10:20'), id, { outcome: 'recorded_as_information', legal_basis: 'none', undiscussed_reason: 'answered_elsewhere' })];
		}

		test('screened and decided anew, and not closed before', async () => {
			const [id, { referral }] = await noted();
			assert.equal(referral.state, 'decided');
			const record = await changed(id, promote);
			assert.equal(record.state, 'in_progress');
			assert.deepEqual(open(record, 'triage', 'decide_outcome').toSorted(), AGAIN);
			assert.deepEqual((await events(id, 'state_changed')).at(-1).data, { from: 'decided', to: 'in_progress' });
			await refused(decide(hub, at('11:10'), id), 409, 'wrong-state');
			await screen(id, at('11:20'));
			const again = await decided(hub, at('11:30'), id, { undiscussed_reason: 'answered_elsewhere' });
			assert.deepEqual([again.referral.state, open(again, 'triage', 'decide_outcome')], ['decided', []]);
		});

		test('with a correction, a further child or a claim that protection is needed: told once', async () => {
			for (const [more, reopened] of [[() => ({ why_now: 'Again.' }), AGAIN], [({ children }) => ({ children: [...children, { first_name: 'B.' }] }), AGAIN],
				[() => ({ immediate_protection_needed: true }), [['decide_outcome', exact('11:00'), exact('15:00')], ['triage', exact('11:00'), exact('12:00')]]]]) {
				const [id] = await noted();
				const record = await changed(id, { ...promote, ...more(await whole(id)) });
				assert.deepEqual([record.state, record.record_kind, open(record, 'triage', 'decide_outcome').toSorted()], ['in_progress', 'request_for_service', reopened]);
				assert.deepEqual((await events(id, 'state_changed')).map((e) => e.data.to), ['in_progress', 'decided', 'in_progress']);
			}
		});

		test('one that is not decided yet keeps what is open, and nothing begins again', async () => {
			const id = await refer({ record_kind: 'notification' });
			await screen(id, at('10:10'));
			const record = await changed(id, promote);
			assert.deepEqual([record.state, open(record, 'triage', 'decide_outcome')], ['in_progress', [['decide_outcome', exact('10:00'), '2027-03-02T10:00:00.000000Z']]]);
		});
	});

	for (const kind of ['consultation', 'information_only']) {
		test(`a ${kind} does not`, async () => {
			const id = await refer({ record_kind: kind });
			await refused(patch(id, { record_kind: 'request_for_service', reason: 'x' }), 422, 'rule-broken', '/record_kind');
		});
	}

	test('all in one change: one version, three events', async () => {
		const id = await refer({ record_kind: 'notification' });
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const before = await whole(id);
		const record = await changed(id, why({ assigned_to: hub.staffId, record_kind: 'request_for_service', level_of_need: 'level 4' }));
		assert.deepEqual([record.version, record.assigned_to, record.record_kind, record.level_of_need], [before.version + 1, hub.staffId, 'request_for_service', 'level 4']);
		assert.deepEqual((await events(id, 'assigned', 'corrected', 'promoted')).map((e) => [e.type, e.version]).toSorted(), [
			['assigned', record.version], ['corrected', record.version], ['promoted', record.version]]);
	});

	test('all or nothing', async () => {
		const id = await refer();
		await hub.compare(); // the daemon's job would otherwise still add to the record
		const before = await whole(id);
		await refused(patch(id, why({ assigned_to: hub.staffId, record_kind: 'request_for_service', referrer: { phone: 5 } })), 422, 'invalid-body', '/referrer/phone');
		assert.deepEqual(await whole(id), before);
	});
});

describe('versions and states', () => {
	test('of two changes at once one is made, and the other is told why not', async () => {
		const id = await refer();
		const { version } = await whole(id);
		const both = await Promise.all([{ assigned_to: hub.staffId }, { assigned_to: hub.managerId }].map((body) => patch(id, body, { etag: `"${version}"` })));
		assert.deepEqual(both.map((a) => a.status).toSorted(), [200, 412]);
		const { json } = both.find((a) => a.status === 412);
		assert.deepEqual([json.type, json.errors[0].pointer], ['/problems/stale-version', 'If-Match']);
		assert.match(json.detail, new RegExp(`at version ${version + 1} now; its timeline .* since version ${version}$`));
	});

	test('without, with a foreign and with a stale version', async () => {
		const id = await refer();
		await refused(patch(id, { assigned_to: null }, { etag: null }), 428, 'version-required', 'header: If-Match');
		await refused(patch(id, { assigned_to: null }, { etag: '"99"' }), 412, 'stale-version', 'If-Match');
		await refused(patch(id, { assigned_to: null }, { etag: 'x' }), 400, 'invalid-parameter', 'header: If-Match');
		const any = await patch(id, { assigned_to: null }, { etag: '*' });
		assert.deepEqual([any.status, any.json.errors[0].code, any.json.errors[0].detail], [400, 'pattern', 'must be the ETag as it was sent, with its quotation marks']);
	});

	test('a closed one is corrected, but not assigned or promoted', async () => {
		const id = await refer({ record_kind: 'notification' });
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		for (const body of [{ assigned_to: hub.staffId }, { record_kind: 'request_for_service', reason: 'x' }]) {
			const { detail } = await refused(patch(id, body), 409, 'wrong-state');
			assert.match(detail, /closed.*allowed now: .*reopen/);
		}
		assert.equal((await changed(id, why({ level_of_need: 'level 1' }))).level_of_need, 'level 1');
	});

	test('a person\'s word: not a system\'s, not an agency\'s; of others nothing is there', async () => {
		const id = await refer();
		await refused(patch(id, { assigned_to: null }, { who: hub.system }), 403, 'forbidden');
		await refused(patch(id, { assigned_to: null }, { who: hub.agency }), 403, 'forbidden');
		await refused(patch(randomUUID(), { assigned_to: null }, { etag: '"1"' }), 404, 'not-found');
	});
});

test('forty children and sixty others, corrected in one go', async () => {
	const id = await refer({ children: Array.from({ length: 40 }, (x, i) => ({ first_name: `C${i}` })), household: Array.from({ length: 60 }, (x, i) => ({ first_name: `H${i}` })) });
	const { children, household } = await whole(id);
	const record = await changed(id, why({ children: children.map((c) => ({ ...c, sex: 'F' })), household: household.map((h) => ({ ...h, lives_with_child: true })) }));
	assert.ok(record.children.every((c) => c.sex === 'F') && record.household.every((h) => h.lives_with_child));
	assert.equal((await events(id, 'corrected'))[0].data.changes.length, 100);
	await refused(patch(id, why({ children: [...record.children, { first_name: 'One too many' }] })), 422, 'invalid-body', '/children');
});
