// What every operation refuses in the same way, one test for each operation of the contract: a query that it does not know,
// a body that is no JSON, of another type, too large or not of its shape, a key that is none.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { operations } from '../support/openapi.mjs';

let hub, admin;
before(async () => {
	hub = await startHub('bad_input_everywhere');
	admin = new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', '--system', 'Directory', '--role', 'admin')).stdout.trim() });
});
after(() => hub?.stop());

const address = (operation) => operation.path.replace(/\{file\}/, 'docs.css').replace(/\{slug\}/, 'not-found').replace(/\{[^}]+\}/g, () => randomUUID());
const send = (operation, { query = '', ...options } = {}) => {
	const who = /^(agency|staff|key)\./.test(operation.permission) ? admin : hub.manager;
	const changes = operation.method === 'PATCH' ? { 'if-match': '"1"' } : {};
	return who.request(operation.method, address(operation) + query, { ...options, headers: { ...changes, ...options.headers } });
};
function refused(answer, status, type) {
	assert.deepEqual([answer.status, answer.json?.type, answer.type], [status, `/problems/${type}`, 'application/problem+json'], answer.text);
	return answer.json;
}

for (const operation of operations) {
	describe(operation.id, () => {
		const writes = operation.method !== 'GET';
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
			const { errors } = refused(await send(operation, { body: '{"a": 1, "a": 2}' }), 400, 'invalid-json');
			assert.match(errors[0].pointer, /^line 1, column \d+$/);
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
		test(operation.method === 'PATCH' ? 'without If-Match' : 'without Idempotency-Key', async () => {
			const patch = operation.method === 'PATCH';
			const answer = await send(operation, { body: {}, headers: { [patch ? 'if-match' : 'idempotency-key']: null } });
			refused(answer, patch ? 428 : 400, patch ? 'version-required' : 'idempotency-key-missing');
		});
	});
}

test('pages that are not there', async () => {
	for (const path of ['/problems/nothing', '/docs/nothing.css']) refused(await hub.manager.get(path), 404, 'not-found');
	for (const path of ['/problems/no%20page', '/docs/..%2Fapi']) assert.ok([400, 404].includes((await hub.manager.get(path)).status), path);
});
