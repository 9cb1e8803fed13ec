// Who staff say that somebody is, and a person over all referrals.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOBODY, NOW, at, child, familyName, nhsNumber, refused, startPeople } from '../support/people.mjs';
import { runStatement } from '../support/statements.mjs';

let hub, stranger, refer, whole, matches, link, undo, linked, subjects, person;
before(async () => {
	({ hub, stranger, refer, whole, matches, link, undo, linked, subjects, person } = await startPeople('person_links'));
});
after(() => hub?.stop());

describe('linking', () => {
	async function pair(family = familyName(), more = {}) {
		const [a, b] = [await refer([child(family, more)]), await refer([child(family, more)])];
		await hub.compare();
		return { a, b, of: [await subjects(a), await subjects(b)] };
	}

	test('the same child as on another referral: a person begins, both are linked, both timelines say so', async () => {
		const { a, b, of: [first, second] } = await pair();
		const before = await whole(b);
		const { id, referral, ...said } = await linked(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } });
		assert.deepEqual(said, {
			referral_id: b, version: before.version + 1, subject: 'child', subject_id: second.child, person_id: said.person_id, same_as: { referral_id: a, subject_id: first.child }, status: 'confirmed',
			undoes: null, rule: 'name_and_birth', score: 0.9, reason: null, decided_by: hub.staffId, decided_at: NOW.replace('Z', '.000000Z'),
		});
		assert.equal(referral.version, before.version + 1);
		for (const [referralId, subject] of [[a, first.child], [b, second.child]]) {
			const record = await whole(referralId);
			assert.deepEqual([record.children[0].person_id, record.children[0].family_name], [said.person_id, before.children[0].family_name]);
			const { items } = await hub.manager.ok('GET', `/v1/referrals/${referralId}/timeline?limit=200`);
			const [event] = items.filter((e) => e.type === 'person_linked');
			assert.deepEqual([event.version, event.actor.id, event.data.subject_id, event.data.person_id, event.data.status], [record.version, hub.staffId, subject, said.person_id, 'confirmed']);
			assert.ok(!JSON.stringify(event.data).includes('Ada'));
			const theirs = await hub.agency.ok('GET', `/v1/referrals/${referralId}/timeline?limit=200`);
			assert.ok(!theirs.items.some((e) => e.type === 'person_linked'));
		}
		assert.deepEqual((await whole(b)).earlier_referrals.map((e) => [e.referral_id, e.by, e.confirmed]), [[a, 'person', true]]);
		assert.deepEqual((await matches(b)).items.map((m) => [m.rule, m.score, m.confirmed, m.other.person_id]), [['person', 1, true, said.person_id]]);
		assert.deepEqual((await matches(b)).links.map((l) => l.id), [id]);
		const again = await refer([child(before.children[0].family_name)]);
		await hub.compare();
		assert.deepEqual((await matches(again)).items.map((m) => m.other.person_id), [said.person_id, said.person_id]);
	});

	test('a known person, whom no rule would have found', async () => {
		const { b, of: [, second] } = await pair();
		const { person_id } = await linked(b, { subject_id: second.child });
		const c = await refer([child(familyName(), { first_name: 'Adelheid', date_of_birth: undefined })]);
		await hub.compare();
		assert.deepEqual((await matches(c)).items, []);
		const answer = await linked(c, { subject_id: (await subjects(c)).child, person_id });
		assert.deepEqual([answer.person_id, answer.rule, answer.score, answer.same_as], [person_id, null, null, null]);
		assert.deepEqual((await whole(c)).earlier_referrals.map((e) => [e.relation, e.by]), [['same_child', 'person']]);
		assert.deepEqual((await person(person_id)).referrals.map((r) => r.referral_id), [c, b]);
	});

	test('a parent under 18 is a child and a parent', async () => {
		const family = familyName();
		const baby = await refer([child(familyName())], { household: [{ first_name: 'Eve', family_name: family, relationship: 'Mother', date_of_birth: '2011-07-07' }] }, at('11:00'));
		const herself = await refer([child(family, { first_name: 'Eve', date_of_birth: '2011-07-07' })], {}, at('10:00'));
		await hub.compare();
		const [ofBaby, own] = [await subjects(baby), await subjects(herself)];
		const { person_id } = await linked(baby, { subject_id: ofBaby.household[0], same_as: { referral_id: herself, subject_id: own.child } });
		const record = await person(person_id);
		assert.deepEqual(record.referrals.map((r) => [r.referral_id, r.subject, r.relationship]), [[baby, 'household', 'Mother'], [herself, 'child', null]]);
	});

	test('undone with a reason: the row has nobody, the history has both, rules may propose it again', async () => {
		const { a, b, of: [first, second] } = await pair();
		const { id, person_id } = await linked(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } });
		const answer = await undo(b, id, { reason: 'A cousin.' });
		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.headers.etag, `"${answer.json.version}"`);
		assert.deepEqual([answer.json.status, answer.json.undoes, answer.json.reason, answer.json.person_id], ['undone', id, 'A cousin.', person_id]);
		assert.equal((await whole(b)).children[0].person_id, null);
		assert.deepEqual((await whole(b)).earlier_referrals.map((e) => [e.by, e.confirmed]), [['name_and_birth', false]]);
		assert.deepEqual((await matches(b)).links.map((l) => l.status), ['confirmed', 'undone']);
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${b}/timeline?limit=200`);
		assert.deepEqual(items.filter((e) => e.type.startsWith('person_')).map((e) => [e.type, e.data.status]), [['person_linked', 'confirmed'], ['person_unlinked', 'undone']]);
		refused(await undo(b, id), 409, 'wrong-state', undefined);
		assert.equal((await person(person_id)).ended_at, null, 'the other referral is linked still');
		const other = (await matches(a)).links[0];
		assert.equal((await undo(a, other.id)).status, 201);
		assert.equal((await person(person_id)).ended_at, NOW.replace('Z', '.000000Z'));
		refused(await link(b, { subject_id: second.child, person_id }), 422, 'rule-broken', '/person_id');
		assert.equal((await linked(b, { subject_id: second.child })).status, 'confirmed');
	});

	test('rejected: not proposed again, whoever was compared with whom; confirmed after all, it counts', async () => {
		const { a, b, of: [first, second] } = await pair();
		const same_as = { referral_id: a, subject_id: first.child };
		const { id, person_id, status } = await linked(b, { subject_id: second.child, decision: 'rejected', same_as, reason: 'Two cousins.' });
		assert.deepEqual([person_id, status], [null, 'rejected']);
		for (const referral of [a, b]) assert.deepEqual((await matches(referral)).items, []);
		await hub.db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 999 FROM referral WHERE id = $1', [a]);
		await hub.compare();
		assert.deepEqual([(await matches(a)).items, (await whole(b)).earlier_referrals], [[], []]);
		refused(await undo(b, id), 409, 'wrong-state', undefined);
		await linked(b, { subject_id: second.child, same_as });
		assert.deepEqual((await matches(b)).items.map((m) => m.rule), ['person']);
		refused(await link(b, { subject_id: second.child, decision: 'rejected', same_as }), 409, 'wrong-state', undefined);
	});

	test('a rejected person is rejected for all rows that are linked to it', async () => {
		const family = familyName();
		const ids = [];
		for (let i = 0; i < 3; i++) ids.push(await refer([child(family)]));
		await hub.compare();
		const of = await Promise.all(ids.map(subjects));
		const { person_id } = await linked(ids[1], { subject_id: of[1].child, same_as: { referral_id: ids[0], subject_id: of[0].child } });
		assert.equal((await matches(ids[2])).items.length, 2);
		assert.equal((await linked(ids[2], { subject_id: of[2].child, decision: 'rejected', person_id })).person_id, person_id);
		assert.deepEqual((await matches(ids[2])).items, []);
	});

	test('two persons are two, even with one number', async () => {
		const nhs_number = nhsNumber();
		const { a, b, of: [first, second] } = await pair(familyName(), { nhs_number });
		await linked(a, { subject_id: first.child });
		await linked(b, { subject_id: second.child });
		assert.ok((await matches(b)).items.every((m) => !m.same_person));
	});

	test('what is refused', async () => {
		const { a, b, of: [first, second] } = await pair();
		const other = await refer([child(familyName(), { nhs_number: nhsNumber() }), child(familyName(), { nhs_number: nhsNumber() })]);
		const of = await subjects(other);
		refused(await link(b, { subject_id: NOBODY }), 422, 'rule-broken', '/subject_id');
		refused(await link(b, { subject_id: first.child }), 422, 'rule-broken', '/subject_id');
		refused(await link(b, { subject_id: second.child, person_id: NOBODY }), 422, 'rule-broken', '/person_id');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: NOBODY, subject_id: first.child } }), 422, 'rule-broken', '/same_as');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: second.child } }), 422, 'rule-broken', '/same_as');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: b, subject_id: second.child } }), 422, 'rule-broken', '/same_as/subject_id');
		refused(await link(other, { subject_id: of.children[0], same_as: { referral_id: other, subject_id: of.children[1] } }), 422, 'rule-broken', '/same_as');
		const { person_id } = await linked(other, { subject_id: of.children[0] });
		refused(await link(other, { subject_id: of.children[0] }), 409, 'wrong-state', undefined);
		refused(await link(other, { subject_id: of.children[1], person_id }), 422, 'rule-broken', '/person_id');
		const numbered = await refer([child(familyName(), { nhs_number: nhsNumber() })]);
		const subject_id = (await subjects(numbered)).child;
		refused(await link(numbered, { subject_id, person_id }), 422, 'rule-broken', '/reason');
		assert.equal((await link(numbered, { subject_id, person_id, reason: 'The first number was her sister\'s.' })).status, 201);
		for (const [body, place] of [[{}, '/subject_id'], [{ subject_id: 'x' }, '/subject_id'], [{ subject_id, decision: 'rejected' }, ''], [{ subject_id, person_id, same_as: { referral_id: a, subject_id: first.child } }, '']]) {
			const answer = await link(numbered, body);
			assert.deepEqual([answer.status, answer.json.type], [422, '/problems/invalid-body'], answer.text);
			assert.ok(answer.json.errors.some((e) => e.pointer === place), answer.text);
		}
		refused(await undo(a, NOBODY), 404, 'not-found', undefined);
		refused(await link(NOBODY, { subject_id }), 404, 'not-found', undefined);
		const { id } = (await matches(numbered)).links[0];
		refused(await undo(b, id), 404, 'not-found', undefined);
		refused(await undo(numbered, id, {}), 422, 'invalid-body', '/reason');
		refused(await link(numbered, { subject_id }, hub.system), 403, 'forbidden', undefined);
		assert.equal((await hub.system.at(NOW).post(`/v1/referrals/${numbered}/person-links/${id}/undo`, { reason: 'x' })).status, 403);
		assert.equal((await stranger.at(NOW).post(`/v1/referrals/${numbered}/person-links`, { subject_id })).status, 404);
	});

	test('a person of another partnership is nobody here', async () => {
		const { id } = await stranger.at(NOW).ok('POST', '/v1/referrals', { body: { children: [child('Foreign')], concerns: [{ description: 'Often hungry.' }] } });
		const { children } = await whole(id, stranger);
		const { person_id } = await stranger.at(NOW).ok('POST', `/v1/referrals/${id}/person-links`, { body: { subject_id: children[0].id } });
		const { b, of: [, second] } = await pair();
		refused(await link(b, { subject_id: second.child, person_id }), 422, 'rule-broken', '/person_id');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: id, subject_id: children[0].id } }), 422, 'rule-broken', '/same_as');
		assert.equal((await hub.manager.get(`/v1/persons/${person_id}`)).status, 404);
	});

	test('two who link the same two rows at once make one person', async () => {
		const { a, b, of: [first, second] } = await pair();
		const answers = await Promise.all([
			link(a, { subject_id: first.child, same_as: { referral_id: b, subject_id: second.child } }), link(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } }, hub.manager)]);
		assert.deepEqual(answers.map((r) => r.status).toSorted(), [201, 409]);
		const records = await Promise.all([a, b].map((id) => whole(id)));
		assert.equal(records[0].children[0].person_id, records[1].children[0].person_id);
	});

	// Else a job that read a row before a link was undone, and wrote it after that, would put the link back until it came again.
	test('staff and the comparing job wait for each other before either has written a row', async () => {
		const { a, b, of: [first, second] } = await pair();
		const { id } = await linked(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } });
		await hub.compare();
		const waiting = async (n) => {
			const sql = `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`;
			while ((await hub.db.query(sql, [hub.db.name]))[0].n < n) await sleep(10);
		};
		const written = () => hub.db.query(`SELECT k.xmin::text AS known, c.xmin::text AS child FROM known_subject k JOIN referral_child c ON c.id = k.subject_id WHERE k.referral_id = $1`, [b]);
		let undone;
		await hub.db.session(async (client) => {
			await runStatement(client, 'person/lock_matches', [hub.partnership]);
			const before = await written();
			undone = undo(b, id);
			await waiting(1);
			await hub.db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 999 FROM referral WHERE id = $1', [b]);
			await waiting(2);
			await client.query(`SELECT FROM known_subject WHERE referral_id = $1 FOR UPDATE NOWAIT`, [b]);
			assert.deepEqual(await written(), before);
		}, { as: 'app', partnership: hub.partnership });
		assert.equal((await undone).status, 201);
		assert.deepEqual((await whole(b)).earlier_referrals.map((e) => [e.by, e.confirmed]), [['name_and_birth', false]]);
	});

	test('once per Idempotency-Key', async () => {
		const { b, of: [, second] } = await pair();
		const headers = { 'idempotency-key': randomUUID() };
		const ask = (body) => hub.practitioner.at(NOW).post(`/v1/referrals/${b}/person-links`, body, headers);
		const [one, two] = [await ask({ subject_id: second.child }), await ask({ subject_id: second.child })];
		assert.deepEqual([one.status, two.status, two.text], [201, 201, one.text]);
		refused(await ask({ subject_id: second.child, reason: 'x' }), 422, 'idempotency-key-reused', 'Idempotency-Key');
	});
});

describe('a person', () => {
	test('over all referrals, with relatives, and what came in about those alone', async () => {
		const family = familyName();
		const mother = { first_name: 'Nora', family_name: family, relationship: 'Mother', date_of_birth: '1990-01-01' };
		const one = await refer([child(family, { nhs_number: nhsNumber() })], { household: [mother] }, at('09:00', '2025-03-03'));
		const two = await refer([child(family, { first_name: 'Ada Maria' })], { household: [mother] }, at('09:00', '2026-03-02'));
		const brother = await refer([child(family, { first_name: 'Bob', date_of_birth: '2016-06-06' })], { household: [mother] }, at('10:00'));
		await hub.compare();
		const of = await Promise.all([one, two, brother].map(subjects));
		const { person_id: ada } = await linked(two, { subject_id: of[1].child, same_as: { referral_id: one, subject_id: of[0].child } });
		const { person_id: nora } = await linked(two, { subject_id: of[1].household[0], same_as: { referral_id: one, subject_id: of[0].household[0] } });
		await linked(brother, { subject_id: of[2].household[0], person_id: nora });
		const { person_id: bob } = await linked(brother, { subject_id: of[2].child });
		const answer = await hub.manager.at(NOW).get(`/v1/persons/${ada}`);
		const record = answer.json;
		assert.equal(answer.headers.etag, `"${record.version}"`);
		assert.deepEqual([record.first_name, record.family_name, record.date_of_birth, record.nhs_number !== null, record.created_by], ['Ada Maria', family, '2019-05-04', true, hub.staffId]);
		assert.deepEqual(record.referrals.map((r) => [r.referral_id, r.subject, r.agency_name]), [[two, 'child', 'Oak School'], [one, 'child', 'Oak School']]);
		assert.deepEqual(record.relatives.map((r) => [r.person_id, r.relation, r.referrals]), [[nora, 'parent', 2]]);
		assert.deepEqual(record.family_referrals.map((r) => [r.referral_id, r.person_id, r.subject]), [[brother, nora, 'household']]);
		assert.deepEqual((await person(nora)).relatives.map((r) => [r.person_id, r.relation, r.referrals]), [[ada, 'child', 2], [bob, 'child', 1]]);
		assert.deepEqual((await person(bob)).family_referrals.map((r) => r.referral_id), [two, one]);
		assert.deepEqual((await whole(brother)).earlier_referrals.map((e) => [e.referral_id, e.relation, e.by, e.confirmed]), [[two, 'parent', 'person', true]]);
	});

	test('who is not there: 404; for an agency: 403', async () => {
		assert.equal((await hub.manager.get(`/v1/persons/${randomUUID()}`)).status, 404);
		assert.equal((await hub.agency.get(`/v1/persons/${randomUUID()}`)).status, 403);
		assert.equal((await hub.manager.get('/v1/persons/nonsense')).status, 400);
	});
});
