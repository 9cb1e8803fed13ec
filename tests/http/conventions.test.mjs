// What holds of every address of the daemon: how a target is read, how ids and times look, what is never cached, what goes
// into the log. (lib/http alone, in more detail: transport.test.mjs.)
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';
import { Connection, ask, problemOf, until } from '../support/raw_http.mjs';

const NOW = `${DAY}T16:00:00Z`;
let hub, admin, referral, reads;
before(async () => {
	hub = await startHub('conventions');
	admin = new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', '--system', 'Directory', '--role', 'admin')).stdout.trim() });
	referral = (await hub.refer(`${DAY}T10:00:00Z`, { channel: 'secure_email', household: [{ first_name: 'B.' }] })).id;
	await hub.screen(`${DAY}T10:30:00Z`, referral, 'red');
	await hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${referral}/contact-attempts`, { body: { result: 'no_answer', method: 'phone', counterpart: 'referrer' } });
	await hub.sweep(NOW);
	await hub.compare(); // what has been compared reads otherwise than what waits for it
	const of = `/v1/referrals/${referral}`;
	reads = [
		...[of, `${of}/timeline`, `${of}/follow-ups`, '/v1/referrals', '/v1/flags', '/v1/rejected-submissions', '/v1/metrics/follow-up?from=2027-01-01&to=2027-04-01'].map((path) => [hub.manager.at(NOW), path]),
		...['/v1/agencies', '/v1/staff', '/v1/keys', `/v1/agencies/${hub.agencyId}`, `/v1/staff/${hub.staffId}`].map((path) => [admin, path]),
	];
});
after(() => hub?.stop());

describe('a target that could be read in two ways', () => {
	const malformed = [
		'/v1/referrals/%00', '/v1/referrals%00', '/v1/referrals?agency=%00', '/v1/referrals?agency%00=1', '/v1/referrals?state=%ff', '/v1/referrals/%ff', '/v1/referrals/%C0%AF',
		'/v1/referrals?state=%ED%A0%80', '/v1/referrals?state=%0a', '/v1/referrals/%', '/v1/referrals?state=%zz', '/v1/../v1/referrals', '/v1/%2e%2e/v1/referrals', '/v1/./referrals', '/v1\\referrals',
		'http://t/v1/referrals',
	];
	for (const target of malformed) {
		test(`${target} is malformed, whoever asks`, async () => {
			for (const key of [hub.manager.key, 'nobody']) {
				const reply = await ask(hub.daemon.port, 'GET', target, `Authorization: Bearer ${key}\r\n`);
				assert.deepEqual([reply.status, problemOf(reply)], [400, 'malformed-request']);
			}
		});
	}
	for (const target of ['/v1/referrals/', '//v1/referrals', '/v1//referrals', '/V1/referrals', '/v1/Referrals', '/v1%2Freferrals', '/v1/referral', '/v1', '/']) {
		test(`${target} is nothing`, async () => {
			const reply = await ask(hub.daemon.port, 'GET', target, `Authorization: Bearer ${hub.manager.key}\r\n`);
			assert.deepEqual([reply.status, problemOf(reply)], [404, 'not-found']);
		});
	}
});

test('a body in chunks is bounded like one of a known length', async () => {
	const connection = new Connection(hub.daemon.port);
	const head = `POST /v1/referrals HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer ${hub.agency.key}\r\nIdempotency-Key: chunks\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
	const chunks = (text) => `${(text.match(/[^]{1,65536}/g) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`;
	const body = (size) => {
		const start = '{"children":[{"first_name":"A."}],"concerns":[{"description":"Often hungry."}],"x":"';
		return `${start}${'x'.repeat(size - start.length - 2)}"}`;
	};
	const large = await connection.send(head, chunks(body(1024 * 1024 + 1))).reply();
	assert.deepEqual([large.status, problemOf(large)], [413, 'body-too-large']);
	assert.equal((await connection.send(head, chunks(body(1024 * 1024))).reply()).status, 201);
	connection.close();
});

test('a member that nobody knows is refused deep inside, too', async () => {
	const attempt = { result: 'discussed', method: 'phone', counterpart: 'referrer', topics: [{ code: 'significant_harm', outcome: 'resolved', reason: 'x', colour: 'blue' }], shared_understanding: 'yes' };
	const { status, json } = await hub.practitioner.post(`/v1/referrals/${referral}/contact-attempts`, attempt);
	assert.deepEqual([status, json.type, json.errors.map((e) => [e.pointer, e.code])], [422, '/problems/invalid-body', [['/topics/0/colour', 'unknown_member']]]);
});

test('nothing about people is cached, and no answer says that nothing has changed', async () => {
	for (const [who, path] of reads) {
		const { status, headers, text } = await who.get(path);
		assert.deepEqual([status, headers['cache-control'], headers['x-content-type-options']], [200, 'no-store', 'nosniff'], path);
		const conditions = { 'if-none-match': headers.etag ?? '*', 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() };
		const again = await who.get(path, { headers: conditions });
		assert.equal(again.status, 200, path);
		const head = await who.request('HEAD', path);
		assert.deepEqual([head.status, head.text, head.headers['cache-control']], [200, '', 'no-store']);
		if (!/metrics/.test(path)) assert.equal(head.headers['content-length'], String(Buffer.byteLength(text)), path);
	}
	for (const [who, path] of [[hub.manager, `/v1/referrals/${hub.staffId}`], [hub.agency, '/v1/referrals'], [admin.as(undefined), '/v1/staff'], [admin, '/v1/keys?limit=0']]) {
		const { status, headers } = await who.get(path);
		assert.ok(status >= 400 && status < 500);
		assert.equal(headers['cache-control'], 'no-store');
	}
});

test('ids are UUIDs of version 7 and moments are UTC with six decimals, wherever they stand', async () => {
	let ids = 0;
	let moments = 0;
	const look = (value, at) => {
		if (Array.isArray(value)) value.forEach((item, i) => look(item, `${at}/${i}`));
		else if (value !== null && typeof value === 'object') for (const [name, member] of Object.entries(value)) {
			assert.match(name, /^[a-z][a-z0-9_]*$/, `${at}/${name} is snake_case`);
			if (typeof member === 'string' && (name === 'id' || name.endsWith('_id'))) {
				ids++;
				assert.match(member, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, `${at}/${name}`);
			}
			if (typeof member === 'string' && name.endsWith('_at')) {
				moments++;
				assert.match(member, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, `${at}/${name}`);
			}
			look(member, `${at}/${name}`);
		}
	};
	for (const [who, path] of reads) look((await who.get(path)).json, path);
	assert.ok(ids > 40 && moments > 40, `${ids} ids, ${moments} moments`);
});

test('traceparent goes into the log where it is valid; what was sent of people, keys and addresses never does', async () => {
	const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
	const ids = [];
	for (const traceparent of [trace, `${trace}-00`, trace.toUpperCase(), 'Bearer Visible']) {
		const { headers } = await hub.agency.post('/v1/referrals', { children: [{ first_name: 'Visible', nhs_number: 'Visible' }], concerns: [{ description: 'Visible' }] }, { traceparent, 'idempotency-key': `Visible ${ids.length}` });
		ids.push(headers['x-request-id']);
	}
	for (const path of ['/v1/referrals?agency=Visible', '/v1/Visible', `/v1/referrals/Visible`]) await hub.manager.get(path);
	await hub.manager.as(`${hub.manager.key}Visible`).get('/v1/referrals');
	await hub.manager.post('/v1/referrals', '{"Visible": "Visible", "Visible": 1}');
	const line = (id) => hub.daemon.logs().find((l) => l.event === 'request' && l.request_id === id);
	await until(() => ids.every(line));
	assert.deepEqual(ids.map((id) => line(id).traceparent), [trace, undefined, undefined, undefined]);
	for (const secret of ['Visible', hub.manager.key.slice(43), hub.agency.key.slice(43)]) assert.ok(!hub.daemon.stderr().includes(secret), secret);
});
