// Nothing said about a child is turned away (DOMAIN section 4): what is wrong with a referral beyond its shape is answered
// with 201, named with the value as sent, and kept.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { startHub } from '../support/hub.mjs';

const example = JSON.parse(readFileSync(new URL('../../api/examples/createReferral.json', import.meta.url)));
delete example.agency_reference;
const minimal = { children: [{}], concerns: [{ description: 'x' }] };
let hub;
before(async () => { hub = await startHub('referral_quality'); });
after(() => hub?.stop());

// The example with one value changed: 'children/0/sex'. undefined takes the member away.
function changed(changes) {
	const body = structuredClone(example);
	for (const [path, value] of Object.entries(changes)) {
		const steps = path.split('/');
		const last = steps.pop();
		const at = steps.reduce((node, step) => node[step], body);
		if (value === undefined) delete at[last];
		else at[last] = value;
	}
	return body;
}

// Posts and gives the issues; the whole record holds the same ones, and the submission what was sent.
async function issuesOf(body, who = hub.agency) {
	const answer = await who.post('/v1/referrals', body);
	assert.equal(answer.status, 201, answer.text);
	const whole = await hub.manager.ok('GET', `/v1/referrals/${answer.json.id}`);
	assert.deepEqual(whole.quality_issues, answer.json.quality_issues);
	const [kept] = await hub.db.query('SELECT body FROM submission WHERE referral_id = $1', [answer.json.id]);
	assert.equal(kept.body, typeof body === 'string' ? body : JSON.stringify(body));
	return answer.json.quality_issues;
}
const brief = (issues) => issues.map((i) => [i.pointer, i.code, i.value_as_sent]).toSorted();

test('the full example has nothing to complain of', async () => assert.deepEqual(await issuesOf(example), []));

test('the least that is accepted says all that is missing', async () => {
	assert.deepEqual(brief(await issuesOf(minimal)), [
		['/children/0/date_of_birth', 'missing_birth_date', null], ['/children/0/first_name', 'missing_name', null],
		['/children/0/sex', 'missing', null], ['/concerns/0/category', 'missing', null], ['/immediate_protection_needed', 'missing', null],
		['/information_sharing', 'missing', null], ['/level_of_need', 'missing', null], ['/parental_factors', 'missing', null],
		['/referrer', 'missing', null]]);
});

describe('each kind of issue, at its place, with the value as sent', () => {
	const unborn = { 'children/0/date_of_birth': undefined, 'children/0/expected_date_of_delivery': '2027-01-11', 'children/0/date_of_birth_status': undefined };
	const one = (path, code, value) => [{ [path]: value }, [[`/${path}`, code, value]]];
	const codes = ['record_kind', 'source', 'referrer/kind', 'referrer/identity_wish', 'children/0/date_of_birth_status', 'children/0/sex',
		'children/0/ethnicity', 'children/0/addresses/0/kind', 'children/0/voice/kind', 'household/0/safe_to_contact', 'concerns/0/category',
		'concerns/0/basis', 'information_sharing/lawful_basis', 'parental_factors/domestic_abuse/answer'];
	const cases = [
		...codes.flatMap((path) => [one(path, 'unknown_code', 'none of them'), one(path, 'unknown_code', '')]),
		one('children/0/disability/0', 'unknown_code', 'XXX'),
		...['2022-02-30', '2022-13-01', '19/08/2022', '2022-8-19', '2022-08-19T00:00:00Z', ''].map((v) => one('children/0/date_of_birth', 'invalid_date', v)),
		one('children/2/expected_date_of_delivery', 'invalid_date', 'summer'),
		one('household/0/date_of_birth', 'invalid_date', 'about 30'),
		one('concerns/0/occurred_at', 'invalid_date', 'last week'),
		one('children/0/voice/heard_at', 'invalid_date', '26.2.'),
		...['2026-03-01 15:10', '2026-03-01T15:10:00', '2026-03-01T25:00:00Z', '2026-03-01'].map((v) => one('referrer/limits_explained_at', 'invalid_instant', v)),
		one('earlier_consultation/held_at', 'invalid_instant', 'Friday'),
		one('children/0/date_of_birth', 'date_in_future', '2027-01-01'),
		one('household/0/date_of_birth', 'date_in_future', '2099-01-01'),
		one('referrer/email', 'invalid_email', 'imogen at health'),
		[{ 'children/0/disability': ['NONE', 'MOB'] }, [['/children/0/disability', 'none_not_alone', ['NONE', 'MOB']]]],
		[{ 'children/0/expected_date_of_delivery': '2022-08-19' }, [['/children/0/expected_date_of_delivery', 'birth_and_delivery_date', '2022-08-19']]],
		[{ ...unborn, 'children/0/sex': 'F' }, [['/children/0/sex', 'unborn_sex', 'F']]],
		[{ ...unborn, 'children/0/sex': 'U' }, []],
		[{ ...unborn, 'children/0/sex': 'U', 'children/0/expected_date_of_delivery': '2029-01-01' },
			[['/children/0/expected_date_of_delivery', 'referral_before_conception', '2029-01-01']]],
		[{ 'children/0/date_of_birth': undefined, 'children/0/date_of_birth_status': undefined }, [['/children/0/date_of_birth', 'missing_birth_date', null]]],
		[{ 'children/0/date_of_birth': undefined, 'children/0/date_of_birth_status': 'not_known' }, []],
		[{ 'referrer/identity_wish': 'anonymous' }, [['/referrer/identity_wish', 'professional_anonymous', 'anonymous']]],
		[{ 'referrer/identity_wish': 'anonymous', 'referrer/kind': 'public' }, []],
		[{ source: '9' }, [['/source', 'professional_anonymous', '9']]],
		[{ source: '9', 'referrer/kind': 'public' }, []],
		[{ 'referrer/phone': undefined, 'referrer/email': undefined }, [['/referrer/phone', 'missing_contact', null]]],
		[{ 'referrer/name': undefined }, [['/referrer/name', 'missing', null]]],
		[{ 'children/0/first_name': undefined }, []],
		[{ 'children/0/family_name': undefined }, []],
		[{ 'parental_factors/domestic_abuse/value': undefined }, [['/parental_factors/domestic_abuse/value', 'missing', null]]],
		[{ 'information_sharing/parents_informed/value': 'perhaps' }, [['/information_sharing/parents_informed/value', 'invalid_answer', 'perhaps']]],
		one('channel', 'channel_not_allowed', 'phone'),
		one('channel', 'channel_not_allowed', 'census_import'),
		one('channel', 'unknown_code', 'pigeon'),
		one('received_at', 'received_at_ignored', '2026-03-01T10:00:00Z'),
		one('received_at', 'invalid_instant', 'yesterday'),
		one('colour', 'unknown_member', 'blue'),
		one('referrer/fax', 'unknown_member', { number: [1, null, 2.5] }),
		one('household/0/x', 'unknown_member', null),
		...['', '  \n', null].flatMap((blank) => ['agency_reference', 'incident_reference', 'why_now', 'children/0/first_name', 'children/0/addresses/0/lines/0', 'household/0/relationship',
			'referrer/name', 'concerns/0/description', 'concerns/0/where', 'children/0/voice/words', 'history/agencies_involved/0', 'place/usual_authority'].map((path) => one(path, 'blank', blank))),
		one('record_kind', 'unknown_code', null), one('children/0/sex', 'unknown_code', null), one('children/0/nhs_number', 'blank', null), one('parental_factors/domestic_abuse/value', 'blank', null),
		one('information_sharing/parents_informed/value', 'invalid_answer', null), one('agency_reference', 'too_long', `L${'x'.repeat(100)}`),
		...['incident_reference', 'level_of_need', 'referrer/phone', 'children/0/addresses/0/postcode'].map((path) => one(path, 'too_long', 'y'.repeat(101))),
		...[['channel', 'unknown_code'], ['record_kind', 'unknown_code'], ['source', 'unknown_code'], ['concerns/0/category', 'unknown_code'], ['children/0/sex', 'unknown_code'],
			['children/0/ethnicity', 'unknown_code'], ['children/0/date_of_birth', 'invalid_date'], ['referrer/limits_explained_at', 'invalid_instant']].map(([path, code]) => one(path, code, 'z'.repeat(5000))),
	];
	for (const [changes, expected] of cases) {
		test(JSON.stringify(changes), async () => assert.deepEqual(brief(await issuesOf(changed(changes))), expected.toSorted()));
	}

	test('a fault behind all those that are listed counts all the same', async () => {
		const strange = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`x${i}`, i]));
		const faulty = { channel: 'pigeon', record_kind: 'rumour', source: 'XX', received_at: 'yesterday' };
		await issuesOf({ ...strange, ...example, ...faulty });
		const { json } = await hub.practitioner.post('/v1/referrals', { ...strange, ...example, ...faulty });
		assert.deepEqual([json.channel, json.record_kind, json.source], ['phone', 'request_for_service', '10']);
		assert.equal(json.quality_issues.at(-1).code, 'too_many_issues');
	});

	test('names of members that a JSON Pointer must escape', async () => {
		assert.deepEqual(brief(await issuesOf(changed({ 'children/0': { ...example.children[0], 'a/b~c': 1 } }))), [['/children/0/a~1b~0c', 'unknown_member', 1]]);
	});

	test('unknown members come back in `further` and at their place', async () => {
		const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: { ...minimal, children: [{ colour: 'blue' }], further_notes: { a: [1] } } });
		const whole = await hub.manager.ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual(whole.further, { further_notes: { a: [1] } });
		assert.equal(whole.children[0].colour, 'blue');
	});

	test('many at once are all told, up to 500; then the first ones, and how many there are besides', async () => {
		const strange = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, i]));
		const children = Array.from({ length: 40 }, () => ({ first_name: 'A.', date_of_birth: 'x', sex: 'X', ...strange }));
		const issues = await issuesOf({ ...example, children });
		assert.equal(issues.length, 500);
		assert.deepEqual(issues.at(-1), { pointer: '', code: 'too_many_issues', value_as_sent: 40 * 32 - 499 });
		assert.equal(new Set(issues.map((i) => i.pointer)).size, 500);
		assert.ok(issues.slice(0, -1).every((i) => Number(i.pointer.split('/')[2]) < 16), 'the first children\'s');
		const just = (n, more = {}) => ({ ...example, ...more, ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`x${i}`, i])) });
		assert.ok((await issuesOf(just(500))).every((i) => i.code === 'unknown_member'));
		assert.deepEqual((await issuesOf(just(501))).at(-1), { pointer: '', code: 'too_many_issues', value_as_sent: 2 });
		const own = await issuesOf(just(500, { channel: 'post' }));
		assert.deepEqual(own.slice(-2).map((i) => [i.code, i.value_as_sent]), [['channel_not_allowed', 'post'], ['too_many_issues', 2]]);
		const some = await issuesOf({ ...example, children: children.slice(0, 3), channel: 'post' });
		assert.equal(some.length, 3 * 32 + 1);
	});
});

test('a text that says nothing is the same whatever it is made of', async () => {
	const topics = async (changes) => {
		const { json } = await hub.agency.post('/v1/referrals', changed(changes));
		return json.topics.map((t) => t.code).toSorted();
	};
	for (const path of ['concerns/0/description', 'why_now', 'children/0/whereabouts']) {
		const [empty, spaces, none] = [await topics({ [path]: '' }), await topics({ [path]: ' '.repeat(200) }), await topics({ [path]: null })];
		assert.deepEqual([spaces, none], [empty, empty], path);
	}
	assert.ok((await topics({ 'concerns/0/description': ' '.repeat(200) })).includes('short_or_generic_text') || example.concerns.length > 1);
	const nameless = { children: [{ first_name: ' ', family_name: null, date_of_birth: null }], concerns: [{ description: null }], referrer: { phone: '' } };
	const issues = brief(await issuesOf(nameless)).map(([pointer, code]) => `${pointer} ${code}`);
	for (const said of ['/children/0/first_name blank', '/children/0/family_name blank', '/children/0/date_of_birth missing_birth_date', '/concerns/0/description blank', '/referrer/phone missing_contact'])
		assert.ok(issues.includes(said), `${said}: ${issues}`);
	const [listed] = (await hub.manager.ok('GET', '/v1/referrals?order=received&limit=1')).items;
	assert.equal(listed.child_names, '');
});

test('a reference that is long is used all the same', async () => {
	const body = { ...example, agency_reference: `long ${'é'.repeat(495)}` };
	const first = await hub.agency.ok('POST', '/v1/referrals', { body });
	assert.deepEqual(first.quality_issues.map((i) => i.code), ['too_long']);
	const again = await hub.agency.ok('POST', '/v1/referrals', { body });
	assert.deepEqual([again.outcome, again.id, again.agency_reference], ['existing', first.id, body.agency_reference]);
});

test('dates are judged by the day of receipt, not by another clock\'s', async () => {
	const hours = { then: '2035-03-01T10:00:00Z', before: '2026-03-01T10:00:00Z' };
	const born = async (day, now) => brief(await issuesOf(changed({ 'children/0/date_of_birth': day }), hub.agency.at(now))).map(([, code]) => code);
	assert.deepEqual(await born('2035-02-28', hours.then), []);
	assert.deepEqual(await born('2035-03-02', hours.then), [], 'tomorrow is today somewhere');
	assert.deepEqual(await born('2035-03-03', hours.then), ['date_in_future']);
	assert.deepEqual(await born('2026-03-03', hours.before), ['date_in_future']);
	const expected = async (day, now) => brief(await issuesOf(changed({ 'children/2/expected_date_of_delivery': day }), hub.agency.at(now))).map(([, code]) => code);
	assert.deepEqual(await expected('2035-12-06', hours.then), []);
	assert.deepEqual(await expected('2035-12-07', hours.then), ['referral_before_conception']);
});

// DOMAIN section 6, written down again.
function nhsNumberIsRight(text) {
	if (!/^[0-9]{10}$/.test(text) || text === '0000000000') return false; // zeros pass the sum, and mean "none" on forms
	const digits = [...text].map(Number);
	const sum = digits.slice(0, 9).reduce((total, digit, i) => total + digit * (10 - i), 0);
	const check = 11 - (sum % 11);
	return (check === 11 ? 0 : check) === digits[9] && check !== 10;
}

const LETTERS = 'ABCDEFGHJKLMNPQRTUVWXYZ';
const upnLetter = (rest) => LETTERS[[...rest].reduce((sum, digit, i) => sum + Number(digit) * (i + 2), 0) % 23];

describe('check digits', () => {
	// One post for many values: one child each. Which of them are said to be faulty?
	async function faulty(member, code, values) {
		const found = new Set();
		for (let at = 0; at < values.length; at += 40) {
			const children = values.slice(at, at + 40).map((value) => ({ first_name: 'A.', [member]: value }));
			const issues = await issuesOf({ ...example, children });
			for (const issue of issues.filter((i) => i.code === code)) {
				const value = values[at + Number(issue.pointer.split('/')[2])];
				assert.equal(issue.pointer.split('/')[3], member);
				assert.equal(issue.value_as_sent, value);
				found.add(value);
			}
		}
		return found;
	}

	test('NHS numbers', async () => {
		const known = ['9434765919', '9434765910', '943476591', '94347659190', '943 476 5919', '9990000000', '0000000000', 'abcdefghij', ''];
		const random = fc.sample(fc.stringMatching(/^[0-9]{10}$/), { numRuns: 200, seed: 1 });
		const right = random.map((text) => [...'0123456789'].map((d) => text.slice(0, 9) + d).find(nhsNumberIsRight)).filter(Boolean);
		const values = [...new Set([...known, ...random, ...right])];
		assert.ok(right.length > 100);
		assert.deepEqual(await faulty('nhs_number', 'invalid_nhs_number', values), new Set(values.filter((v) => !nhsNumberIsRight(v))));
		assert.ok(nhsNumberIsRight('9434765919') && !nhsNumberIsRight('9434765910'));
	});

	test('UPNs', async () => {
		assert.equal(upnLetter('243731687508'), 'A');
		const random = fc.sample(fc.stringMatching(/^[0-9]{12}$/), { numRuns: 100, seed: 2 });
		const good = ['A243731687508', 'UN1', 'UN7', ...random.map((rest) => upnLetter(rest) + rest)];
		const wrong = ['B243731687508', 'a243731687508', 'A24373168750', 'A2437316875081', 'I243731687508', 'UN0', 'UN8', 'UN12', 'A24373168750O', '',
			...random.map((rest) => LETTERS[(LETTERS.indexOf(upnLetter(rest)) + 1) % 23] + rest)];
		assert.deepEqual(await faulty('upn', 'invalid_upn', [...good, ...wrong]), new Set(wrong));
	});

	test('a faulty identifier is kept in the document and matches nobody', async () => {
		const { id } = await hub.agency.ok('POST', '/v1/referrals', { body: { ...minimal, children: [{ nhs_number: '9434765910', upn: 'B243731687508' }, { nhs_number: '9434765919', upn: 'A243731687508' }] } });
		const rows = await hub.db.query('SELECT nhs_number, upn FROM referral_child WHERE referral_id = $1 ORDER BY ordinal', [id]);
		assert.deepEqual(rows.map((r) => [r.nhs_number, r.upn]), [[null, null], ['9434765919', 'A243731687508']]);
		const { children } = await hub.manager.ok('GET', `/v1/referrals/${id}`);
		assert.deepEqual([children[0].nhs_number, children[0].upn], ['9434765910', 'B243731687508']);
	});
});

test('what is odd in JSON but no fault stays as it was sent', async () => {
	const body = '{"children":[{"first_name":"Zo\\u00eb 👧","x":1e2,"y":0.10,"z":-0}],\n "concerns" : [ {"description":"\\"quoted\\" \\\\ back"} ]}';
	await issuesOf(body);
	const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }).filter((s) => s.isWellFormed() && !s.includes('\0'));
	await fc.assert(fc.asyncProperty(text, text, async (name, description) => {
		const sent = { children: [{ first_name: name, x: { [name]: description } }], concerns: [{ description }] };
		const { id, quality_issues } = await hub.agency.ok('POST', '/v1/referrals', { body: sent });
		const whole = await hub.manager.ok('GET', `/v1/referrals/${id}`);
		assert.equal(whole.children[0].first_name, name);
		assert.equal(whole.concerns[0].description, description);
		assert.deepEqual(quality_issues.find((i) => i.pointer === '/children/0/x').value_as_sent, { [name]: description });
	}), { numRuns: 40, seed: 3 });
});
