// What a second post does: seen by the hub, counted once, never lost, and never in the hub's own members.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await startHub('again'); });
after(() => hub?.stop());

const body = (reference, description, more = {}) => ({ agency_reference: reference, children: [{ first_name: 'Ann', family_name: 'Madeup' }], concerns: [{ description }], ...more });
const rejected = async () => (await hub.agency.ok('GET', '/v1/rejected-submissions')).items;

test('the hub reads additional information as it was sent', async () => {
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: body('MORE-1', 'hungry') });
	const added = body('MORE-1', 'there is a knife in the house');
	assert.equal((await hub.agency.ok('POST', '/v1/referrals', { body: added })).outcome, 'additional_information');
	const { submissions } = await hub.practitioner.ok('GET', `/v1/referrals/${id}`);
	assert.deepEqual(submissions.map((s) => s.kind), ['first', 'additional']);
	assert.deepEqual(submissions[1].body, added);
	assert.ok(submissions[1].quality_issues.some((issue) => issue.pointer === '/referrer'));
});

test('the same additional information from many sides at once is kept once', async () => {
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: body('MORE-2', 'hungry') });
	const added = body('MORE-2', 'hungry again');
	const outcomes = await Promise.all(Array.from({ length: 8 }, async () => (await hub.agency.ok('POST', '/v1/referrals', { body: added })).outcome));
	assert.deepEqual(outcomes.toSorted(), ['additional_information', ...Array(7).fill('existing')]);
	assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${id}`)).submissions.length, 2);
});

test('another document under a used Idempotency-Key is remembered as refused', async () => {
	const key = { 'Idempotency-Key': 'once-only' };
	await hub.agency.ok('POST', '/v1/referrals', { body: body('KEY-1', 'first'), headers: key });
	const refused = await hub.agency.request('POST', '/v1/referrals', { body: body('KEY-2', 'second'), headers: key });
	assert.equal(refused.status, 422);
	const [item] = (await rejected()).filter((r) => r.agency_reference === 'KEY-2');
	assert.equal(item.problem_type, 'idempotency-key-reused');
	await hub.agency.ok('POST', '/v1/referrals', { body: body('KEY-2', 'second') });
	assert.ok((await rejected()).find((r) => r.agency_reference === 'KEY-2').resolved_at);
});

test('members of a child that are the hub\'s own stay the hub\'s', async () => {
	const children = [{ first_name: 'Eve', id: 'evil', origin: 'added_by_hub', person_id: '01900000-0000-7000-8000-000000000009' }];
	const household = [{ first_name: 'Max', id: 'evil' }];
	const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: { ...body('OWN-1', 'hungry'), children, household } });
	const { text, json } = await hub.practitioner.request('GET', `/v1/referrals/${id}`);
	assert.equal(json.children[0].origin, 'named_by_referrer');
	assert.equal(json.children[0].person_id, null);
	assert.notEqual(json.household[0].id, 'evil');
	assert.equal(String(text ?? JSON.stringify(json)).match(/"origin"/g).length, 1 + json.submissions.length, 'once as ours, once as sent');
});

describe('a reference that stands for other children, too', () => {
	const about = (reference, name, more = {}) => ({ agency_reference: reference, children: [{ first_name: name, family_name: 'Madeup' }], concerns: [{ description: 'hungry' }], ...more });
	const post = (sent) => hub.agency.ok('POST', '/v1/referrals', { body: sent });
	const referrals = async (reference) => (await hub.db.query('SELECT id, reference_reused AS reused FROM referral WHERE agency_reference = $1 ORDER BY reference_reused, id', [reference]));
	const codes = ({ quality_issues: issues }) => issues.map((i) => i.code);

	test('sent again, its content finds the referral that it made', async () => {
		const owner = await post(about('USED-1', 'Ann'));
		const other = await post(about('USED-1', 'Bob'));
		assert.equal(other.outcome, 'created');
		for (let i = 0; i < 3; i++) {
			const again = await post(about('USED-1', 'Bob'));
			assert.deepEqual([again.outcome, again.id, again.version], ['existing', other.id, 1]);
			assert.deepEqual(codes(again).toSorted(), codes(other).toSorted(), 'the same receipt');
		}
		assert.deepEqual([(await post(about('USED-1', 'Ann'))).id, codes(await post(about('USED-1', 'Ann'))).includes('reference_reused')], [owner.id, false]);
		assert.deepEqual(await referrals('USED-1'), [{ id: owner.id, reused: false }, { id: other.id, reused: true }]);
	});

	test('more about its children is additional information on theirs', async () => {
		const owner = await post(about('USED-2', 'Ann'));
		const bob = await post(about('USED-2', 'Bob'));
		const cid = await post(about('USED-2', 'Cid'));
		const more = await post(about('USED-2', 'Cid', { why_now: 'He came back.' }));
		assert.deepEqual([more.outcome, more.id, codes(more).includes('reference_reused')], ['additional_information', cid.id, true]);
		assert.equal((await post(about('USED-2', 'Cid', { why_now: 'He came back.' }))).outcome, 'existing');
		const both = await post({ ...about('USED-2', 'Bob'), children: [{ first_name: 'Cid' }, { first_name: 'Bob' }] });
		assert.deepEqual([both.outcome, both.id], ['additional_information', bob.id], 'the older of two that fit');
		assert.equal((await referrals('USED-2')).length, 3);
		assert.equal((await referrals('USED-2'))[0].id, owner.id);
	});

	test('a child of whom nothing is known is nobody\'s counterpart', async () => {
		const known = await post(about('NOBODY-1', 'Ann'));
		for (const children of [[{}], [{ first_name: '' }], [{ sex: 'M' }]]) {
			const nameless = await post({ ...about('NOBODY-1'), children });
			assert.deepEqual([nameless.outcome, codes(nameless).includes('reference_reused'), nameless.id === known.id], ['created', true, false]);
			const again = await post({ ...about('NOBODY-1'), children });
			assert.deepEqual([again.outcome, again.id], ['existing', nameless.id], 'the same content');
		}
		// Beside one who is known it speaks neither for nor against, and joins.
		const more = await post({ ...about('NOBODY-1', 'Ann'), children: [{}, { first_name: 'Ann' }] });
		assert.deepEqual([more.outcome, more.id], ['additional_information', known.id]);
		assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${known.id}`)).children.length, 2);
		const named = await post({ ...about('NOBODY-2'), children: [{}] });
		assert.notEqual((await post(about('NOBODY-2', 'Bob'))).id, named.id);
	});

	test('white space makes no other reference; capitals do', async () => {
		const first = await post(about(' SPACE  1\t', 'Ann'));
		assert.equal(first.agency_reference, ' SPACE  1\t', 'kept as sent');
		for (const reference of ['SPACE 1', 'SPACE \n 1', '  SPACE 1']) {
			const more = await post(about(reference, 'Ann', { why_now: reference }));
			assert.deepEqual([more.outcome, more.id], ['additional_information', first.id], reference);
			const other = await post(about(reference, 'Bob', { why_now: reference }));
			assert.ok(codes(other).includes('reference_reused'), reference);
		}
		assert.equal((await post(about(' SPACE  1\t', 'Ann'))).outcome, 'existing');
		const capital = await post(about('Space 1', 'Ann'));
		assert.deepEqual([capital.outcome, codes(capital).includes('reference_reused')], ['created', false]);
		assert.equal((await hub.agency.ok('GET', `/v1/referrals/${first.id}`)).agency_reference, ' SPACE  1\t');
		const answers = await Promise.all(['SPACE 2', ' SPACE 2', 'SPACE  2', 'SPACE 2 '].map((reference) => post(about(reference, 'Ann'))));
		assert.equal(new Set(answers.map((a) => a.id)).size, 1, 'at the same moment');
	});

	test('a refused post is made good under its reference with other white space', async () => {
		assert.equal((await hub.agency.post('/v1/referrals', { ...about('SPACE 3', 'Ann'), children: 'Ann' })).status, 422);
		await post(about(' SPACE  3', 'Ann'));
		assert.ok((await rejected()).find((r) => r.agency_reference === 'SPACE 3').resolved_at);
	});

	test('from many sides at once it makes one referral', async () => {
		const owner = await post(about('USED-3', 'Ann'));
		const answers = await Promise.all(Array.from({ length: 8 }, () => post(about('USED-3', 'Bob'))));
		assert.deepEqual(answers.map((a) => a.outcome).toSorted(), ['created', ...Array(7).fill('existing')]);
		assert.equal(new Set(answers.map((a) => a.id)).size, 1);
		assert.equal((await referrals('USED-3')).length, 2);
		assert.equal((await hub.practitioner.ok('GET', `/v1/referrals/${owner.id}`)).submissions.length, 1);
	});
});

describe('who and what additional information brings', () => {
	const example = JSON.parse(readFileSync(new URL('../../api/examples/createReferral.json', import.meta.url)));
	const ann = { first_name: 'Ann', family_name: 'Madeup', date_of_birth: '2018-01-01' };
	const tom = { first_name: 'Tom', family_name: 'Madeup', nhs_number: '9434765919', whereabouts: 'With the aunt.' };
	const mother = { first_name: 'Mary', family_name: 'Madeup', relationship: 'Mother', date_of_birth: '1990-02-02' };
	const post = (reference, members, now = at('10:00')) => hub.agency.at(now).ok('POST', '/v1/referrals', { body: { concerns: [{ description: 'hungry' }], ...members, agency_reference: reference } });
	const record = (id) => hub.practitioner.at(at('16:00')).ok('GET', `/v1/referrals/${id}`);
	const names = (people) => people.map((p) => p.first_name ?? p.relationship ?? '');

	test('a child or person who is new joins the record, once; what stood there stays as it was', async () => {
		const first = { children: [ann], household: [mother, { relationship: 'Uncle' }] };
		const { id } = await post('JOIN-1', first);
		const before = await record(id);
		const more = { children: [tom, { ...ann, first_name: ' ANN ', sex: 'F' }], concerns: [{ description: 'thirsty' }],
			household: [{ ...mother, first_name: 'mary', cares_for_child: true }, { relationship: 'Father' }, { relationship: ' father' }, { relationship: 'uncle' }] };
		assert.equal((await post('JOIN-1', more)).outcome, 'additional_information');
		const after = await record(id);
		assert.deepEqual(names(after.children), ['Ann', 'Tom']);
		assert.deepEqual(names(after.household), ['Mary', 'Uncle', 'Father']);
		assert.deepEqual(after.children[0], before.children[0]);
		assert.deepEqual(after.household.slice(0, 2), before.household);
		assert.deepEqual(after.concerns, [{ description: 'hungry' }]);
		assert.deepEqual([after.children[1].origin, after.children[1].whereabouts], ['named_by_referrer', 'With the aunt.']);
		assert.deepEqual(after.submissions[0], before.submissions[0]);
		const rows = await hub.db.query('SELECT ordinal, nhs_number FROM referral_child WHERE referral_id = $1 ORDER BY ordinal', [id]);
		assert.deepEqual(rows, [{ ordinal: '0', nhs_number: null }, { ordinal: '1', nhs_number: '9434765919' }]);
		const [listed] = (await hub.practitioner.ok('GET', '/v1/referrals?limit=200')).items.filter((r) => r.id === id);
		assert.deepEqual([listed.children, listed.child_names], [2, 'A. Madeup, T. Madeup']);
		assert.equal((await post('JOIN-1', { ...more, why_now: 'Again.' })).outcome, 'additional_information');
		const again = await record(id);
		assert.deepEqual([again.children, again.household], [after.children, after.household], 'nobody twice');
	});

	test('the timeline says how many children joined, and nothing else about them', async () => {
		const { id } = await post('JOIN-2', { children: [ann] });
		await post('JOIN-2', { children: [ann, tom, { first_name: 'Zoe' }] });
		await post('JOIN-2', { children: [ann], why_now: 'Again.' });
		const events = (await hub.practitioner.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'additional_information_received');
		assert.deepEqual(events.map((e) => Object.keys(e.data).toSorted()), [['children_joined', 'submission_id'], ['children_joined', 'submission_id']]);
		assert.deepEqual(events.map((e) => e.data.children_joined), [2, 0]);
	});

	test('what was decided or closed is taken up again, and both sides are told', async () => {
		for (const [state, told] of [['received', []], ['in_progress', []], ['decided', [{ from: 'decided', to: 'in_progress' }]], ['closed', [{ from: 'closed', to: 'in_progress' }]]]) {
			const { id } = await post(`STATE-${state}`, { children: [ann] });
			await hub.db.query('UPDATE referral SET state = $2 WHERE id = $1', [id, state]);
			await post(`STATE-${state}`, { children: [ann], why_now: 'Again.' }, at('11:00'));
			const { state: now, version } = await record(id);
			assert.equal(now, state === 'received' ? 'received' : 'in_progress');
			for (const who of [hub.practitioner, hub.agency]) {
				const events = (await who.at(at('16:00')).ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'state_changed');
				assert.deepEqual(events.map((e) => e.data), told, `${state}`);
				for (const event of events) assert.deepEqual([event.version ?? version, event.occurred_at], [version, exact('11:00')]);
			}
		}
	});

	test('a full record takes no more; who was added is said, and stands in the submission', async () => {
		const children = [{ first_name: 'Tom' }, ...Array.from({ length: 39 }, (_, i) => ({ first_name: `Child ${i}` }))];
		const household = Array.from({ length: 59 }, (_, i) => ({ first_name: `Adult ${i}` }));
		const { id } = await post('FULL-1', { children, household });
		const extra = { first_name: 'Tom', family_name: 'Second' };
		const answer = await post('FULL-1', { children: [extra, { first_name: 'Tom' }], household: [{ first_name: 'One' }, household[0], { first_name: 'Two' }] });
		assert.equal(answer.outcome, 'additional_information');
		const left = answer.quality_issues.filter((i) => i.code === 'record_full');
		assert.deepEqual(left.map((i) => [i.pointer, i.value_as_sent]), [['/children/1', { first_name: 'Tom' }], ['/household/2', { first_name: 'Two' }]]);
		const after = await record(id);
		assert.deepEqual([after.children.length, after.household.length], [40, 60]);
		assert.deepEqual(names(after.household).slice(-1), ['One']);
		assert.deepEqual(after.submissions[1].quality_issues, answer.quality_issues);
		assert.deepEqual(after.submissions[1].body.children, [extra, { first_name: 'Tom' }]);
	});

	test('topics: what was answered is no longer offered, what is newly raised is, whatever came in between', async () => {
		const { why_now: why, hoped_for_outcome: hope, level_of_need: level, parental_factors: factors, ...rest } = example;
		const { domestic_abuse: abuse, ...otherFactors } = factors;
		const codes = ({ topics }) => topics.map((t) => t.code).toSorted();
		const first = await post('TOPIC-1', { ...rest, parental_factors: otherFactors });
		assert.deepEqual(codes(first), ['cause_of_concern', 'level_of_need_missing', 'needs', 'parental_factor_not_asked']);
		const said = async (members) => codes(await post('TOPIC-1', { children: example.children, ...members }));
		assert.deepEqual(await said({ why_now: why }), ['level_of_need_missing', 'needs', 'parental_factor_not_asked']);
		assert.deepEqual(await said({ parental_factors: { domestic_abuse: abuse } }), ['level_of_need_missing', 'needs'], 'the other factors were asked before');
		assert.deepEqual(await said({ why_now: '', hoped_for_outcome: hope, parental_factors: { domestic_abuse: { answer: 'not_asked' } } }), ['level_of_need_missing'], 'silence takes nothing back');
		const raised = { children: [...example.children, { first_name: 'New' }], concerns: [{ category: 'neglect', description: 'Bad.' }], level_of_need: level };
		const last = await post('TOPIC-1', raised);
		assert.deepEqual(codes(last), ['neglect_without_description', 'neglect_without_tool', 'whereabouts_of_child']);
		assert.deepEqual(codes(await record(first.id)), codes(last));
		assert.deepEqual(await said({ children: [{ first_name: 'New', whereabouts: 'At school.' }] }), ['neglect_without_description', 'neglect_without_tool']);
	});

	test('a claim that protection is needed now makes a screened referral red again, and triage runs for an hour', async () => {
		for (const rating of ['green', 'amber']) {
			const { id } = await post(`RED-${rating}`, { children: [ann] });
			await hub.screen(at('10:30'), id, rating);
			await post(`RED-${rating}`, { children: [ann], immediate_protection_needed: true }, at('11:00'));
			const whole = await record(id);
			assert.deepEqual([whole.rating, whole.rating_source, whole.immediate_protection_needed], ['red', 'provisional_rule', true]);
			const triage = whole.follow_ups.filter((f) => f.kind === 'triage');
			assert.deepEqual(triage.map((f) => [f.state, f.due_at]), [['met', exact('12:00')], ['open', exact('12:00')]]);
			const discuss = whole.follow_ups.find((f) => f.kind === 'discuss');
			assert.deepEqual([discuss.state, discuss.timing, discuss.due_at], ['open', 2, exact('14:00')], 'within four hours of receipt');
			const { items } = await hub.practitioner.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
			const changes = items.filter((e) => e.type === 'rating_changed').map((e) => [e.data.from, e.data.to, e.data.reason]);
			assert.deepEqual(changes.at(-1), [rating, 'red', 'immediate protection claimed']);
			await hub.screen(at('11:30'), id, 'amber');
			const screened = await record(id);
			assert.deepEqual([screened.rating, screened.rating_source], ['amber', 'screening']);
		}
		const { id } = await post('RED-red', { children: [ann] });
		await hub.screen(at('10:30'), id, 'red');
		await post('RED-red', { children: [ann], immediate_protection_needed: true }, at('11:00'));
		const whole = await record(id);
		assert.deepEqual([whole.rating, whole.rating_source], ['red', 'screening'], 'it was red already: the hub said so');
		assert.equal(whole.follow_ups.findLast((f) => f.kind === 'triage').due_at, exact('12:00'));
	});
});
