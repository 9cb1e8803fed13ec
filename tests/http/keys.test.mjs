// Keys over HTTP: issued once, shown once, revoked at once, replaced with an overlap; and every refusal.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

let hub;
let admin;
let foreign;
before(async () => {
	hub = await startHub('keys');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const key = async (...of) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', ...of) });
	admin = await key('--partnership', 'keys', '--system', 'Admin', '--role', 'admin');
	await ctl('partnership', 'add', '--name', 'elsewhere');
	foreign = await key('--partnership', 'elsewhere', '--system', 'Admin', '--role', 'admin');
});
after(() => hub?.stop());

const refused = (answer, status, type, pointer) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
	if (pointer !== undefined) assert.ok(answer.text.includes(`"${pointer}"`), answer.text);
	return answer.json;
};
const board = (more = {}) => ({ system_name: 'Board', roles: ['analyst'], ...more });
const issue = async (body = board()) => {
	const answer = await admin.post('/v1/keys', body);
	assert.equal(answer.status, 201, answer.text);
	return answer;
};
// Figures are what an analyst may read: 200 as long as the key works.
const figures = (key, now) => new Client(hub.daemon.url, { key, now }).get('/v1/metrics/follow-up?from=2026-01-01&to=2026-02-01');
const works = async (key, now) => (await figures(key, now)).status === 200;

describe('issuing', () => {
	test('the text is shown, works at once, and is stored nowhere', async () => {
		const { json, headers } = await issue(board({ label: 'Wall' }));
		const { key, ...facts } = json;
		assert.match(key, new RegExp(`^mashd_${json.id}_[A-Za-z0-9_-]{43}$`));
		assert.equal(headers.location, `/v1/keys/${json.id}`);
		assert.deepEqual([json.label, json.roles, json.system_name, json.agency_id, json.staff_id], ['Wall', ['analyst'], 'Board', null, null]);
		assert.ok(await works(key));
		assert.deepEqual((await admin.get(headers.location)).json, facts);
		const secret = key.slice(-43);
		for (const table of ['api_key', 'api_key_locator', 'idempotency_key']) {
			const [{ found }] = await hub.db.query(`SELECT coalesce(bool_or(strpos(t::text, $1) > 0), false) AS found FROM ${table} AS t`, [secret]);
			assert.equal(found, false, table);
		}
	});

	test('a replay says the same without the text', async () => {
		const header = { 'idempotency-key': randomUUID() };
		const first = await admin.post('/v1/keys', board(), header);
		const again = await admin.post('/v1/keys', board(), header);
		assert.deepEqual([again.status, again.json, again.headers.location], [201, { ...first.json, key: null }, first.headers.location]);
		refused(await admin.post('/v1/keys', board({ label: 'other' }), header), 422, 'idempotency-key-reused');
		refused(await admin.post('/v1/keys', board(), { 'idempotency-key': null }), 400, 'idempotency-key-missing');
	});

	test('of two at once with one Idempotency-Key one is shown the text', async () => {
		const header = { 'idempotency-key': randomUUID() };
		const both = await Promise.all([admin.post('/v1/keys', board(), header), admin.post('/v1/keys', board(), header)]);
		assert.deepEqual(both.map((answer) => answer.status), [201, 201]);
		assert.equal(both.filter((answer) => answer.json.key !== null).length, 1);
		assert.equal(both[0].json.id, both[1].json.id);
	});

	test('while the first request with a key is still being worked on, another one is told to wait', async () => {
		const header = { 'idempotency-key': randomUUID() };
		const [, id] = admin.key.split('_');
		await hub.db.session(async (client) => {
			// Holds the key as a transaction does that has not ended.
			await client.query(`INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest) VALUES ($1, $2, 'createKey', $3, 'x')`,
				[hub.partnership, id, header['idempotency-key']]);
			refused(await admin.post('/v1/keys', board(), header), 409, 'request-in-progress');
			await client.query('ROLLBACK');
		});
		assert.equal((await admin.post('/v1/keys', board(), header)).status, 201);
	});

	test('it ends by itself', async () => {
		const { json } = await issue(board({ expires_at: '2036-03-31T23:59:59+01:00' }));
		assert.equal(json.expires_at, '2036-03-31T22:59:59.000000Z');
		assert.ok(await works(json.key, '2036-03-31T22:59:58Z'));
		assert.ok(!(await works(json.key, '2036-03-31T22:59:59Z')));
		refused(await admin.post('/v1/keys', board({ expires_at: '2020-01-01T00:00:00Z' })), 422, 'rule-broken', '/expires_at');
	});

	test('for agencies, people and systems, with the roles that each can have', async () => {
		const { json: both } = await admin.post('/v1/staff', { name: 'B. Both', email: 'both@hub.example', roles: ['practitioner', 'manager', 'duty'] });
		const good = [
			{ agency_id: hub.agencyId, roles: ['agency'] },
			{ staff_id: both.id, roles: ['manager'] },
			{ staff_id: both.id, roles: ['manager', 'practitioner'] },
			{ system_name: 'All', roles: ['practitioner', 'manager', 'analyst', 'admin'] },
		];
		for (const body of good) assert.deepEqual((await issue(body)).json.roles, body.roles);
		const bad = [
			[{ agency_id: hub.agencyId, roles: ['manager'] }, '/roles/0'],
			[{ agency_id: hub.agencyId, roles: ['agency', 'manager'] }, '/roles/1'],
			[{ staff_id: both.id, roles: ['agency'] }, '/roles/0'],
			[{ staff_id: both.id, roles: ['manager', 'admin'] }, '/roles/1'],
			[{ system_name: 'All', roles: ['analyst', 'agency'] }, '/roles/1'],
			[{ agency_id: randomUUID(), roles: ['agency'] }, '/agency_id'],
			[{ staff_id: randomUUID(), roles: ['manager'] }, '/staff_id'],
		];
		for (const [body, pointer] of bad) refused(await admin.post('/v1/keys', body), 422, 'rule-broken', pointer);
		// A holder elsewhere is no holder here.
		refused(await foreign.post('/v1/keys', { agency_id: hub.agencyId, roles: ['agency'] }), 422, 'rule-broken', '/agency_id');
	});

	test('not for a disabled holder', async () => {
		const { json: agency } = await admin.post('/v1/agencies', { name: 'Closed', kind: 'other', default_source: '8' });
		await admin.patch(`/v1/agencies/${agency.id}`, { disabled: true }, { 'if-match': '"1"' });
		refused(await admin.post('/v1/keys', { agency_id: agency.id, roles: ['agency'] }), 422, 'rule-broken', '/agency_id');
	});

	test('bodies of another shape are refused with the place', async () => {
		const bad = [
			[{ roles: ['analyst'] }], [{ ...board(), staff_id: randomUUID() }], [board({ roles: [] }), '/roles'], [board({ roles: ['king'] }), '/roles/0'],
			[board({ roles: ['admin', 'admin'] }), '/roles/1'], [board({ extra: 1 }), '/extra'], [board({ expires_at: 'soon' }), '/expires_at'],
			[board({ system_name: '' }), '/system_name'], [{ agency_id: 'x', roles: ['agency'] }, '/agency_id'],
		];
		for (const [body, pointer] of bad) refused(await admin.post('/v1/keys', body), 422, 'invalid-body', pointer);
		refused(await admin.post('/v1/keys', '{'), 400, 'invalid-json');
		refused(await admin.post('/v1/keys', 'x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
		refused(await admin.post('/v1/keys', JSON.stringify(board({ label: 'x'.repeat(1 << 20) }))), 413, 'body-too-large');
	});
});

describe('revoking', () => {
	const revoke = (id, body = { reason: 'Lost.' }, headers) => admin.post(`/v1/keys/${id}/revocation`, body, headers);

	test('works at once and once, and a replay repeats it', async () => {
		const { json } = await issue();
		const header = { 'idempotency-key': randomUUID() };
		const first = await revoke(json.id, undefined, header);
		assert.equal(first.status, 201, first.text);
		assert.ok(first.json.revoked_at);
		assert.ok(!(await works(json.key)));
		assert.deepEqual((await revoke(json.id, undefined, header)).json, first.json);
		refused(await revoke(json.id), 409, 'wrong-state');
		const [{ revoked_reason: reason }] = await hub.db.query('SELECT revoked_reason FROM api_key WHERE id = $1', [json.id]);
		assert.equal(reason, 'Lost.');
	});

	test('refuses what it cannot do', async () => {
		const { json } = await issue();
		refused(await revoke(randomUUID()), 404, 'not-found');
		refused(await foreign.post(`/v1/keys/${json.id}/revocation`, { reason: 'x' }), 404, 'not-found');
		refused(await revoke('7'), 400, 'invalid-parameter');
		refused(await revoke(json.id, {}), 422, 'invalid-body', '/reason');
		refused(await revoke(json.id, { reason: '' }), 422, 'invalid-body', '/reason');
		refused(await revoke(json.id, '{'), 400, 'invalid-json');
		refused(await revoke(json.id, 'x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
		refused(await revoke(json.id, JSON.stringify({ reason: 'x'.repeat(1 << 20) })), 413, 'body-too-large');
		refused(await revoke(json.id, { reason: 'x' }, { 'idempotency-key': null }), 400, 'idempotency-key-missing');
		assert.ok(await works(json.key));
	});
});

describe('replacing', () => {
	const rotate = (id, body = {}, headers) => admin.post(`/v1/keys/${id}/rotation`, body, headers);
	const later = (text, minutes) => new Date(Date.parse(text) + minutes * 60_000).toISOString();

	test('at once: the new key has what the old one had', async () => {
		const { json: old } = await issue(board({ label: 'Wall', expires_at: '2036-01-01T00:00:00Z' }));
		const answer = await rotate(old.id);
		assert.equal(answer.status, 201, answer.text);
		const { id, key, created_at: at, ...same } = answer.json;
		assert.notEqual(id, old.id);
		assert.equal(answer.headers.location, `/v1/keys/${id}`);
		assert.deepEqual(same, { agency_id: null, staff_id: null, system_name: 'Board', roles: ['analyst'], label: 'Wall', expires_at: old.expires_at, revoked_at: null });
		assert.ok(!(await works(old.key)));
		assert.ok(await works(key));
		assert.equal((await admin.get(`/v1/keys/${old.id}`)).json.revoked_at, at);
	});

	test('with an overlap both work, then the new one alone', async () => {
		const { json: old } = await issue();
		const { json: fresh } = await rotate(old.id, { overlap_minutes: 60 });
		assert.ok(await works(old.key));
		assert.ok(await works(old.key, later(fresh.created_at, 59)));
		assert.ok(!(await works(old.key, later(fresh.created_at, 61))));
		assert.ok(await works(fresh.key, later(fresh.created_at, 61)));
		refused(await rotate(old.id), 409, 'wrong-state');
		// In its overlap it can still be revoked.
		assert.equal((await admin.post(`/v1/keys/${old.id}/revocation`, { reason: 'x' })).status, 201);
		assert.ok(!(await works(old.key)));
	});

	test('a replay says the same without the text', async () => {
		const { json: old } = await issue();
		const header = { 'idempotency-key': randomUUID() };
		const first = await rotate(old.id, {}, header);
		const again = await rotate(old.id, {}, header);
		assert.deepEqual([again.status, again.json], [201, { ...first.json, key: null }]);
	});

	test('refuses what it cannot do', async () => {
		const { json } = await issue();
		refused(await rotate(randomUUID()), 404, 'not-found');
		refused(await foreign.post(`/v1/keys/${json.id}/rotation`, {}), 404, 'not-found');
		refused(await rotate('7'), 400, 'invalid-parameter');
		for (const minutes of [-1, 10081, 1.5, 'x']) refused(await rotate(json.id, { overlap_minutes: minutes }), 422, 'invalid-body', '/overlap_minutes');
		refused(await rotate(json.id, '{'), 400, 'invalid-json');
		refused(await rotate(json.id, 'x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
		refused(await rotate(json.id, JSON.stringify({ x: 'x'.repeat(1 << 20) })), 413, 'body-too-large');
		refused(await rotate(json.id, {}, { 'idempotency-key': null }), 400, 'idempotency-key-missing');
		assert.ok(await works(json.key));
		await admin.post(`/v1/keys/${json.id}/revocation`, { reason: 'x' });
		refused(await rotate(json.id), 409, 'wrong-state');
	});

	test('not when expired, not for a disabled holder', async () => {
		const { json: brief } = await issue(board({ expires_at: '2036-01-01T00:00:00Z' }));
		refused(await admin.at('2036-01-02T00:00:00Z').post(`/v1/keys/${brief.id}/rotation`, {}), 409, 'wrong-state');
		const { json: agency } = await admin.post('/v1/agencies', { name: 'Going', kind: 'other', default_source: '8' });
		const { json } = await issue({ agency_id: agency.id, roles: ['agency'] });
		await admin.patch(`/v1/agencies/${agency.id}`, { disabled: true }, { 'if-match': '"1"' });
		refused(await rotate(json.id), 409, 'wrong-state');
	});
});

describe('reading', () => {
	test('the list goes from the latest, page by page, without secrets or what is foreign', async () => {
		const { json: latest } = await issue();
		const whole = (await admin.get('/v1/keys?limit=200')).json;
		assert.equal(whole.items[0].id, latest.id);
		assert.ok(whole.items.every((item) => !('key' in item) && !('secret_hash' in item)));
		const seen = [];
		for (let cursor = ''; cursor !== null;) {
			const { json } = await admin.get(`/v1/keys?limit=3${cursor && `&cursor=${cursor}`}`);
			seen.push(...json.items);
			cursor = json.next;
		}
		assert.deepEqual(seen, whole.items);
		assert.ok((await foreign.get('/v1/keys')).json.items.every((item) => !seen.some((other) => other.id === item.id)));
		for (const query of ['limit=0', 'limit=201', 'cursor=x', 'extra=1']) refused(await admin.get(`/v1/keys?${query}`), 400, 'invalid-parameter');
	});

	test('unknown and foreign ones are the same 404', async () => {
		const { json } = await issue();
		refused(await admin.get(`/v1/keys/${randomUUID()}`), 404, 'not-found');
		refused(await foreign.get(`/v1/keys/${json.id}`), 404, 'not-found');
		refused(await admin.get('/v1/keys/x'), 400, 'invalid-parameter');
	});

	test('administrators alone have to do with keys', async () => {
		const { json } = await issue();
		const all = [['GET', '/v1/keys'], ['GET', `/v1/keys/${json.id}`], ['POST', '/v1/keys', board()],
			['POST', `/v1/keys/${json.id}/revocation`, { reason: 'x' }], ['POST', `/v1/keys/${json.id}/rotation`, {}]];
		for (const [method, path, body] of all) {
			for (const client of [hub.agency, hub.practitioner, hub.manager]) refused(await client.request(method, path, { body }), 403, 'forbidden');
			refused(await admin.as(undefined).request(method, path, { body }), 401, 'unauthenticated');
		}
	});
});
