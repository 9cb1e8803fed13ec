// One intention, one effect: replays, the scope of a key, the same key at the same moment in one daemon and in two, and a
// first request that holds on for too long.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const NOW = `${DAY}T10:00:00Z`;
const body = (description = 'Often hungry.', more = {}) => ({ children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description }], ...more });
let hub, second, elsewhere;
before(async () => {
	hub = await startHub('idempotency');
	second = await startDaemon(hub.db);
	elsewhere = new Client(second.url, { key: hub.agency.key });
});
after(async () => {
	await second?.stop();
	await hub?.stop();
});

const named = (key) => ({ 'idempotency-key': key });
const post = (key, sent = body(), who = hub.agency) => who.post('/v1/referrals', sent, named(key));
const count = async (table, where = 'true', values = []) => (await hub.db.query(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, values))[0].n;
const screening = { rating: 'red', reason: 'Read twice.', clarification_needed: true, topics: ['significant_harm'] };

// The part of an answer that a replay must repeat.
const kept = ({ status, text, headers }) => ({ status, text, location: headers.location, etag: headers.etag });

describe('a replay', () => {
	const attempt = { result: 'no_answer', method: 'phone', counterpart: 'referrer' };
	const operations = {
		createReferral: [() => '/v1/referrals', body(), () => hub.agency, 'referral'],
		recordScreening: [(id) => `/v1/referrals/${id}/screenings`, screening, () => hub.practitioner, 'screening'],
		recordContactAttempt: [(id) => `/v1/referrals/${id}/contact-attempts`, attempt, () => hub.practitioner, 'contact_attempt'],
		recordAcknowledgement: [(id) => `/v1/referrals/${id}/acknowledgement`, { method: 'letter' }, () => hub.practitioner, 'event'],
	};
	for (const [name, [path, sent, who, table]] of Object.entries(operations)) {
		test(`of ${name} gets the first answer, also from another daemon, and does nothing`, async () => {
			const referral = (await hub.refer(NOW, { channel: 'secure_email' })).id;
			const key = randomUUID();
			const first = await who().at(NOW).post(path(referral), sent, named(key));
			assert.equal(first.status, 201, first.text);
			assert.equal(first.headers['idempotent-replayed'], undefined);
			const rows = await count(table);
			const shuffled = JSON.stringify(Object.fromEntries(Object.entries(sent).toReversed()), null, 3);
			for (const client of [who(), new Client(second.url, { key: who().key })]) {
				for (const again of [sent, shuffled]) {
					const replayed = await client.at(`${DAY}T11:00:00Z`).post(path(referral), again, named(key));
					assert.deepEqual(kept(replayed), kept(first));
					assert.equal(replayed.headers['idempotent-replayed'], 'true');
				}
			}
			assert.equal(await count(table), rows);
			const other = await who().post(path(referral), { ...sent, ...(name === 'createReferral' ? body('Other.') : name === 'recordScreening' ? { reason: 'Other.' } : { note: 'Other.' }) }, named(key));
			assert.deepEqual([other.status, other.json.type], [422, '/problems/idempotency-key-reused']);
			assert.equal(await count(table), rows);
		});
	}

	test('of a refusal is judged anew: only what was committed is kept', async () => {
		const key = randomUUID();
		assert.equal((await post(key, { children: [] })).status, 422);
		assert.equal((await post(key)).status, 201);
		const other = randomUUID();
		const before_ = await count('idempotency_key');
		const { id } = await hub.refer(NOW, {}, hub.agency);
		const path = `/v1/referrals/${id}/screenings`;
		const broken = { rating: 'red', reason: 'x', clarification_needed: false, not_needed_reason: 'information_only' };
		assert.equal((await hub.practitioner.at(NOW).post(path, broken, named(other))).json.type, '/problems/rule-broken');
		assert.equal((await hub.practitioner.at(NOW).post(path, screening, named(other))).status, 201);
		assert.equal(await count('idempotency_key'), before_ + 2);
	});

	test('of an answer 200 stays 200', async () => {
		const reference = { agency_reference: randomUUID() };
		const key = randomUUID();
		await post(randomUUID(), body('x', reference));
		const first = await post(key, body('x', reference));
		assert.equal(first.status, 200);
		await post(randomUUID(), body('more', reference));
		assert.deepEqual(kept(await post(key, body('x', reference))), kept(first));
	});
});

describe('the scope of a key', () => {
	test('each credential has its own, also of the same agency', async () => {
		const key = randomUUID();
		const sister = (await mashctl(hub.db, 'key', 'issue', '--agency', hub.agencyId, '--role', 'agency')).stdout.trim();
		const answers = [await post(key), await post(key, body(), hub.otherAgency), await post(key, body(), hub.agency.as(sister))];
		assert.deepEqual(answers.map((a) => a.status), [201, 201, 201]);
		assert.equal(new Set(answers.map((a) => a.json.id)).size, 3);
	});

	test('each operation has its own', async () => {
		const key = randomUUID();
		const { json: { id } } = await hub.practitioner.at(NOW).post('/v1/referrals', body('x', { channel: 'post' }), named(key));
		assert.equal((await hub.practitioner.at(NOW).post(`/v1/referrals/${id}/screenings`, screening, named(key))).status, 201);
	});

	test('the same key and body for another record is another request', async () => {
		const key = randomUUID();
		const ids = [(await hub.refer(NOW)).id, (await hub.refer(NOW)).id];
		const answers = [];
		for (const id of ids) answers.push(await hub.practitioner.at(NOW).post(`/v1/referrals/${id}/screenings`, screening, named(key)));
		assert.deepEqual(answers.map((a) => a.status), [201, 422]);
		assert.equal(answers[1].json.type, '/problems/idempotency-key-reused');
	});

	test('keys differ in every character', async () => {
		const keys = ['a', 'A', 'a ~', `a'"\\`];
		const ids = [];
		for (const key of keys) ids.push((await post(key)).json.id);
		assert.equal(new Set(ids).size, keys.length);
	});
});

describe('at the same moment', () => {
	const places = { 'in one daemon': () => [hub.agency], 'in two daemons': () => [hub.agency, elsewhere] };
	for (const [where, clients] of Object.entries(places)) {
		test(`the same key ${where}: one referral, one answer`, async () => {
			for (let round = 0; round < 8; round++) {
				const key = randomUUID();
				const reference = `${where} ${round}`;
				const answers = await Promise.all(Array.from({ length: 12 }, (_, i) =>
					post(key, body('x', round % 2 ? { agency_reference: reference } : { why_now: reference }), clients()[i % clients().length])));
				assert.deepEqual([...new Set(answers.map((a) => a.status))], [201], answers.find((a) => a.status !== 201)?.text);
				assert.equal(new Set(answers.map((a) => a.text)).size, 1);
				assert.equal(answers.filter((a) => a.headers['idempotent-replayed'] === undefined).length, 1);
				assert.equal(await count('submission', 'body LIKE $1', [`%"${reference}"%`]), 1);
			}
		});

		test(`the same reference with different keys ${where}: one referral, one 201`, async () => {
			for (let round = 0; round < 8; round++) {
				const sent = body('x', { agency_reference: `ref ${where} ${round}` });
				const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => post(randomUUID(), sent, clients()[i % clients().length])));
				assert.deepEqual(answers.map((a) => a.status).toSorted(), [...Array(11).fill(200), 201]);
				assert.equal(new Set(answers.map((a) => a.json.id)).size, 1);
				assert.equal(await count('referral', 'agency_reference = $1', [sent.agency_reference]), 1);
			}
		});

		test(`different contents with one reference ${where}: one referral, the rest additional information`, async () => {
			const reference = `many ${where}`;
			const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => post(randomUUID(), body(`x ${i}`, { agency_reference: reference }), clients()[i % clients().length])));
			assert.deepEqual(answers.map((a) => a.json.outcome).toSorted(), [...Array(7).fill('additional_information'), 'created']);
			const [row] = await hub.db.query('SELECT id, version FROM referral WHERE agency_reference = $1', [reference]);
			assert.equal(row.version, 8);
			assert.equal(await count('submission', 'referral_id = $1', [row.id]), 8);
			assert.equal(await count('follow_up', "referral_id = $1 AND kind = 'triage' AND state = 'open'", [row.id]), 1);
		});

		test(`the same screening ${where}: one`, async () => {
			const { id } = await hub.refer(NOW);
			const key = randomUUID();
			const bases = clients().map((c) => new Client(c.url, { key: hub.practitioner.key, now: NOW }));
			const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => bases[i % bases.length].post(`/v1/referrals/${id}/screenings`, screening, named(key))));
			assert.equal(new Set(answers.map((a) => a.text)).size, 1, answers.map((a) => a.status).join());
			assert.equal(await count('screening', 'referral_id = $1', [id]), 1);
		});
	}

	test('screenings with different keys each count, in some order', async () => {
		const { id } = await hub.refer(NOW);
		const answers = await Promise.all(Array.from({ length: 6 }, (_, i) =>
			hub.practitioner.at(NOW).post(`/v1/referrals/${id}/screenings`, { ...screening, reason: `Reader ${i}` })));
		assert.deepEqual(answers.map((a) => a.json.ordinal).toSorted(), [1, 2, 3, 4, 5, 6]);
		assert.equal(await count('follow_up', "referral_id = $1 AND kind = 'discuss'", [id]), 1);
	});
});

describe('a first request that holds on for longer than one waits', () => {
	// Another transaction that has claimed the key and does not end before `work` has.
	async function whileClaimed(who, operation, key, work) {
		const [{ id: keyId, partnership_id: partnership }] = await hub.db.query('SELECT id, partnership_id FROM api_key WHERE id = $1', [who.key.split('_')[1]]);
		await hub.db.session(async (client) => {
			await client.query(`INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest)
				VALUES ($1, $2, $3, $4, 'x')`, [partnership, keyId, operation, key]);
			await work();
			await client.query('ROLLBACK');
			await client.query('BEGIN');
		});
	}

	const meeting = { held_at: NOW, present: [{ agency: 'police', name: 'P. Police' }], summary: 'x' };
	const consultation = { method: 'phone', caller_name: 'C. Caller', about: 'x', advice: 'x' };
	const asked = {
		createReferral: () => ['/v1/referrals', body()], recordScreening: (id) => [`/v1/referrals/${id}/screenings`, screening],
		recordStrategyDiscussion: (id) => [`/v1/referrals/${id}/strategy-discussions`, meeting], createConsultation: () => ['/v1/consultations', consultation],
		actOnMany: (id) => ['/v1/referrals/actions', { action: 'assign', assigned_to: hub.staffId, reason: 'x', referrals: [{ id }] }],
		acknowledgeFlags: (id) => ['/v1/flags/acknowledgements', { flags: [{ id, plan: 'x' }] }],
	};
	// What does many things claims a key for each.
	const claimed = (name, key) => (['actOnMany', 'acknowledgeFlags'].includes(name) ? `${key}\n0` : key);
	for (const name of Object.keys(asked)) {
		test(`${name}: 409, and the next try goes through`, async () => {
			const impatient = await startDaemon(hub.db, { env: { MASHD_LOCK_TIMEOUT_MS: '150' } });
			try {
				const { id } = await hub.refer(NOW);
				const who = new Client(impatient.url, { key: (name === 'createReferral' ? hub.agency : hub.practitioner).key, now: NOW });
				const key = randomUUID();
				const send = () => who.post(...asked[name](id), named(key));
				await whileClaimed(who, name, claimed(name, key), async () => {
					const answer = await send();
					assert.deepEqual([answer.status, answer.json.type], [409, '/problems/request-in-progress'], answer.text);
				});
				assert.equal((await send()).status, claimed(name, key) === key ? 201 : 200);
			} finally {
				await impatient.stop();
			}
		});
	}
});

describe('a key that was replaced', () => {
	let admin;
	before(async () => {
		admin = new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', '--system', 'Directory', '--role', 'admin')).stdout.trim() });
	});
	const issue = (of) => admin.ok('POST', '/v1/keys', { body: of });
	const replace = async (id) => (await admin.ok('POST', `/v1/keys/${id}/rotation`, { body: { overlap_minutes: 60 } }));
	const referrals = () => count('referral');

	test('a retry with its successor, and that one\'s, gets the first answer', async () => {
		const first = await issue({ agency_id: hub.agencyId, roles: ['agency'] });
		const key = randomUUID();
		const stored = await post(key, body('Rotated.'), hub.agency.as(first.key));
		assert.equal(stored.status, 201, stored.text);
		const rows = await referrals();
		const second = await replace(first.id);
		const third = await replace(second.id);
		for (const { key: secret } of [second, third, first]) {
			const again = await post(key, body('Rotated.'), hub.agency.as(secret));
			assert.deepEqual(kept(again), kept(stored));
			assert.equal(again.headers['idempotent-replayed'], 'true');
			const other = await post(key, body('Other.'), hub.agency.as(secret));
			assert.deepEqual([other.status, other.json.type], [422, '/problems/idempotency-key-reused']);
		}
		assert.equal(await referrals(), rows);
		const [{ key_id: sender }] = await hub.db.query('SELECT s.key_id FROM submission AS s WHERE s.referral_id = $1', [stored.json.id]);
		assert.equal(sender, first.id);
	});

	test('both keys at the same moment store one referral', async () => {
		const old = await issue({ agency_id: hub.agencyId, roles: ['agency'] });
		const fresh = await replace(old.id);
		const key = randomUUID();
		const rows = await referrals();
		const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => post(key, body('At once.'), hub.agency.as(i % 2 ? old.key : fresh.key))));
		assert.deepEqual([new Set(answers.map((a) => a.json.id)).size, await referrals()], [1, rows + 1]);
	});

	test('two systems of one agency do not see each other\'s answers', async () => {
		const [one, two] = [await issue({ agency_id: hub.agencyId, roles: ['agency'] }), await issue({ agency_id: hub.agencyId, roles: ['agency'] })];
		const replaced = await replace(two.id);
		const key = randomUUID();
		const answers = [];
		for (const { key: secret } of [one, two]) answers.push(await post(key, body(), hub.agency.as(secret)));
		assert.deepEqual(answers.map((a) => [a.status, a.headers['idempotent-replayed']]), [[201, undefined], [201, undefined]]);
		assert.equal((await post(key, body(), hub.agency.as(replaced.key))).json.id, answers[1].json.id);
	});
});
