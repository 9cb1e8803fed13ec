// What is refused before any handler sees it: each answer is a problem that names the place, and nothing is stored.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const MIB = 1024 * 1024;
const good = { children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description: 'Often hungry.' }] };
const text = (members = '') => `{"children": [{"first_name": "A."${members}}], "concerns": [{"description": "Often hungry."}]}`;
let hub, referral, foreign;

before(async () => {
	hub = await startHub('bad_input');
	referral = (await hub.refer(`${DAY}T10:00:00Z`)).id;
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const other = ['--partnership', await ctl('partnership', 'add', '--name', 'Other hub')];
	const staff = await ctl('staff', 'add', ...other, '--name', 'F. Foreign', '--role', 'manager');
	foreign = hub.manager.as(await ctl('key', 'issue', ...other, '--staff', staff, '--role', 'manager'));
});
after(() => hub?.stop());

// How many rows there are of all that a post could leave behind. A refusal's own record is another matter (rejections).
async function stored() {
	const tables = ['referral', 'referral_child', 'submission', 'event', 'idempotency_key', 'screening', 'contact_attempt'];
	const counts = tables.map((t) => `(SELECT count(*) FROM ${t}) AS ${t}`).join(', ');
	return (await hub.db.query(`SELECT ${counts}, (SELECT count(*) FROM follow_up WHERE referral_id IS NOT NULL) AS follow_up`))[0];
}

// `send` gets this problem, and changes nothing. `places`: the pointers of all errors, in any order.
async function refused(send, { status, type, places }) {
	const was = await stored();
	const answer = await send();
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.type, 'application/problem+json');
	assert.equal(answer.json.type, `/problems/${type}`);
	assert.equal(answer.json.status, status);
	assert.ok(answer.json.title);
	assert.equal(answer.json.request_id, answer.headers['x-request-id']);
	assert.equal(answer.json.instance, `urn:uuid:${answer.json.request_id}`);
	if (places) assert.deepEqual((answer.json.errors ?? []).map((e) => e.pointer).toSorted(), places.toSorted(), answer.text);
	assert.deepEqual(await stored(), was);
	return answer;
}

const post = (body, headers) => hub.agency.post('/v1/referrals', body, headers);
const bytes = (...parts) => Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : Buffer.from([p]))));

describe('what is not JSON', () => {
	const at = (body, needle) => `line 1, column ${body.indexOf(needle) + 1}`;
	const raw = text(', "family_name": "X\0Y"');
	const escaped = text(', "family_name": "X\\u0000Y"');
	const cases = {
		'a raw NUL': [raw, at(raw, '\0')],
		'\\u0000': [escaped, at(escaped, '\\u0000')],
		'\\u0000 in the name of a member': ['{"a\\u0000b": 1}', 'line 1, column 4'],
		'nesting of 33': [`${'['.repeat(33)}${']'.repeat(33)}`, 'line 1, column 33'],
		'nesting of 33 in a member that nobody knows': [text(`, "x": ${'['.repeat(31)}${']'.repeat(31)}`), undefined],
		'a very deep one': ['['.repeat(500_000), 'line 1, column 33'],
		'an empty body': ['', 'line 1, column 1'],
		'an object that does not end': ['{"children": [', undefined],
		'a comment': ['{} // no', undefined],
		'a single quotation mark': ["{'children': []}", undefined],
		'NaN': [text(', "x": NaN'), undefined],
	};
	for (const [name, [body, place]] of Object.entries(cases)) {
		test(name, async () => {
			const { json } = await refused(() => post(body), { status: 400, type: 'invalid-json' });
			assert.equal(json.errors.length, 1);
			if (place) assert.equal(json.errors[0].pointer, place);
			else assert.match(json.errors[0].pointer, /^line \d+, column \d+$/);
		});
	}

	const named = {
		'a key twice': [text(', "first_name": "B."'), /twice/],
		'a key twice in an unknown member': [text(', "x": {"a": 1, "a": 1}'), /twice/],
		'a key twice, once escaped': [text(', "first\\u005fname": "B."'), /twice/],
		'bytes behind the end': [`${text()} {}`, /behind the end/],
		'a lone high surrogate': [text(', "family_name": "\\ud800"'), undefined],
		'a lone low surrogate': [text(', "family_name": "\\udc00"'), undefined],
		'two high surrogates': [text(', "family_name": "\\ud800\\ud800"'), undefined],
		'a byte that UTF-8 does not have': [bytes('{"a": "', 0xff, '"}'), /UTF-8/],
		'an overlong form': [bytes('{"a": "', 0xc0, 0xaf, '"}'), /UTF-8/],
		'an encoded surrogate': [bytes('{"a": "', 0xed, 0xa0, 0x80, '"}'), /UTF-8/],
		'a cut sequence': [bytes('{"a": "', 0xe2, 0x82, '"}'), /UTF-8/],
	};
	for (const [name, [body, why]] of Object.entries(named)) {
		test(name, async () => {
			const { json } = await refused(() => post(body), { status: 400, type: 'invalid-json' });
			assert.match(json.errors[0].pointer, /^line \d+, column \d+$/);
			if (why) assert.match(json.errors[0].detail, why);
			assert.ok(!JSON.stringify(json).includes('Often hungry'), 'never quotes what was sent');
		});
	}

	test('32 levels are still read', async () => {
		const answer = await post(text(`, "x": ${'['.repeat(29)}${']'.repeat(29)}`));
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual((await post(text(', "family_name": "\\ud83d\\ude00"'))).status, 201, 'a pair of surrogates is a character');
	});
});

describe('what does not have the shape', () => {
	const many = (n, item) => Array.from({ length: n }, () => item);
	const cases = {
		'a list for the body': [[good], ['']],
		'null for the body': ['null', ['']],
		'no children': [{ concerns: good.concerns }, ['/children']],
		'an empty list of children': [{ ...good, children: [] }, ['/children']],
		'41 children': [{ ...good, children: many(41, { first_name: 'A.' }) }, ['/children']],
		'61 others': [{ ...good, household: many(61, {}) }, ['/household']],
		'31 concerns': [{ ...good, concerns: many(31, { description: 'x' }) }, ['/concerns']],
		'a concern without a description': [{ ...good, concerns: [{ category: 'neglect' }] }, ['/concerns/0/description']],
		'a child that is a text': [{ ...good, children: ['A.'] }, ['/children/0']],
		'a name that is a number': [{ ...good, children: [{ first_name: 7 }] }, ['/children/0/first_name']],
		'a child that is null': [{ ...good, children: [null] }, ['/children/0']],
		'a flag that is null': [{ ...good, immediate_protection_needed: null }, ['/immediate_protection_needed']],
		'a reference of 501 characters': [{ ...good, agency_reference: 'x'.repeat(501) }, ['/agency_reference']],
		'a name of 201 characters': [{ ...good, children: [{ first_name: 'é'.repeat(201) }] }, ['/children/0/first_name']],
		'a narrative of 10,001 characters': [{ ...good, why_now: 'x'.repeat(10_001) }, ['/why_now']],
		'a flag that is a text': [{ ...good, immediate_protection_needed: 'yes' }, ['/immediate_protection_needed']],
		'a referrer that is a list': [{ ...good, referrer: [] }, ['/referrer']],
		'several at once': [
			{ children: [{ first_name: 1 }, { upn: [] }], concerns: [{ description: 1 }], referrer: { name: {} }, why_now: false },
			['/children/0/first_name', '/children/1/upn', '/concerns/0/description', '/referrer/name', '/why_now'],
		],
	};
	for (const [name, [body, places]] of Object.entries(cases)) {
		test(name, async () => {
			const { json } = await refused(() => post(body), { status: 422, type: 'invalid-body', places });
			for (const error of json.errors) assert.match(error.code, /^[a-z0-9_]+$/);
		});
	}

	test('40 children, 60 others and names of 200 characters are taken', async () => {
		const body = { ...good, children: many(40, { first_name: 'é'.repeat(200), sex: 'F' }), household: many(60, {}), why_now: 'x'.repeat(10_000) };
		const { json, status } = await post(body);
		assert.equal(status, 201);
		assert.equal((await hub.manager.ok('GET', `/v1/referrals/${json.id}`)).children.length, 40);
	});

	test('a member that nobody knows is refused outside a referral', async () => {
		const body = { rating: 'red', reason: 'x', clarification_needed: true, topics: ['significant_harm'], colour: 'blue' };
		await refused(() => hub.practitioner.post(`/v1/referrals/${referral}/screenings`, body), { status: 422, type: 'invalid-body', places: ['/colour'] });
	});
});

describe('size and type of the body', () => {
	const sized = (n) => text(`, "x": "${'x'.repeat(n - text(', "x": ""').length)}"`);

	test('1 MiB is taken, one byte more is not', async () => {
		assert.equal((await post(sized(MIB))).status, 201);
		await refused(() => post(sized(MIB + 1)), { status: 413, type: 'body-too-large' });
	});

	for (const type of ['text/plain', 'application/xml', 'application/jsonx', 'application/json; charset=latin1', null]) {
		test(`content type ${type}`, () => refused(
			() => post(Buffer.from(JSON.stringify(good)), { 'content-type': type }), { status: 415, type: 'unsupported-media-type' }));
	}

	test('an encoding of the body is named', async () => {
		const { json } = await refused(() => post(Buffer.from(JSON.stringify(good)), { 'content-encoding': 'gzip' }), { status: 415, type: 'unsupported-media-type' });
		assert.equal(json.errors[0].pointer, 'header: Content-Encoding');
		assert.equal((await post(Buffer.from(JSON.stringify(good)), { 'content-encoding': 'identity' })).status, 201);
	});

	test('application/json with UTF-8 named', async () => {
		for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])
			assert.equal((await post(JSON.stringify(good), { 'content-type': type })).status, 201, type);
	});
});

describe('who calls', () => {
	const unauthenticated = (headers) => refused(() => post(good, headers), { status: 401, type: 'unauthenticated' });
	const changed = (key) => key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');

	test('no key', () => unauthenticated({ authorization: null }));
	test('a broken one', async () => {
		const { key } = hub.agency;
		for (const value of ['', 'Bearer', 'Bearer ', `Basic ${key}`, key, `Bearer ${key}x`, `Bearer ${key.slice(0, -1)}`,
			`Bearer ${changed(key)}`, `Bearer mashd_${randomUUID()}_${key.slice(43)}`, 'Bearer mashd__', `Bearer ${'x'.repeat(3000)}`]) {
			const { headers } = await unauthenticated({ authorization: value });
			assert.match(headers['www-authenticate'], /^Bearer/);
		}
	});
	test('a revoked one, at once', async () => {
		const key = (await mashctl(hub.db, 'key', 'issue', '--partnership', hub.partnership, '--agency', hub.agencyId, '--role', 'agency')).stdout.trim();
		assert.equal((await hub.agency.as(key).post('/v1/referrals', good)).status, 201);
		await mashctl(hub.db, 'key', 'revoke', '--partnership', hub.partnership, '--reason', 'Lost.', key.split('_')[1]);
		await refused(() => hub.agency.as(key).post('/v1/referrals', good), { status: 401, type: 'unauthenticated' });
	});
	test('the answer says nothing of the request to somebody unknown', async () => {
		const { json } = await refused(() => hub.agency.as(undefined).post('/v1/referrals', '{'), { status: 401, type: 'unauthenticated' });
		assert.deepEqual((json.errors ?? []).filter((e) => e.pointer !== 'Authorization'), []);
	});
});

describe('parameters', () => {
	test('no Idempotency-Key', () => refused(() => post(good, { 'idempotency-key': null }), { status: 400, type: 'idempotency-key-missing', places: ['header: Idempotency-Key'] }));
	for (const key of ['', 'k'.repeat(256), 'é']) {
		test(`Idempotency-Key of ${key.length} characters ${key.slice(0, 1)}`, async () => {
			const answer = await post(good, { 'idempotency-key': key });
			assert.equal(answer.status, 400, answer.text);
		});
	}
	test('one of 255', async () => assert.equal((await post(good, { 'idempotency-key': `${randomUUID()}${'k'.repeat(219)}` })).status, 201));

	const queries = {
		'order=name': ['query: order'], 'limit=0': ['query: limit'], 'limit=201': ['query: limit'], 'limit=ten': ['query: limit'],
		'limit=1e1': ['query: limit'], 'overdue=yes': ['query: overdue'], 'agency=7': ['query: agency'], 'state=lost': ['query: state'],
		'received_from=yesterday': ['query: received_from'], 'received_from=2027-02-30T00:00:00Z': ['query: received_from'],
		'colour=blue': ['query'], 'cursor=abc': ['query: cursor'], 'cursor=!!': ['query: cursor'], 'limit=5&limit=6': ['query: limit'],
		'limit=0&order=name&colour=1': ['query: limit', 'query: order', 'query'],
	};
	for (const [query, places] of Object.entries(queries)) {
		test(`?${query}`, () => refused(() => hub.manager.get(`/v1/referrals?${query}`), { status: 400, type: 'invalid-parameter', places }));
	}

	test('a cursor of another list, filter or caller, or a changed one', async () => {
		for (let i = 0; i < 2; i++) await hub.refer(`${DAY}T10:00:00Z`);
		const { next } = await hub.manager.ok('GET', '/v1/referrals?limit=1');
		assert.equal((await hub.manager.get(`/v1/referrals?limit=2&cursor=${next}`)).status, 200);
		const other = next.slice(0, -1) + (next.endsWith('A') ? 'B' : 'A');
		for (const path of [`/v1/referrals?order=received&cursor=${next}`, `/v1/referrals?rating=red&cursor=${next}`, `/v1/flags?cursor=${next}`, `/v1/referrals?cursor=${other}`])
			await refused(() => hub.manager.get(path), { status: 400, type: 'invalid-parameter', places: ['query: cursor'] });
		await refused(() => foreign.get(`/v1/referrals?cursor=${next}`), { status: 400, type: 'invalid-parameter', places: ['query: cursor'] });
	});

	test('an id that is none', () => refused(() => hub.manager.get('/v1/referrals/7'), { status: 400, type: 'invalid-parameter', places: ['path: referral_id'] }));
});

describe('a foreign id and an unknown one get the same answer', () => {
	const screening = { rating: 'red', reason: 'x', clarification_needed: true, topics: ['significant_harm'] };
	const attempt = { result: 'no_answer', method: 'phone', counterpart: 'referrer' };
	const same = ({ status, json: { request_id: r, instance: i, ...rest } }) => ({ status, ...rest });
	const operations = {
		getReferral: (who, id) => who.get(`/v1/referrals/${id}`),
		getTimeline: (who, id) => who.get(`/v1/referrals/${id}/timeline`),
		listFollowUps: (who, id) => who.get(`/v1/referrals/${id}/follow-ups`),
		recordScreening: (who, id) => who.post(`/v1/referrals/${id}/screenings`, screening),
		recordContactAttempt: (who, id) => who.post(`/v1/referrals/${id}/contact-attempts`, attempt),
		recordAcknowledgement: (who, id) => who.post(`/v1/referrals/${id}/acknowledgement`, { method: 'email' }),
	};
	for (const [name, call] of Object.entries(operations)) {
		test(name, async () => {
			const unknown = await refused(() => call(hub.manager, randomUUID()), { status: 404, type: 'not-found' });
			const others = await refused(() => call(foreign, referral), { status: 404, type: 'not-found' });
			assert.deepEqual(same(others), same(unknown));
		});
	}
	test('an address that nothing has', () => refused(() => hub.manager.get('/v1/nothing'), { status: 404, type: 'not-found' }));
	test('a method that it does not have', async () => {
		const { headers } = await refused(() => hub.manager.delete('/v1/referrals'), { status: 405, type: 'method-not-allowed' });
		assert.deepEqual(headers.allow.split(', ').filter((m) => m !== 'HEAD').toSorted(), ['GET', 'POST']);
	});
});

describe('refused posts of an agency', () => {
	const list = (who) => who.ok('GET', '/v1/rejected-submissions?limit=200').then((page) => page.items);
	const cases = {
		'invalid-json': (reference) => text(`, "x": "\\u0000"`).replace('{', `{"agency_reference": "${reference}", `),
		'invalid-body': (reference) => ({ ...good, agency_reference: reference, children: [] }),
	};
	for (const [type, body] of Object.entries(cases)) {
		test(`${type}: listed, owed, and made good by the accepted post`, async () => {
			const reference = `REF-${type}`;
			assert.equal((await post(body(reference))).json.type, `/problems/${type}`);
			const mine = (await list(hub.agency)).filter((r) => r.agency_reference === reference);
			assert.deepEqual(mine.map((r) => [r.problem_type, r.follow_up.state, r.resolved_at]), [[type, 'open', null]]);
			assert.deepEqual((await list(hub.manager)).find((r) => r.id === mine[0].id), mine[0]);
			assert.ok(!(await list(hub.otherAgency)).some((r) => r.id === mine[0].id));
			assert.equal((await post({ ...good, agency_reference: reference })).status, 201);
			const [settled] = (await list(hub.agency)).filter((r) => r.agency_reference === reference);
			assert.equal(settled.follow_up.state, 'met');
			assert.ok(settled.resolved_at);
		});
	}
});
