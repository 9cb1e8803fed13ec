// Agencies and staff over HTTP: adding, listing, reading, changing, disabling, and every refusal of their operations.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

let hub;
let admin;
let foreign; // an administrator of another partnership
before(async () => {
	hub = await startHub('directory');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const key = async (...of) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', ...of) });
	admin = await key('--partnership', 'directory', '--system', 'Admin', '--role', 'admin');
	await ctl('partnership', 'add', '--name', 'elsewhere');
	foreign = await key('--partnership', 'elsewhere', '--system', 'Admin', '--role', 'admin');
});
after(() => hub?.stop());

let number = 0;
const kinds = {
	agencies: {
		path: '/v1/agencies',
		make: () => ({ name: `Agency ${++number}`, kind: 'housing', default_source: '4' }),
		change: { kind: 'voluntary', default_source: '8' },
		wrong: { kind: 'bank' },
		taken: 'name',
	},
	staff: {
		path: '/v1/staff',
		make: () => ({ name: `Person ${++number}`, email: `person-${number}@hub.example`, roles: ['practitioner'] }),
		change: { roles: ['manager', 'duty'], social_work_qualified: true },
		wrong: { roles: [] },
		taken: 'email',
	},
};

const refused = (answer, status, type, pointer) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
	if (pointer !== undefined) assert.ok(answer.json.errors?.some((e) => e.pointer === pointer), answer.text);
	return answer.json;
};

for (const [name, { path, make, change, wrong, taken }] of Object.entries(kinds)) {
	describe(name, () => {
		const create = async (body = make()) => {
			const answer = await admin.post(path, body);
			assert.equal(answer.status, 201, answer.text);
			return answer;
		};
		const patch = (id, etag, body, headers = {}) => admin.patch(`${path}/${id}`, body, { 'if-match': etag, ...headers });

		test('one is added, with its place and version, and read back the same', async () => {
			const body = make();
			const { json, headers } = await create(body);
			assert.deepEqual({ ...json, ...body }, json);
			assert.equal(json.version, 1);
			assert.equal(json.disabled_at, null);
			assert.equal(headers.location, `${path}/${json.id}`);
			assert.equal(headers.etag, '"1"');
			const read = await hub.practitioner.get(headers.location);
			assert.deepEqual([read.status, read.json, read.headers.etag], [200, json, '"1"']);
		});

		test('a repeat of the request adds nothing and says the same', async () => {
			const body = make();
			const key = { 'idempotency-key': randomUUID() };
			const first = await admin.post(path, body, key);
			const again = await admin.post(path, body, key);
			assert.deepEqual([again.status, again.json, again.headers['idempotent-replayed']], [201, first.json, 'true']);
			refused(await admin.post(path, make(), key), 422, 'idempotency-key-reused');
			refused(await admin.post(path, body, { 'idempotency-key': null }), 400, 'idempotency-key-missing');
		});

		test(`a second one with the same ${taken} is refused, when added and when changed`, async () => {
			const body = make();
			const { json: first } = await create(body);
			refused(await admin.post(path, { ...make(), [taken]: body[taken] }), 409, 'already-exists');
			const { json: other } = await create();
			refused(await patch(other.id, '"1"', { [taken]: body[taken] }), 409, 'already-exists');
			const { json: same } = await patch(first.id, '"1"', { [taken]: body[taken] });
			assert.equal(same.version, 2);
			// Another partnership has its own.
			assert.equal((await foreign.post(path, body)).status, 201);
		});

		test('what is sent is changed, the rest stays, and the version counts', async () => {
			const { json: before } = await create();
			const answer = await patch(before.id, '"1"', change);
			assert.equal(answer.status, 200, answer.text);
			assert.deepEqual(answer.json, { ...before, ...change, version: 2 });
			assert.equal(answer.headers.etag, '"2"');
			const merged = await patch(before.id, '"2"', { name: 'Renamed by merge patch' + before.id }, { 'content-type': 'application/merge-patch+json' });
			assert.deepEqual([merged.status, merged.json.version], [200, 3]);
		});

		test('a stale, foreign or missing version changes nothing', async () => {
			const { json } = await create();
			for (const etag of ['"2"', '"0"', '"999999999999999999"']) refused(await patch(json.id, etag, change), 412, 'stale-version');
			for (const etag of ['"x"', 'W/"1"', '1', '"-1"']) refused(await patch(json.id, etag, change), 400, 'invalid-parameter');
			refused(await admin.patch(`${path}/${json.id}`, change), 428, 'version-required');
			assert.deepEqual((await admin.get(`${path}/${json.id}`)).json, json);
		});

		test('of two changes at once on one version one is made', async () => {
			const { json } = await create();
			const both = await Promise.all([patch(json.id, '"1"', change), patch(json.id, '"1"', { disabled: true })]);
			assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
			assert.equal((await admin.get(`${path}/${json.id}`)).json.version, 2);
		});

		test('disabling sets the moment once, and is taken back', async () => {
			const { json } = await create();
			const disabled = (await patch(json.id, '"1"', { disabled: true })).json;
			assert.ok(disabled.disabled_at);
			const again = (await patch(json.id, '"2"', { disabled: true })).json;
			assert.equal(again.disabled_at, disabled.disabled_at);
			assert.equal((await patch(json.id, '"3"', { disabled: false })).json.disabled_at, null);
		});

		test('unknown and foreign ones are the same 404', async () => {
			const { json } = await create();
			const unknown = await admin.get(`${path}/${randomUUID()}`);
			const theirs = await foreign.get(`${path}/${json.id}`);
			assert.equal(refused(unknown, 404, 'not-found').detail, refused(theirs, 404, 'not-found').detail);
			refused(await foreign.patch(`${path}/${json.id}`, change, { 'if-match': '"1"' }), 404, 'not-found');
			refused(await admin.get(`${path}/7`), 400, 'invalid-parameter');
			refused(await patch('7', '"1"', change), 400, 'invalid-parameter');
		});

		test('bodies of another shape are refused with the place', async () => {
			const { json } = await create();
			const member = Object.keys(wrong)[0];
			refused(await admin.post(path, { ...make(), ...wrong }), 422, 'invalid-body', `/${member}`);
			refused(await admin.post(path, { ...make(), extra: 1 }), 422, 'invalid-body', '/extra');
			refused(await admin.post(path, {}), 422, 'invalid-body', '/name');
			refused(await patch(json.id, '"1"', wrong), 422, 'invalid-body', `/${member}`);
			refused(await patch(json.id, '"1"', {}), 422, 'invalid-body');
			refused(await patch(json.id, '"1"', { name: null }), 422, 'invalid-body', '/name');
			refused(await admin.post(path, '{"name":'), 400, 'invalid-json');
			refused(await patch(json.id, '"1"', '[1'), 400, 'invalid-json');
			refused(await admin.post(path, 'name=x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
			refused(await patch(json.id, '"1"', 'name=x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
			const huge = JSON.stringify({ name: 'x'.repeat(1 << 20) });
			refused(await admin.post(path, huge), 413, 'body-too-large');
			refused(await patch(json.id, '"1"', huge), 413, 'body-too-large');
		});

		test('who may: everybody of the hub reads, administrators write', async () => {
			const { json } = await create();
			const one = `${path}/${json.id}`;
			for (const client of [hub.practitioner, hub.manager, admin]) {
				assert.equal((await client.get(path)).status, 200);
				assert.equal((await client.get(one)).status, 200);
			}
			refused(await hub.agency.get(path), 403, 'forbidden');
			refused(await hub.agency.get(one), 403, 'forbidden');
			for (const client of [hub.agency, hub.practitioner, hub.manager]) {
				refused(await client.post(path, make()), 403, 'forbidden');
				refused(await client.patch(one, change, { 'if-match': '"1"' }), 403, 'forbidden');
			}
			const nobody = admin.as(undefined);
			refused(await nobody.get(path), 401, 'unauthenticated');
			refused(await nobody.get(one), 401, 'unauthenticated');
			refused(await nobody.post(path, make()), 401, 'unauthenticated');
			refused(await nobody.patch(one, change, { 'if-match': '"1"' }), 401, 'unauthenticated');
		});

		test('the list goes by name, page by page, and holds nothing foreign', async () => {
			for (let i = 0; i < 3; i++) await create();
			const whole = (await admin.get(`${path}?limit=200`)).json;
			assert.equal(whole.next, null);
			const names = whole.items.map((item) => item.name);
			assert.deepEqual(names, [...names].sort());
			const seen = [];
			for (let cursor = ''; cursor !== null;) {
				const answer = await admin.get(`${path}?limit=2${cursor && `&cursor=${cursor}`}`);
				assert.equal(answer.status, 200, answer.text);
				assert.equal(answer.json.next !== null, answer.headers.link !== undefined);
				seen.push(...answer.json.items);
				cursor = answer.json.next;
			}
			assert.deepEqual(seen, whole.items);
			const theirs = (await foreign.get(`${path}?limit=200`)).json.items.map((item) => item.id);
			assert.ok(!whole.items.some((item) => theirs.includes(item.id)));
			for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=nonsense', 'extra=1']) {
				refused(await admin.get(`${path}?${query}`), 400, 'invalid-parameter');
			}
			const { json: { next } } = await admin.get(`${path}?limit=1`);
			refused(await foreign.get(`${path}?cursor=${next}`), 400, 'invalid-parameter');
		});
	});
}

describe('what only one of them has', () => {
	test('an agency\'s address is set and removed', async () => {
		const { json } = await admin.post('/v1/agencies', { ...kinds.agencies.make(), secure_email: 'a@b.example' });
		assert.equal(json.secure_email, 'a@b.example');
		const kept = await admin.patch(`/v1/agencies/${json.id}`, { kind: 'health' }, { 'if-match': '"1"' });
		assert.equal(kept.json.secure_email, 'a@b.example');
		const removed = await admin.patch(`/v1/agencies/${json.id}`, { secure_email: null }, { 'if-match': '"2"' });
		assert.equal(removed.json.secure_email, null);
	});

	test('a disabled holder\'s keys stop at once, and work again', async () => {
		const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
		for (const [path, make, holder, role] of [['/v1/agencies', kinds.agencies.make, '--agency', 'agency'], ['/v1/staff', kinds.staff.make, '--staff', 'practitioner']]) {
			const { json } = await admin.post(path, make());
			const client = admin.as(await ctl('key', 'issue', '--partnership', 'directory', holder, json.id, '--role', role));
			const look = `/v1/referrals/${randomUUID()}`;
			assert.equal((await client.get(look)).status, 404);
			await admin.patch(`${path}/${json.id}`, { disabled: true }, { 'if-match': '"1"' });
			refused(await client.get(look), 401, 'unauthenticated');
			await admin.patch(`${path}/${json.id}`, { disabled: false }, { 'if-match': '"2"' });
			assert.equal((await client.get(look)).status, 404);
		}
	});

	test('a person who loses a role loses it on every key', async () => {
		const { json } = await admin.post('/v1/staff', { ...kinds.staff.make(), roles: ['practitioner', 'admin'] });
		const { stdout } = await mashctl(hub.db, 'key', 'issue', '--partnership', 'directory', '--staff', json.id, '--role', 'admin');
		const client = admin.as(stdout.trim());
		assert.equal((await client.get('/v1/keys')).status, 200);
		await admin.patch(`/v1/staff/${json.id}`, { roles: ['practitioner'] }, { 'if-match': '"1"' });
		refused(await client.get('/v1/keys'), 403, 'forbidden');
	});
});
