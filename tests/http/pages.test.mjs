// What all lists share: a cursor carries the longest names there can be, and Accept decides the form, or that there is none.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { operations } from '../support/openapi.mjs';

let hub, admin;
before(async () => {
	hub = await startHub('pages');
	admin = new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', '--system', 'Directory', '--role', 'admin')).stdout.trim() });
});
after(() => hub?.stop());

// Names of 200 characters that are long as UTF-8, longer as JSON, and longest as a control character's escape.
const longNames = ['\u{1f9d2}', '"', '\\', '\u0001', '\u001f', '\u{10ffff}', '\u{1f9d2}"\\\u0001é'].flatMap(
	(unit) => ['a', 'b'].map((last) => [...unit.repeat(200)].slice(0, 199).join('') + last));

describe('lists by name go on behind the longest names', () => {
	const kinds = {
		'/v1/agencies': (name) => ({ name, kind: 'housing', default_source: '4' }),
		'/v1/staff': (name, i) => ({ name, email: `person-${i}@hub.example`, roles: ['practitioner'] }),
	};
	for (const [path, body] of Object.entries(kinds)) {
		test(path, async () => {
			for (const [i, name] of longNames.entries()) assert.equal([...(await admin.ok('POST', path, { body: body(name, i) })).name].length, 200);
			const { items } = await admin.ok('GET', `${path}?limit=200`);
			assert.deepEqual(longNames.filter((name) => !items.some((item) => item.name === name)), []);
			let longest = 0;
			for (const follow of [(page) => page.json.next && `${path}?limit=1&cursor=${page.json.next}`, (page) => /^<([^>]+)>; rel="next"$/.exec(page.headers.link ?? '')?.[1]]) {
				const seen = [];
				for (let next = `${path}?limit=1`; next; ) {
					const page = await admin.get(next);
					assert.equal(page.status, 200, page.text);
					assert.equal(page.json.next === null, page.headers.link === undefined);
					seen.push(...page.json.items);
					longest = Math.max(longest, page.json.next?.length ?? 0);
					next = follow(page);
				}
				assert.deepEqual(seen, items);
			}
			assert.ok(longest > 1600 && longest <= 2048, `the longest cursor has ${longest} characters`);
		});
	}
});

describe('Accept', () => {
	const lists = { '/v1/referrals': () => hub.manager, '/v1/flags': () => hub.manager, '/v1/metrics/follow-up?from=2027-01-01&to=2027-02-01': () => hub.manager };
	const answer = (who, path, accept) => who.get(path, { headers: { accept } });
	const forms = {
		'application/json': ['text/csv;q=0.5, application/json', 'APPLICATION/JSON', 'application/*', '*/*', 'text/html, */*;q=0.1', 'text/csv;q=0, */*', 'text/csvx, */*', 'nonsense',
			'application/json;q=0.9, text/csv;q=0.899'],
		'text/csv; charset=utf-8; header=present': ['text/csv', 'Text/CSV ; q=0.001', 'text/*', 'application/json;q=0.5, text/csv', 'application/json;q=0, */*', '*/*;q=0.1, text/*;q=0.2'],
	};
	for (const [path, who] of Object.entries(lists)) {
		for (const [form, accepted] of Object.entries(forms)) {
			test(`${path}: ${form}`, async () => {
				for (const accept of accepted) {
					const { status, type } = await answer(who(), path, accept);
					assert.deepEqual([status, type], [200, form], accept);
				}
			});
		}
	}

	const notAcceptable = (reply, detail) => {
		assert.deepEqual([reply.status, reply.type, reply.json.type], [406, 'application/problem+json', '/problems/not-acceptable'], reply.text);
		assert.equal(reply.json.detail, detail);
		assert.deepEqual(reply.json.errors.map((e) => e.pointer), ['header: Accept']);
	};
	for (const [path, who] of Object.entries(lists)) {
		test(`${path}: neither JSON nor CSV`, async () => {
			for (const accept of ['text/html', 'application/xml, image/*', 'text/csv;q=0, application/json;q=0.0', '*/*;q=0', 'text/csvx', 'text/html;x="text/csv, application/json"'])
				notAcceptable(await answer(who(), path, accept), 'there are application/json and text/csv');
		});
	}

	// What they cannot do without.
	const asked = {
		getFollowUpMetrics: '?from=2027-01-01&to=2027-02-01', listMetricsRecords: '?name=declined&part=numerator&from=2027-01-01&to=2027-02-01', listWork: '?view=team',
	};

	// Every other read of the contract: JSON, or 406. Nothing is read before that is known.
	for (const operation of operations.filter((o) => o.method === 'GET' && o.permission !== 'none')) {
		const csv = operation.responses['200'].content['text/csv'] !== undefined;
		test(`${operation.id}: ${csv ? 'CSV or JSON' : 'JSON alone'}`, async () => {
			const who = /^(agency|staff|key)\./.test(operation.permission) ? admin : hub.manager;
			const path = operation.path.replace(/\{[^}]+\}/g, hub.agencyId) + (asked[operation.id] ?? '');
			notAcceptable(await answer(who, path, 'text/html'), csv ? 'there are application/json and text/csv' : 'there is application/json');
			assert.equal((await answer(who, path, 'text/csv')).status === 406, !csv);
			assert.notEqual((await answer(who, path, 'application/json')).status, 406);
			assert.equal((await who.request('HEAD', path, { headers: { accept: 'text/html' } })).status, 406);
		});
	}

	test('a referral is never turned away for it, nor is a page of the service', async () => {
		const body = { children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description: 'Often hungry.' }] };
		assert.equal((await hub.agency.post('/v1/referrals', body, { accept: 'text/html' })).status, 201);
		for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/problems', '/problems/not-found'])
			assert.equal((await answer(hub.manager, path, 'image/png')).status, 200, path);
	});
});
