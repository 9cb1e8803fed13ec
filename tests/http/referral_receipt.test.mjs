// The receipt of a post, when it was received, the same reference again, and who sees the record afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const example = JSON.parse(readFileSync(new URL('../../api/examples/createReferral.json', import.meta.url)));
const minimal = { children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description: 'Often hungry.' }] };
const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await startHub('referral_receipt'); });
after(() => hub?.stop());

const post = (body, now = at('10:00'), who = hub.agency) => who.at(now).post('/v1/referrals', body);
const issue = ({ json }, code) => json.quality_issues.find((i) => i.code === code);
// All follow-ups, as the hub sees them.
const owed = async (id) => (await hub.manager.at(at('10:00')).ok('GET', `/v1/referrals/${id}/follow-ups`)).items;
const brief = (followUps) => followUps.map((f) => [f.kind, f.state, f.due_at]).toSorted();
const count = async (table, id) => (await hub.db.query(`SELECT count(*) AS n FROM ${table} WHERE referral_id = $1`, [id]))[0].n;

describe('the receipt', () => {
	test('of an agency: complete, with Location and ETag', async () => {
		const { status, headers, json } = await post({ ...example, agency_reference: 'R-1' });
		assert.equal(status, 201);
		assert.equal(headers.location, `/v1/referrals/${json.id}`);
		assert.equal(headers.etag, `"${json.version}"`);
		assert.equal(headers['cache-control'], 'no-store');
		const { id, reference, follow_ups: followUps, topics, notice, ...rest } = json;
		assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
		assert.match(reference, /^R-[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]$/);
		assert.match(notice, /999/);
		assert.deepEqual(rest, {
			version: 1, outcome: 'created', agency_reference: 'R-1', channel: 'api', record_kind: 'request_for_service', source: '3B',
			received_at: exact('10:00'), recorded_at: exact('10:00'), state: 'received', provisional_rating: 'amber',
			immediate_protection_needed: false, discussed: 'no', quality_issues: [],
		});
		assert.deepEqual(followUps.map(({ id: f, ...shown }) => shown), [{ kind: 'acknowledge', state: 'met', started_at: exact('10:00'), due_at: exact('10:00', '2027-03-02'), met_at: exact('10:00') }]);
		assert.deepEqual(brief(await owed(id)), [
			['acknowledge', 'met', exact('10:00', '2027-03-02')], ['decide_next_steps', 'open', exact('10:00', '2027-03-02')],
			['decide_outcome', 'open', exact('10:00', '2027-03-02')], ['triage', 'open', exact('12:00')]]);
		assert.deepEqual(topics, []);
	});

	test('of staff: for a phone call the acknowledgement is owed, and its confirmation in writing', async () => {
		const { json } = await post({ ...minimal, channel: 'phone', source: '1A' }, at('15:30'), hub.practitioner);
		assert.deepEqual([json.channel, json.source, json.agency_reference], ['phone', '1A', null]);
		assert.deepEqual([json.provisional_rating, json.rating, json.rating_source], ['amber', 'amber', 'provisional_rule']);
		assert.deepEqual(brief(json.follow_ups), [
			...['acknowledge', 'decide_next_steps', 'decide_outcome'].map((kind) => [kind, 'open', exact('15:30', '2027-03-02')]),
			['triage', 'open', exact('09:30', '2027-03-02')], ['written_confirmation', 'open', exact('15:30', '2027-03-02')]]);
		assert.ok(!json.quality_issues.some((i) => i.pointer === '/channel'));
		const silent = await post(minimal, at('15:30'), hub.practitioner);
		assert.equal(silent.json.channel, 'phone');
		assert.deepEqual(silent.json.quality_issues.find((i) => i.pointer === '/channel'), { pointer: '/channel', code: 'missing', value_as_sent: null });
	});

	test('a claim of immediate protection is red, and triage runs at once', async () => {
		for (const clock of ['10:00', '20:30']) {
			const { json } = await post({ ...minimal, immediate_protection_needed: true }, at(clock));
			assert.deepEqual([json.provisional_rating, json.immediate_protection_needed], ['red', true]);
			const followUps = await owed(json.id);
			const hour = String(Number(clock.slice(0, 2)) + 1).padStart(2, '0');
			assert.deepEqual(followUps.find((f) => f.kind === 'triage').due_at, exact(`${hour}${clock.slice(2)}`));
			const handover = followUps.find((f) => f.kind === 'out_of_hours_handover');
			assert.deepEqual([handover?.state, handover?.due_at], clock === '20:30' ? ['open', exact('21:00')] : [undefined, undefined]);
		}
	});

	test('topics are offered by rule, with their weight', async () => {
		const { json } = await post(minimal);
		const of = (weight) => json.topics.filter((t) => t.weight === weight).map((t) => t.code).toSorted();
		assert.deepEqual(of('material'), ['cause_of_concern', 'direct_or_third_party', 'how_to_reach_referrer', 'nature_of_concern', 'significant_harm', 'whereabouts_of_child', 'who_has_been_told']);
		assert.deepEqual(of('completeness'), ['father_or_carer_missing', 'level_of_need_missing', 'needs', 'parental_factor_not_asked', 'short_or_generic_text']);
		const neglect = await post({ ...minimal, children: [{ sex: 'U' }], concerns: [{ category: 'neglect', description: 'Bad.' }] });
		for (const [code, weight] of [['neglect_without_description', 'material'], ['unborn_without_date', 'material'], ['neglect_without_tool', 'completeness']])
			assert.deepEqual(neglect.json.topics.find((t) => t.code === code), { code, weight });
	});
});

describe('when it was received', () => {
	const sent = (moment, who, now = at('10:00')) => post({ ...minimal, channel: 'post', received_at: moment }, now, who);

	test('staff record a past moment, and the clocks run from it', async () => {
		const { json } = await sent('2027-02-26T15:30:00+00:00', hub.practitioner);
		assert.equal(json.received_at, exact('15:30', '2027-02-26'));
		assert.equal(json.recorded_at, exact('10:00'));
		assert.deepEqual(brief(json.follow_ups), [
			...['acknowledge', 'decide_next_steps', 'decide_outcome'].map((kind) => [kind, 'open', exact('15:30')]), ['triage', 'open', exact('09:30')]]);
		assert.ok(!json.quality_issues.some((i) => i.pointer === '/received_at'));
	});
	test('a zone is understood, microseconds are kept', async () => {
		const { json } = await sent('2027-02-26T15:30:00.123456+02:00', hub.practitioner);
		assert.equal(json.received_at, '2027-02-26T13:30:00.123456Z');
	});
	test('a future one is not taken: the server\'s counts, and it is said', async () => {
		const answer = await sent(at('10:01'), hub.practitioner);
		assert.equal(answer.json.received_at, exact('10:00'));
		assert.deepEqual(issue(answer, 'received_at_in_future'), { pointer: '/received_at', code: 'received_at_in_future', value_as_sent: at('10:01') });
	});
	test('an agency\'s is ignored, and it is said', async () => {
		const answer = await post({ ...minimal, received_at: at('09:00') });
		assert.equal(answer.json.received_at, exact('10:00'));
		assert.deepEqual(issue(answer, 'received_at_ignored'), { pointer: '/received_at', code: 'received_at_ignored', value_as_sent: at('09:00') });
	});
	test('past the calendar\'s end it is taken all the same, visibly without a due time', async () => {
		const { status, json } = await post(minimal, '2035-03-01T10:00:00Z');
		assert.equal(status, 201);
		assert.deepEqual(brief(json.follow_ups), [['acknowledge', 'met', null]]);
		assert.deepEqual(brief(await owed(json.id)), [['acknowledge', 'met', null], ['decide_next_steps', 'open', null], ['decide_outcome', 'open', null], ['triage', 'open', null]]);
		const whole = await hub.manager.ok('GET', `/v1/referrals/${json.id}/follow-ups`);
		assert.deepEqual(whole.items.map((f) => f.due_problem), Array(4).fill('calendar_ends'));
	});
	test('before the calendar\'s first day, too; what runs in elapsed time has its due time', async () => {
		const { status, json } = await sent('2011-12-30T10:00:00Z', hub.practitioner);
		assert.equal(status, 201);
		assert.deepEqual(brief(json.follow_ups), ['acknowledge', 'decide_next_steps', 'decide_outcome', 'triage'].map((kind) => [kind, 'open', null]));
		assert.deepEqual(json.follow_ups.map((f) => [f.due_problem, f.overdue]), Array(4).fill(['before_calendar', false]));
		const screening = { reason: 'Read twice.', clarification_needed: true, topics: ['significant_harm'] };
		const steps = [['amber', '2011-12-30T11:00:00Z', null, 'before_calendar'], ['red', '2011-12-30T12:00:00Z', '2011-12-30T14:00:00.000000Z', null], ['green', '2011-12-30T12:30:00Z', null, 'before_calendar']];
		for (const [rating, screenedAt, due, problem] of steps) {
			await hub.practitioner.at(at('10:30')).ok('POST', `/v1/referrals/${json.id}/screenings`, { body: { ...screening, rating, screened_at: screenedAt } });
			for (const kind of ['discuss', 'decide_next_steps', 'decide_outcome']) {
				const found = await hub.followUp(at('10:30'), json.id, kind);
				assert.deepEqual([found.due_at, found.due_problem], [due, problem], `${kind} ${rating}`);
			}
		}
	});
});

describe('the same reference again', () => {
	const children = [{ first_name: 'Tom', family_name: 'Example', date_of_birth: '2020-05-05' }];
	const body = (reference, more = {}) => ({ ...minimal, children, agency_reference: reference, ...more });

	test('with the same content: 200, the first one, nothing done', async () => {
		const first = await post(body('S-1'));
		const shuffled = Object.fromEntries(Object.entries(body('S-1')).toReversed());
		const again = await post(shuffled, at('11:00'));
		assert.equal(again.status, 200, again.text);
		const same = ({ quality_issues: issues, outcome: o, ...rest }) => ({ ...rest, issues: issues.map((i) => `${i.pointer} ${i.code}`).toSorted() });
		assert.deepEqual(same(again.json), same(first.json));
		assert.equal(again.json.outcome, 'existing');
		assert.deepEqual([again.headers.location, again.headers.etag], [first.headers.location, '"1"']);
		assert.equal(await count('submission', first.json.id), 1);
		assert.equal(await count('event', first.json.id), (await hub.manager.ok('GET', `/v1/referrals/${first.json.id}/timeline`)).items.length);
	});

	test('with other content about the same children: additional information, triage is open again', async () => {
		const first = (await post(body('S-2'))).json;
		await hub.screen(at('10:30'), first.id, 'green', false);
		const more = await post(body('S-2', { why_now: 'He came back.', children: [{ ...children[0], first_name: ' TOM ' }] }), at('11:00'));
		assert.equal(more.status, 201, more.text);
		assert.deepEqual([more.json.id, more.json.outcome, more.json.state, more.headers.location], [first.id, 'additional_information', 'in_progress', `/v1/referrals/${first.id}`]);
		assert.equal(more.headers.etag, `"${more.json.version}"`);
		assert.ok(more.json.version > first.version);
		const whole = await hub.manager.at(at('11:00')).ok('GET', `/v1/referrals/${first.id}`);
		assert.deepEqual(whole.submissions.map((s) => [s.kind, s.received_at]), [['first', exact('10:00')], ['additional', exact('11:00')]]);
		assert.deepEqual(whole.follow_ups.filter((f) => f.kind === 'triage').map((f) => [f.state, f.started_at, f.due_at]),
			[['met', exact('10:00'), exact('12:00')], ['open', exact('11:00'), exact('13:00')]]);
		assert.equal(whole.received_at, exact('10:00'));
		assert.ok((await hub.agency.ok('GET', `/v1/referrals/${first.id}/timeline`)).items.some((e) => e.type === 'additional_information_received'));
		const bodies = await hub.db.query('SELECT body FROM submission WHERE referral_id = $1 ORDER BY received_at', [first.id]);
		assert.deepEqual(JSON.parse(bodies[0].body), body('S-2'), 'the first one stays as it was');
	});

	test('information that claims immediate protection makes it red', async () => {
		const first = (await post(body('S-3'))).json;
		const more = await post(body('S-3', { immediate_protection_needed: true }), at('10:20'));
		assert.deepEqual([more.json.provisional_rating, more.json.immediate_protection_needed], ['red', true]);
		const triage = await hub.followUp(at('10:20'), first.id, 'triage');
		assert.deepEqual([triage.state, triage.due_at, triage.timing], ['open', exact('11:00'), 2]);
	});

	test('every receipt of an agency tells what its words made by rule when they came, whatever the hub thinks by now', async () => {
		const sent = [body('S-6'), body('S-6', { immediate_protection_needed: true }), body('S-6', { why_now: 'Again.' })];
		const told = ({ json, text }) => {
			for (const unfit of ['"rating"', 'rating_source', 'screening', 'triage', 'decide_', '"timing"', 'warned_at', 'source":"Working', 'ended_by', '"green"', 'significant_harm"}'])
				assert.ok(!text.includes(unfit), `${unfit}: ${text}`);
			return [json.provisional_rating, json.immediate_protection_needed, json.follow_ups.map((f) => [f.kind, ...Object.keys(f)].join(' '))];
		};
		const [OWED, ASKED] = ['acknowledge', 'discuss'].map((kind) => `${kind} id kind state started_at due_at met_at`);
		const first = await post(sent[0]);
		assert.deepEqual(told(first), ['amber', false, [OWED]]);
		await hub.screen(at('10:10'), first.json.id, 'green', true);
		const receipts = [await post(sent[0], at('10:20')), await post(sent[1], at('10:30')), await post(sent[2], at('10:40'))];
		await hub.screen(at('10:50'), first.json.id, 'green', true);
		for (const body of sent) receipts.push(await post(body, at('11:00')));
		const amber = ['amber', false, [OWED, ASKED]];
		const red = ['red', true, [OWED, ASKED]];
		assert.deepEqual(receipts.map((r) => r.json.outcome), ['existing', ...Array(2).fill('additional_information'), ...Array(3).fill('existing')]);
		assert.deepEqual(receipts.map(told), [amber, red, red, amber, red, red], 'what was claimed once stays claimed');
		for (const { json } of receipts) assert.deepEqual(Object.keys(json).toSorted(), Object.keys(first.json).toSorted());
		for (const { json } of receipts) for (const topic of json.topics) assert.deepEqual(Object.keys(topic), ['code', 'weight']);
	});

	test('repeated after additional information, each content answers 200', async () => {
		const first = (await post(body('S-4'))).json;
		const more = body('S-4', { why_now: 'Again.' });
		assert.equal((await post(more)).json.outcome, 'additional_information');
		for (const content of [more, body('S-4')]) {
			const again = await post(content);
			assert.deepEqual([again.status, again.json.id, again.json.outcome], [200, first.id, 'existing']);
		}
	});

	const identified = (nhs, name) => [{ first_name: name, nhs_number: nhs }];
	const comparisons = {
		'another date of birth': [children, [{ ...children[0], date_of_birth: '2020-05-06' }], false],
		'another family name': [children, [{ ...children[0], family_name: 'Other' }], false],
		'one child more': [children, [...children, { first_name: 'Zoe', family_name: 'Example' }], true],
		'the same NHS number, another name': [identified('9434765919', 'Tom'), identified('9434765919', 'Thomas'), true],
		'another NHS number, the same name': [identified('9434765919', 'Tom'), identified('9990004110', 'Tom'), false],
		'the same faulty NHS number, another name': [identified('9434765910', 'Tom'), identified('9434765910', 'Ann'), false],
	};
	for (const [name, [before_, after_, same]] of Object.entries(comparisons)) {
		test(`${name}: ${same ? 'additional information' : 'a new one, reference_reused'}`, async () => {
			const reference = `C-${name}`;
			const first = (await post(body(reference, { children: before_ }))).json;
			const other = await post(body(reference, { children: after_ }));
			assert.equal(other.status, 201);
			assert.equal(other.json.outcome, same ? 'additional_information' : 'created');
			assert.equal(other.json.id === first.id, same);
			assert.equal(issue(other, 'reference_reused')?.value_as_sent, same ? undefined : reference);
			assert.equal(issue(other, 'reference_reused')?.pointer, same ? undefined : '/agency_reference');
		});
	}

	test('of another agency is another reference; without one nothing is compared', async () => {
		const first = (await post(body('S-5'))).json;
		const other = await post(body('S-5'), at('10:00'), hub.otherAgency);
		assert.deepEqual([other.status, other.json.outcome, issue(other, 'reference_reused')], [201, 'created', undefined]);
		assert.notEqual(other.json.id, first.id);
		const twice = [await post(minimal), await post(minimal)];
		assert.notEqual(twice[0].json.id, twice[1].json.id);
	});
});

describe('who sees what', () => {
	const secret = 'Only for the hub to read.';
	let id, whole, view, seen;
	before(async () => {
		({ json: { id } } = await post({ ...example, agency_reference: 'V-1', incident_reference: 'INC-7' }));
		const screening = { rating: 'red', reason: secret, clarification_needed: true, topics: ['significant_harm'] };
		await hub.practitioner.at(at('10:10')).ok('POST', `/v1/referrals/${id}/screenings`, { body: screening });
		const attempt = { result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', note: secret, topics: [{ code: 'needs', outcome: 'open', reason: secret }] };
		await hub.sweep(at('15:00'));
		await hub.practitioner.at(at('15:00')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: attempt });
		whole = await hub.manager.at(at('16:00')).ok('GET', `/v1/referrals/${id}`);
		seen = await hub.agency.at(at('16:00')).get(`/v1/referrals/${id}`);
		view = seen.json;
	});

	test('the hub: the whole record', async () => {
		const { children, household, ...sent } = example;
		for (const [name, value] of Object.entries({ ...sent, agency_reference: 'V-1', incident_reference: 'INC-7' })) assert.deepEqual(whole[name], value, name);
		assert.deepEqual(whole.children.map(({ id: i, origin, person_id: p, ...child }) => child), children);
		assert.deepEqual(whole.children.map((c) => [c.origin, c.person_id]), children.map(() => ['named_by_referrer', null]));
		assert.deepEqual(whole.household.map(({ id: i, ...person }) => person), household);
		assert.deepEqual(whole.agency, { id: hub.agencyId, name: 'Oak School' });
		assert.deepEqual([whole.state, whole.rating, whole.rating_source, whole.discussed, whole.clarification], ['in_progress', 'red', 'screening', 'yes', 'needed']);
		assert.deepEqual([whole.screenings.length, whole.contact_attempts.length, whole.contact_attempts[0].counts_as_discussion], [1, 1, true]);
		assert.deepEqual(whole.flags.map((f) => [f.kind, f.breached_at, f.cleared_by]).toSorted(), [
			['decide_next_steps', exact('14:00'), null], ['decide_outcome', exact('14:00'), null], ['discuss', exact('14:00'), 'met']]);
		const { headers } = await hub.manager.get(`/v1/referrals/${id}`);
		assert.equal(headers.etag, `"${whole.version}"`);
	});

	test('its agency: its own view, and nothing of what is the hub\'s', () => {
		assert.deepEqual(Object.keys(view).toSorted(), ['agency_reference', 'contact_attempts', 'discussion_confirmations', 'feedback', 'follow_ups', 'id', 'notice',
			'quality_issues', 'received_at', 'reference', 'state', 'submissions', 'transfer', 'version', 'withdrawals']);
		assert.equal(view.transfer, null);
		assert.deepEqual(view.submissions.map((s) => s.body), [{ ...example, agency_reference: 'V-1', incident_reference: 'INC-7' }]);
		assert.deepEqual(view.contact_attempts.map((a) => Object.keys(a).toSorted()), [['held_at', 'id', 'method', 'result']]);
		assert.deepEqual(view.follow_ups.map((f) => f.kind).toSorted(), ['acknowledge', 'discuss']);
		for (const f of view.follow_ups) assert.deepEqual(Object.keys(f).toSorted(), ['due_at', 'id', 'kind', 'met_at', 'started_at', 'state']);
		for (const unfit of [secret, '"rating"', '"red"', '"flags"', 'P. Practitioner', hub.staffId, '"topics"', 'significant_harm', 'triage']) assert.ok(!seen.text.includes(unfit), unfit);
	});

	test('another agency: the same 404 as for an unknown one', async () => {
		const answers = await Promise.all([hub.otherAgency.get(`/v1/referrals/${id}`), hub.otherAgency.get(`/v1/referrals/${randomUUID()}`)]);
		const [a, b] = answers.map(({ status, json: { request_id: r, instance: i, ...rest } }) => ({ status, ...rest }));
		assert.equal(a.status, 404);
		assert.deepEqual(a, b);
		assert.equal((await hub.otherAgency.get(`/v1/referrals/${id}/timeline`)).status, 404);
		assert.equal((await hub.otherAgency.get(`/v1/referrals/${id}/follow-ups`)).status, 404);
	});

	test('what an agency gets for additional information tells nothing of the hub\'s either', async () => {
		const answer = await post({ ...example, agency_reference: 'V-1', incident_reference: 'INC-7', why_now: 'More.' }, at('16:10'));
		assert.equal(answer.json.outcome, 'additional_information');
		for (const unfit of [secret, 'P. Practitioner', hub.staffId]) assert.ok(!answer.text.includes(unfit), unfit);
		assert.ok(answer.json.follow_ups.every((f) => !('timing' in f)), 'the agency\'s form of follow-ups');
	});
});
