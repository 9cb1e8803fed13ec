// The worklist: every filter and order against the same choice made in JavaScript, pages against one big page, and CSV.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { DAY, startHub } from '../support/hub.mjs';

const SIZE = 60;
const NOW = `${DAY}T16:00:00Z`;
const minute = (n) => `${DAY}T${String(9 + Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00Z`;
let hub, all;

// A hub in the afternoon: referrals of all kinds, some of them received at the same moment.
before(async () => {
	hub = await startHub('referral_list');
	for (let i = 0; i < SIZE; i++) {
		const staff = i % 5 === 4;
		const who = staff ? hub.practitioner : i % 3 === 0 ? hub.otherAgency : hub.agency;
		const received = minute(Math.floor(i / 4) * 20);
		const { id } = await hub.refer(received, {
			...(staff ? { channel: 'phone' } : { agency_reference: `=R-${i}` }), immediate_protection_needed: i % 7 === 0,
			record_kind: ['request_for_service', 'notification', 'consultation'][i % 3], source: ['6', '2A', '1A', '3B'][i % 4],
			children: Array.from({ length: 1 + (i % 3) }, (_, k) => ({ first_name: 'Zoë', family_name: `Example "${i}", ${k}` })),
		}, who);
		if (i % 2 === 0) await hub.screen(received, id, ['red', 'amber', 'green'][i % 3], i % 6 !== 0);
		if (i % 8 === 0 || i % 9 === 0) {
			const attempt = { result: i % 8 === 0 ? 'discussed' : 'no_answer', method: 'phone', counterpart: 'referrer', ...(i % 8 === 0 ? { shared_understanding: 'yes' } : {}) };
			await hub.practitioner.at(received).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: attempt });
		}
	}
	await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id IN (SELECT id FROM referral ORDER BY id LIMIT 4)");
	await hub.db.query("UPDATE referral SET state = 'decided' WHERE id IN (SELECT id FROM referral WHERE state <> 'closed' ORDER BY id LIMIT 3)");
	all = await hub.db.query(`SELECT id, state, rating, record_kind, agency_id, source, discussed, received_at, next_due_at
		FROM referral ORDER BY id`);
	const micros = (text) => (text === 'infinity' ? Infinity : Date.parse(`${text.replace(' ', 'T')}:00`));
	for (const row of all) Object.assign(row, { received: micros(row.received_at), due: micros(row.next_due_at) });
});
after(() => hub?.stop());

const list = (query) => hub.manager.at(NOW).ok('GET', `/v1/referrals?${new URLSearchParams({ limit: 200, ...query })}`);
const pick = {
	state: (r, v) => r.state === v, rating: (r, v) => r.rating === v, record_kind: (r, v) => r.record_kind === v, source: (r, v) => r.source === v,
	agency: (r, v) => r.agency_id === v, discussed: (r, v) => r.discussed === v, overdue: (r, v) => (r.due < Date.parse(NOW)) === (v === 'true'),
	received_from: (r, v) => r.received >= Date.parse(v), received_to: (r, v) => r.received < Date.parse(v),
	due_from: (r, v) => r.due >= Date.parse(v), due_to: (r, v) => r.due < Date.parse(v), order: () => true,
};
const rank = { red: 1, amber: 2, green: 3 };
const byId = (a, b) => (a.id < b.id ? -1 : 1);
const cmp = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
const orders = {
	due: (a, b) => cmp(a.due, b.due) || byId(a, b),
	received: (a, b) => cmp(b.received, a.received) || -byId(a, b),
	rating: (a, b) => cmp(rank[a.rating], rank[b.rating]) || cmp(a.due, b.due) || byId(a, b),
};
const expected = (query) => all.filter((r) => (query.state === 'closed' || r.state !== 'closed') && Object.entries(query).every(([name, v]) => pick[name](r, v)))
	.toSorted(orders[query.order ?? 'due']).map((r) => r.id);

describe('filters and orders', () => {
	const values = () => ({
		state: ['received', 'in_progress', 'decided'], rating: ['red', 'amber', 'green'], record_kind: ['request_for_service', 'notification', 'information_only'],
		overdue: ['true', 'false'], discussed: ['yes', 'attempted', 'not_needed', 'no'], agency: [hub.agencyId, hub.otherAgencyId], source: ['6', '2A', '9'],
		received_from: [minute(60)], received_to: [minute(60), '2027-03-01T11:00:00+01:00'], due_from: [minute(120), '2027-03-02T09:00:00Z'], due_to: [minute(240)],
	});
	for (const name of ['state', 'rating', 'record_kind', 'overdue', 'discussed', 'agency', 'source', 'received_from', 'received_to', 'due_from', 'due_to']) {
		test(name, async () => {
			let some = 0;
			for (const value of values()[name]) {
				for (const order of Object.keys(orders)) {
					const query = { [name]: value, order };
					const wanted = expected(query);
					some += wanted.length > 0 && wanted.length < expected({}).length ? 1 : 0;
					assert.deepEqual((await list(query)).items.map((r) => r.id), wanted, JSON.stringify(query));
				}
			}
			assert.ok(some > 0, 'a filter that tells some from others');
		});
	}

	test('without any: everything that is not closed, by due', async () => {
		const { items, next } = await list({});
		assert.deepEqual(items.map((r) => r.id), expected({}));
		assert.equal(items.length, SIZE - 4);
		assert.equal(next, null);
		assert.equal((await hub.manager.at(NOW).ok('GET', '/v1/referrals')).items.length, 50, '50 where it does not say');
	});

	test('closed ones by receipt alone', async () => {
		assert.deepEqual((await list({ state: 'closed' })).items.map((r) => r.id), expected({ state: 'closed', order: 'received' }), 'also where no order is said');
		assert.deepEqual((await list({ state: 'closed', order: 'received' })).items.map((r) => r.id), expected({ state: 'closed', order: 'received' }));
		for (const order of ['due', 'rating']) {
			const answer = await hub.manager.get(`/v1/referrals?state=closed&order=${order}`);
			assert.deepEqual([answer.status, answer.json.type, answer.json.errors[0].pointer], [400, '/problems/invalid-parameter', 'query: order']);
		}
	});

	test('several filters at once, any order', async () => {
		const one = (name) => fc.option(fc.constantFrom(...values()[name]), { nil: undefined, freq: 2 });
		const query = fc.record({ ...Object.fromEntries(Object.keys(values()).map((name) => [name, one(name)])), order: fc.constantFrom(...Object.keys(orders)) });
		await fc.assert(fc.asyncProperty(query, async (chosen) => {
			const clean = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
			assert.deepEqual((await list(clean)).items.map((r) => r.id), expected(clean));
		}), { numRuns: 100, seed: 4 });
	});

	test('an item says what its referral does', async () => {
		for (const item of (await list({ order: 'received' })).items.slice(0, 12)) {
			const whole = await hub.manager.at(NOW).ok('GET', `/v1/referrals/${item.id}`);
			for (const name of ['reference', 'version', 'state', 'rating', 'rating_source', 'record_kind', 'channel', 'source', 'agency_reference', 'received_at', 'next_due_at', 'discussed', 'clarification', 'immediate_protection_needed'])
				assert.deepEqual(item[name], whole[name], name);
			assert.deepEqual([item.agency_id, item.agency_name], [whole.agency?.id ?? null, whole.agency?.name ?? null]);
			assert.equal(item.children, whole.children.length);
			assert.equal(item.child_names, whole.children.map((c) => `Z. ${c.family_name}`).join(', '));
			const open = whole.follow_ups.filter((f) => f.state === 'open').toSorted((a, b) => cmp(a.due_at, b.due_at));
			assert.deepEqual([item.next_due_at, item.next_due_kind], [open[0]?.due_at ?? null, open[0]?.kind ?? null]);
			assert.equal(item.overdue, open.some((f) => f.overdue));
		}
	});
});

test('any pages together are the one big page', async () => {
	const filter = fc.constantFrom({}, { rating: 'amber' }, { overdue: 'true' }, { state: 'received' });
	await fc.assert(fc.asyncProperty(fc.constantFrom(...Object.keys(orders)), filter, fc.integer({ min: 1, max: 30 }), async (order, query, limit) => {
		const whole = (await list({ ...query, order })).items;
		const seen = [];
		let next = `/v1/referrals?${new URLSearchParams({ ...query, order, limit })}`;
		while (next) {
			const answer = await hub.manager.at(NOW).get(next);
			assert.equal(answer.status, 200, answer.text);
			assert.ok(answer.json.items.length <= limit);
			seen.push(...answer.json.items);
			next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
			assert.equal(next === undefined, answer.json.next === null);
			if (next) {
				assert.ok(next.includes(answer.json.next));
				assert.equal(answer.json.items.length, limit);
			}
		}
		assert.deepEqual(seen, whole);
	}), { numRuns: 25, seed: 5 });
});

test('referrals that come while pages are read are neither twice nor instead of others', async () => {
	const first = await hub.manager.at(NOW).ok('GET', '/v1/referrals?order=received&limit=20');
	const late = await hub.refer(NOW);
	const second = await hub.manager.at(NOW).ok('GET', `/v1/referrals?order=received&limit=200&cursor=${first.next}`);
	assert.deepEqual([...first.items, ...second.items].map((r) => r.id), expected({ order: 'received' }));
	await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity', received_at = '2020-01-01Z' WHERE id = $1", [late.id]);
});

describe('as a table', () => {
	// A reader of RFC 4180.
	function readCsv(text) {
		const rows = [[]];
		const cell = /("(?:[^"]|"")*"|[^,\r\n"]*)(,|\r\n|$)/gy;
		for (let match; cell.lastIndex < text.length && (match = cell.exec(text));) {
			rows.at(-1).push(match[1].startsWith('"') ? match[1].slice(1, -1).replaceAll('""', '"') : match[1]);
			if (match[2] === '\r\n') rows.push([]);
		}
		assert.equal(cell.lastIndex, text.length, 'all of it is CSV');
		assert.deepEqual(rows.pop(), [], 'ends with a line end');
		return rows;
	}
	const csv = (query, accept = 'text/csv') => hub.manager.at(NOW).get(`/v1/referrals?${query}`, { headers: { accept } });

	test('the same page, text that a spreadsheet would run is defused', async () => {
		const answer = await csv('limit=30');
		assert.match(answer.type, /^text\/csv; *charset=utf-8/);
		assert.match(answer.headers.link, /rel="next"/);
		const [names, ...rows] = readCsv(answer.text);
		const { items } = await hub.manager.at(NOW).ok('GET', '/v1/referrals?limit=30');
		assert.deepEqual(names, Object.keys(items[0]));
		assert.equal(rows.length, 30);
		rows.forEach((row, i) => names.forEach((name, k) => {
			const value = items[i][name];
			const text = value === null ? '' : String(value);
			assert.equal(row[k], /^[=+\-@]/.test(text) ? `'${text}` : text, name);
		}));
		assert.ok(rows.some((row) => row.some((text) => text.startsWith("'=R-"))));
	});

	test('JSON unless CSV is wanted more', async () => {
		for (const [accept, type] of [['text/csv;q=0.5, application/json', /json/], ['application/json;q=0.5, text/csv', /csv/], ['*/*', /json/], ['application/json', /json/]])
			assert.match((await csv('limit=1', accept)).type, type, accept);
	});

	test('an empty page is a header line', async () => {
		const answer = await csv('source=9');
		assert.equal(answer.status, 200);
		assert.deepEqual(readCsv(answer.text).length, 1);
	});
});
