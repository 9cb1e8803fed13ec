// What every operation refuses in the same way, one test for each operation of the contract: a query that it does not know,
// a body that is no JSON, of another type, too large or not of its shape, a key that is none, the id of a foreign record.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';
import { operations } from '../support/openapi.mjs';

const example = (id) => JSON.parse(readFileSync(new URL(`../../api/examples/${id}.json`, import.meta.url)));
let hub, admin, duty, foreignHub, foreignAdmin, foreignDuty, ids;

// "Not needed", which asks the manager.
async function signOff(id) {
	await hub.practitioner.ok('POST', `/v1/referrals/${id}/screenings`, { body: {
		rating: 'red', reason: 'x', clarification_needed: false, not_needed_reason: 'complete_and_consistent', agreed_by: hub.managerId } });
	return (await hub.manager.ok('GET', `/v1/sign-offs?referral_id=${id}`)).items[0].id;
}
before(async () => {
	hub = await startHub('bad_input_everywhere');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const client = async (...of) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', ...of) });
	const duties = async (...of) => client(...of, '--staff', await ctl('staff', 'add', ...of, '--name', 'N. Night', '--role', 'duty'), '--role', 'duty');
	admin = await client('--system', 'Directory', '--role', 'admin');
	duty = await duties();
	const { id } = await hub.refer(`${DAY}T10:00:00Z`, { channel: 'secure_email' });
	await hub.screen(`${DAY}T10:30:00Z`, id, 'red');
	await hub.sweep(`${DAY}T16:00:00Z`);
	await hub.agency.post('/v1/referrals', {}); // refused, and remembered
	ids = {
		referral_id: id, follow_up_id: (await hub.followUp(`${DAY}T16:00:00Z`, id, 'discuss')).id, flag_id: (await hub.flags(`${DAY}T16:00:00Z`, `referral_id=${id}`))[0].id,
		agency_id: hub.agencyId, staff_id: hub.staffId, key_id: (await admin.ok('GET', '/v1/keys')).items[0].id,
		policy_id: (await hub.manager.ok('POST', '/v1/policies', { body: example('createPolicy') })).id,
		calendar_id: (await hub.manager.ok('GET', '/v1/calendars')).items[0].id,
		child_id: (await hub.manager.ok('GET', `/v1/referrals/${id}`)).children[0].id,
		link_id: (await hub.manager.ok('POST', `/v1/referrals/${id}/links`, { body: { ...example('linkReferrals'), referral_id: (await hub.refer(`${DAY}T10:00:00Z`)).id } })).id,
		consultation_id: (await hub.manager.ok('POST', '/v1/consultations', { body: { ...example('createConsultation'), held_at: undefined } })).id,
		sign_off_id: await signOff(id),
		rejected_submission_id: (await hub.agency.ok('GET', '/v1/rejected-submissions')).items[0].id,
		withdrawal_id: (await hub.agency.ok('POST', `/v1/referrals/${id}/withdrawals`, { body: example('requestWithdrawal') })).id,
	};
	const { children } = await hub.manager.ok('GET', `/v1/referrals/${id}`);
	const link = await hub.manager.ok('POST', `/v1/referrals/${id}/person-links`, { body: { subject_id: children[0].id } });
	Object.assign(ids, { person_link_id: link.id, person_id: link.person_id });
	const other = ['--partnership', await ctl('partnership', 'add', '--name', 'Other hub')];
	foreignAdmin = await client(...other, '--system', 'Directory', '--role', 'admin');
	foreignDuty = await duties(...other);
	foreignHub = await client(...other, '--staff', await ctl('staff', 'add', ...other, '--name', 'F. Foreign', '--role', 'manager'), '--role', 'manager');
});
after(() => hub?.stop());

// Bodies that are no JSON, or not one that two programs would read alike: strings, or bytes in hexadecimal.
const NOT_JSON = {
	'a key twice': '{"a": 1, "a": 2}', 'a raw NUL': '{"a": "\0"}', '\\u0000': '{"a": "\\u0000"}', 'a lone high surrogate': '{"a": "\\ud800"}',
	'a lone low surrogate': '{"a": "\\udc00"}', 'nesting of 33': `{"a": ${'['.repeat(32)}${']'.repeat(32)}}`, 'two texts': '{} {}', 'nothing': '', 'a number too large': '{"a": 1e999}',
	'a byte that UTF-8 does not have': Buffer.from('7b2261223a22ff227d', 'hex'), 'UTF-16': Buffer.from('{}', 'utf16le'), 'a byte order mark': Buffer.from('efbbbf7b7d', 'hex'),
};

const address = (operation) => operation.path.replace(/\{file\}/, 'docs.css').replace(/\{slug\}/, 'not-found').replace(/\{[^}]+\}/g, () => randomUUID());
const send = (operation, { query = '', ...options } = {}) => {
	const who = /^(agency|staff|key)\./.test(operation.permission) ? admin : hub.manager;
	const changes = 412 in operation.responses ? { 'if-match': '"1"' } : {};
	return who.request(operation.method, address(operation) + query, { ...options, headers: { ...changes, ...options.headers } });
};
function refused(answer, status, type) {
	assert.deepEqual([answer.status, answer.json?.type, answer.type], [status, `/problems/${type}`, 'application/problem+json'], answer.text);
	return answer.json;
}

// The headers that an operation needs: what is said where one is missing, and values that are none.
const headersOf = (operation) => [
	...(412 in operation.responses ? [['If-Match', 428 in operation.responses && 428, 'version-required', ['*', '1', 'W/"1"', '"1", "2"', '"x"', '""', '"-1"', `"${'9'.repeat(19)}"`]]] : []),
	...(operation.method === 'POST' && !['dryRunCalendar', 'searchReferrals'].includes(operation.id) ? [['Idempotency-Key', 400, 'idempotency-key-missing', ['', 'é', 'a\tb', 'k'.repeat(256)]]] : []),
];

for (const operation of operations) {
	describe(operation.id, () => {
		const writes = operation.method !== 'GET' && operation.id !== 'dryRunPolicy';
		const body = writes ? { body: {} } : {};

		test('a parameter that it does not know', async () => {
			const { errors } = refused(await send(operation, { query: '?colour=blue', ...body }), 400, 'invalid-parameter');
			const others = errors.filter((e) => e.code !== 'required');
			assert.deepEqual(others.map((e) => [e.pointer, e.code]), [['query', 'unknown_parameter']]);
		});
		if (operation.permission !== 'none') {
			test('a key that is none', async () => {
				const answer = await send(operation, { ...body, headers: { authorization: `Bearer mashd_${randomUUID()}_${'x'.repeat(43)}` } });
				refused(answer, 401, 'unauthenticated');
				assert.match(answer.headers['www-authenticate'], /^Bearer/);
			});
		}
		if (!writes) return;

		test('a body that is no JSON', async () => {
			for (const [what, sent] of Object.entries(NOT_JSON)) {
				const { errors } = refused(await send(operation, { body: sent }), 400, 'invalid-json');
				assert.match(errors[0].pointer, /^line 1, column \d+$/, what);
			}
		});
		test('a body of another type', async () => refused(await send(operation, { body: '{}', headers: { 'content-type': 'text/plain' } }), 415, 'unsupported-media-type'));
		test('a body of 1 MiB and a byte', async () => refused(await send(operation, { body: JSON.stringify('x'.repeat(1024 * 1024 - 1)) }), 413, 'body-too-large'));
		test('a body of another shape', async () => {
			for (const [sent, place] of [[[], ''], [{ colour: 'blue' }, '/colour']]) {
				if (operation.id === 'createReferral' && place) continue; // takes it: nothing said about a child is turned away
				const { errors } = refused(await send(operation, { body: sent }), 422, 'invalid-body');
				assert.ok(errors.some((e) => e.pointer === place), JSON.stringify(errors));
			}
		});
		for (const [name, status, type, values] of headersOf(operation)) {
			if (status) test(`without ${name}`, async () => refused(await send(operation, { body: {}, headers: { [name.toLowerCase()]: null } }), status, type));
			test(`${name} that is none`, async () => {
				for (const value of values) {
					const { errors } = refused(await send(operation, { body: {}, headers: { [name]: value } }), 400, 'invalid-parameter');
					assert.deepEqual([...new Set(errors.map((e) => e.pointer))], [`header: ${name}`], value);
				}
			});
		}
	});
}

describe('the id of a foreign record gets the same answer as one that nobody has', () => {
	const nothing = ({ request_id: r, instance: i, ...rest }) => rest;
	const AGENCYS = ['requestWithdrawal', 'confirmDiscussion', 'recordNoReferral']; // what only an agency does
	const DUTYS = ['acceptHandover']; // what only duty does
	for (const operation of operations.filter((o) => o.permission !== 'none' && o.path.includes('{'))) {
		const ask = (who, fill) => who.request(operation.method, operation.path.replace(/\{([^}]+)\}/g, fill), {
			...(operation.method === 'GET' || operation.id === 'dryRunPolicy' ? {} : { body: example(operation.id) }), ...(412 in operation.responses ? { headers: { 'if-match': '"1"' } } : {}),
		});
		const directory = /^(agency|staff|key)\./.test(operation.permission);
		const [own, foreign] = AGENCYS.includes(operation.id) ? [() => hub.agency, () => hub.otherAgency]
			: DUTYS.includes(operation.id) ? [() => duty, () => foreignDuty]
			: directory ? [() => admin, () => foreignAdmin] : [() => hub.manager, () => foreignHub];
		test(operation.id, async () => {
			const known = (_, name) => ids[name];
			const unknown = nothing(refused(await ask(own(), () => randomUUID()), 404, 'not-found'));
			assert.deepEqual(nothing(refused(await ask(foreign(), known), 404, 'not-found')), unknown);
			if (['getReferral', 'getTimeline', 'listFollowUps'].includes(operation.id))
				assert.deepEqual(nothing(refused(await ask(hub.otherAgency, known), 404, 'not-found')), unknown);
		});
		if (operation.id === 'getPolicy') continue; // finds the shipped ones by name
		test(`${operation.id}: an id that is none`, async () => {
			const { errors } = refused(await ask(own(), () => 'seven'), 400, 'invalid-parameter');
			assert.equal(errors[0].pointer, `path: ${/\{([^}]+)\}/.exec(operation.path)[1]}`);
		});
	}
});

test('pages that are not there', async () => {
	for (const path of ['/problems/nothing', '/docs/nothing.css']) refused(await hub.manager.get(path), 404, 'not-found');
	for (const path of ['/problems/no%20page', '/docs/..%2Fapi']) assert.ok([400, 404].includes((await hub.manager.get(path)).status), path);
});
