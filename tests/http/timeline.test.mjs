// getTimeline: everything for the hub, page by page; for an agency what is meant for it, of its own referrals, and nobody of
// the hub by name.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { runStatement } from '../support/statements.mjs';

const body = { children: [{ first_name: 'A.', family_name: 'Example' }], concerns: [{ description: 'Often hungry.' }] };
let database, daemon, agency, otherAgency, hub, foreignHub, referral, staffId, agencyId;

before(async () => {
	database = await createDatabase('timeline');
	const ctl = async (...args) => (await mashctl(database, ...args)).stdout.trim();
	const partnership = ['--partnership', await ctl('partnership', 'add', '--name', 'First hub')];
	const foreign = ['--partnership', await ctl('partnership', 'add', '--name', 'Second hub')];
	const addAgency = (name) => ctl('agency', 'add', ...partnership, '--name', name, '--kind', 'school', '--source', '2A');
	const keyOf = (of, kind, id, role) => ctl('key', 'issue', ...of, `--${kind}`, id, '--role', role);
	agencyId = await addAgency('Oak School');
	const otherId = await addAgency('Elm School');
	staffId = await ctl('staff', 'add', ...partnership, '--name', 'P. Practitioner', '--role', 'practitioner', '--role', 'manager');
	const foreignId = await ctl('staff', 'add', ...foreign, '--name', 'F. Foreign', '--role', 'manager');
	daemon = await startDaemon(database);
	const client = async (...key) => new Client(daemon.url, { key: await keyOf(...key) });
	agency = await client(partnership, 'agency', agencyId, 'agency');
	otherAgency = await client(partnership, 'agency', otherId, 'agency');
	hub = await client(partnership, 'staff', staffId, 'manager');
	foreignHub = await client(foreign, 'staff', foreignId, 'manager');
	const ok = (who, path, sent) => who.ok('POST', path, { body: sent });
	referral = (await ok(agency, '/v1/referrals', body)).id;
	const secret = 'Not for the school to read.';
	const judgement = { rating: 'red', reason: secret, clarification_needed: true, topics: [await aTopic()] };
	await ok(hub, `/v1/referrals/${referral}/screenings`, judgement);
	const attempt = { result: 'no_answer', method: 'phone', counterpart: 'referrer', note: secret };
	await ok(hub, `/v1/referrals/${referral}/contact-attempts`, attempt);
	await waive(secret);
});
after(async () => {
	await daemon?.stop();
	await database?.drop();
});

const path = (id = referral, query = '') => `/v1/referrals/${id}/timeline${query}`;

// A topic that the rules offered for this referral.
async function aTopic() {
	const { topics } = await hub.ok('GET', `/v1/referrals/${referral}`);
	return topics[0].code;
}

async function waive(reason) {
	const { items } = await hub.ok('GET', `/v1/referrals/${referral}/follow-ups`);
	const discuss = items.find((f) => f.kind === 'discuss' && f.state === 'open');
	await hub.ok('POST', `/v1/follow-ups/${discuss.id}/waiver`, { body: { reason } });
}

test('the hub sees all events, oldest first, with the names of those who acted', async () => {
	const { items, next } = await hub.ok('GET', path(referral, '?limit=200'));
	const rows = await database.query('SELECT id FROM event WHERE referral_id = $1 ORDER BY version, recorded_at, id', [referral]);
	assert.equal(next, null);
	assert.deepEqual(items.map((e) => e.id), rows.map((r) => r.id));
	const actors = Object.fromEntries(items.map((e) => [e.actor.kind, e.actor]));
	assert.deepEqual(actors, {
		agency: { kind: 'agency', id: agencyId, name: 'Oak School' }, staff: { kind: 'staff', id: staffId, name: 'P. Practitioner' },
		system: { kind: 'system', id: null, name: null },
	});
	for (const type of ['received', 'follow_up_opened', 'screened', 'rating_changed', 'state_changed', 'contact_attempted', 'follow_up_waived']) {
		assert.ok(items.some((e) => e.type === type), type);
	}
	const versions = items.map((e) => e.version);
	assert.deepEqual(versions, versions.toSorted((a, b) => a - b));
});

for (const [name, who] of [['the hub', () => hub], ['the agency', () => agency]]) {
	test(`${name} gets the same events page by page`, async () => {
		const whole = await who().ok('GET', path(referral, '?limit=200'));
		const seen = [];
		let next = path(referral, '?limit=2');
		while (next) {
			const answer = await who().get(next);
			assert.equal(answer.status, 200);
			assert.ok(answer.json.items.length <= 2);
			seen.push(...answer.json.items);
			next = /<([^>]+)>; rel="next"/.exec(answer.headers.link ?? '')?.[1];
			assert.equal(answer.json.next === null, next === undefined);
		}
		assert.ok(seen.length > 2);
		assert.deepEqual(seen, whole.items);
	});
}

test('the agency sees what is meant for it, without staff, reasons and ratings', async () => {
	const answer = await agency.get(path(referral, '?limit=200'));
	const rows = await database.query("SELECT id FROM event WHERE referral_id = $1 AND audience = 'agency' ORDER BY version, recorded_at, id", [referral]);
	assert.deepEqual(answer.json.items.map((e) => e.id), rows.map((r) => r.id));
	for (const unfit of ['P. Practitioner', staffId, 'Not for the school', '"red"', '"amber"', '"screened"', '"rule"']) {
		assert.ok(!answer.text.includes(unfit), unfit);
	}
	assert.deepEqual(answer.json.items[0].actor, { kind: 'agency', id: agencyId, name: 'Oak School' });
	assert.ok(answer.json.items.some((e) => e.actor.kind === 'staff'));
	for (const { actor } of answer.json.items.filter((e) => e.actor.kind !== 'agency')) assert.deepEqual(actor, { kind: actor.kind, id: null, name: null });
});

// The first change begins, the second begins and commits, then the first goes on: its events are recorded at an earlier time
// and have the later version.
test('changes that overlap stand in the order of their versions, on one page and page by page', async () => {
	const { id } = await agency.ok('POST', '/v1/referrals', { body });
	const partnership = (await database.query('SELECT partnership_id FROM referral WHERE id = $1', [id]))[0].partnership_id;
	await database.session(async (client) => {
		await client.query('SELECT mashd_now()');
		await hub.ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: { result: 'no_answer', method: 'phone', counterpart: 'referrer' } });
		await runStatement(client, 'followup/acknowledged', [partnership, id, 'email', null, null, randomUUID(), 'staff', staffId, randomUUID()]);
	}, { as: 'app', partnership });
	for (const who of [hub, agency]) {
		const { items } = await who.ok('GET', path(id, '?limit=200'));
		const last = items.at(-1);
		assert.deepEqual([last.type, last.version], ['acknowledged', 3]);
		assert.ok(items.some((e) => e.version === 2 && e.recorded_at > last.recorded_at), 'they overlapped');
		const versions = items.map((e) => e.version);
		assert.deepEqual(versions, versions.toSorted((a, b) => a - b));
		const seen = [];
		for (let next = ''; next !== null;) {
			const page = await who.ok('GET', path(id, `?limit=1${next && `&cursor=${next}`}`));
			seen.push(...page.items);
			next = page.next;
		}
		assert.deepEqual(seen, items);
	}
});

test('the same answer for unknown, foreign and invisible referrals', async () => {
	const strip = ({ json: { request_id: r, instance: i, ...rest }, status }) => ({ ...rest, status });
	const unknown = strip(await hub.get(path(randomUUID())));
	assert.equal(unknown.status, 404);
	for (const answer of [await otherAgency.get(path()), await foreignHub.get(path()), await agency.get(path(randomUUID()))]) {
		assert.deepEqual(strip(answer), unknown);
	}
});

test('a cursor fits its own list alone', async () => {
	const { next } = await hub.ok('GET', path(referral, '?limit=1'));
	for (const [who, id] of [[agency, referral], [hub, randomUUID()]]) {
		const answer = await who.get(path(id, `?cursor=${next}`));
		assert.equal(answer.status, 400);
		assert.equal(answer.json.type, '/problems/invalid-parameter');
	}
	assert.equal((await hub.get(path(referral, '?limit=201'))).status, 400);
});
