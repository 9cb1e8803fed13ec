// Flags over HTTP: listing with filters, pages and CSV, how late each is, and taking note of one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';
import { randomUuid7, runStatement } from '../support/statements.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;

// Seven referrals, ten minutes apart from 10:00; `triage` of each is due two hours later and missed until 13:30. That of the
// first is met late, that of the second was met in time and written down late, that of the third is waived.
let hub;
const referrals = [];
const NOW = at('13:30');
before(async () => {
	hub = await startHub('flags');
	for (let i = 0; i < 7; i++) referrals.push(await hub.refer(at(`10:${i}0`.replace('10:60', '11:00'))));
	await hub.db.query(`UPDATE follow_up SET signals = NULL`); // the ladder is of another test: ladder.test.mjs
	await hub.sweep(at('13:15'));
	const judge = (id, body) => hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
		rating: 'green', reason: 'Read.', clarification_needed: true, topics: ['significant_harm'], ...body } });
	await judge(referrals[0].id, {});
	await judge(referrals[1].id, { screened_at: at('11:00') });
	const { id } = await hub.followUp(NOW, referrals[2].id, 'triage');
	// By hand: of a referral that nobody has screened the daemon waives no triage (follow_ups.test.mjs).
	await hub.db.session((client) => runStatement(client, 'followup/end', [hub.partnership, id, 'waived', null, 'Sent in error.', 1, 'staff', hub.managerId, null, randomUuid7(), randomUuid7()]),
		{ as: 'app', partnership: hub.partnership, now: NOW });
});
after(() => hub?.stop());

const triage = (query = '') => hub.flags(NOW, `kind=triage${query}`);
const problem = (answer, status, type) => {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.json.type, `/problems/${type}`);
};

describe('listFlags', () => {
	test('each with its exact instant, how late, and how it was cleared; the oldest breach first', async () => {
		const flags = await triage();
		assert.deepEqual(flags.map((g) => [g.referral_id, g.referral_reference]), referrals.map((r) => [r.id, r.reference]));
		assert.deepEqual(flags.map((g) => g.breached_at), ['12:00', '12:10', '12:20', '12:30', '12:40', '12:50', '13:00'].map(exact));
		assert.deepEqual(flags.map((g) => g.late_minutes), [90, 80, 70, 60, 50, 40, 30]);
		assert.deepEqual(flags.map((g) => g.cleared_by), ['met', 'met_in_time_logged_late', 'waived', null, null, null, null]);
		assert.ok(flags.every((g) => g.raised_at === exact('13:15') && g.timing === 1 && g.level === 1));
		const later = await hub.flags(at('13:45'), 'kind=triage');
		assert.deepEqual(later.map((g) => g.late_minutes), [90, 80, 70, 75, 65, 55, 45], 'what is cleared gets no later');
	});

	test('filters', async () => {
		assert.equal((await triage('&cleared=true')).length, 3);
		assert.equal((await triage('&cleared=false')).length, 4);
		assert.equal((await triage('&acknowledged=true')).length, 0);
		assert.equal((await triage(`&referral_id=${referrals[4].id}`)).length, 1);
		assert.equal((await triage(`&referral_id=${referrals[4].id}&cleared=true`)).length, 0);
		assert.equal((await triage(`&raised_from=${at('13:15')}&raised_to=${at('13:16')}`)).length, 7);
		assert.equal((await triage(`&raised_from=${at('13:16')}`)).length, 0);
		assert.equal((await triage(`&raised_to=${at('13:15')}`)).length, 0, 'raised_to is exclusive');
		assert.deepEqual(await hub.flags(NOW, 'kind=discuss'), []);
	});

	for (const filter of ['', '&cleared=false', '&cleared=true']) {
		test(`pages hold each once (${filter})`, async () => {
			const seen = [];
			let path = `/v1/flags?kind=triage${filter}&limit=2`;
			while (path) {
				const { json, headers } = await hub.practitioner.at(NOW).get(path);
				assert.ok(json.items.length <= 2);
				seen.push(...json.items);
				path = json.next && `/v1/flags?kind=triage${filter}&limit=2&cursor=${json.next}`;
				if (path) assert.match(headers.link, /rel="next"/);
			}
			assert.deepEqual(seen, await triage(filter));
		});
	}

	test('as CSV: the same rows', async () => {
		const { text, type } = await hub.practitioner.at(NOW).request('GET', '/v1/flags?kind=triage', { headers: { accept: 'text/csv' } });
		assert.match(type, /^text\/csv/);
		const lines = text.trimEnd().split('\r\n');
		assert.equal(lines.length, 8);
		assert.deepEqual(lines[0].split(',').slice(0, 4), ['id', 'follow_up_id', 'referral_id', 'referral_reference']);
		assert.ok(lines[1].includes(referrals[0].reference));
	});

	test('is not for agencies, and refuses what it does not know', async () => {
		problem(await hub.agency.get('/v1/flags'), 403, 'forbidden');
		for (const query of ['kind=tea', 'cleared=maybe', 'raised_from=yesterday', 'referral_id=1', 'cursor=AAAA', 'limit=201', 'colour=red'])
			problem(await hub.practitioner.get(`/v1/flags?${query}`), 400, 'invalid-parameter');
		const { json } = await hub.practitioner.at(NOW).get('/v1/flags?kind=triage&limit=2');
		problem(await hub.practitioner.at(NOW).get(`/v1/flags?kind=discuss&limit=2&cursor=${json.next}`), 400, 'invalid-parameter');
	});
});

describe('acknowledgeFlag', () => {
	const note = (who, id, body = { plan: 'Calling the school at two.' }) => who.at(NOW).post(`/v1/flags/${id}/acknowledgement`, body);

	test('takes note once, clears nothing, and is a change of the referral', async () => {
		const [flag] = await triage(`&referral_id=${referrals[3].id}`);
		const versionOf = async () => (await hub.practitioner.ok('GET', `/v1/referrals/${referrals[3].id}`)).version;
		const version = await versionOf();
		const answer = await note(hub.practitioner, flag.id);
		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual(answer.json, { ...flag, acknowledged_at: exact('13:30'), acknowledged_by: hub.staffId, plan: 'Calling the school at two.' });
		assert.equal(await versionOf(), version + 1);
		problem(await note(hub.manager, flag.id, { plan: 'Another plan.' }), 409, 'wrong-state');
		assert.deepEqual(await triage('&acknowledged=true'), [answer.json]);
		const { items } = await hub.practitioner.ok('GET', `/v1/referrals/${referrals[3].id}/timeline`);
		const told = items.filter((e) => e.type === 'flag_acknowledged');
		assert.deepEqual(told.map((e) => [e.version, e.actor.id, e.data.plan]), [[version + 1, hub.staffId, 'Calling the school at two.']]);
	});

	test('is a person\'s, with a plan, for a flag that is there', async () => {
		const [flag] = await triage(`&referral_id=${referrals[4].id}`);
		problem(await note(hub.system, flag.id), 403, 'forbidden');
		problem(await note(hub.agency, flag.id), 403, 'forbidden');
		problem(await note(hub.practitioner, flag.id, {}), 422, 'invalid-body');
		problem(await note(hub.practitioner, randomUUID()), 404, 'not-found');
		assert.equal((await triage(`&referral_id=${referrals[4].id}`))[0].acknowledged_at, null);
	});

	test('two people at once: one of them', async () => {
		const [flag] = await triage(`&referral_id=${referrals[5].id}`);
		const answers = await Promise.all([note(hub.practitioner, flag.id), note(hub.manager, flag.id)]);
		assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409]);
	});
});
