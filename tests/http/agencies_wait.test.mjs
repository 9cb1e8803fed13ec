// What an agency waits for is managers' work until somebody has dealt with it: a withdrawal without an answer, and a discussion that
// it says never was.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, decidedReferral } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
const exact = (clock) => `${DAY}T${clock}:00.000000Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('agencies_wait')); });
after(() => hub?.stop());

const work = (who, more = '', now = at('16:00')) => who.at(now).ok('GET', `/v1/work?view=awaiting_sign_off&limit=200${more}`);
// What waits about a referral; the counts agree with the list.
async function waits(id, who = hub.manager) {
	const { items, counts } = await work(who);
	assert.deepEqual(counts.awaiting_sign_off, { count: items.length, or_more: false });
	return items.filter((i) => i.referral_id === id).map((i) => i.type);
}
const ask = (now, id) => hub.agency.at(now).ok('POST', `/v1/referrals/${id}/withdrawals`, { body: { reason: 'Another family.' } });
async function answer(now, id, withdrawal, word = 'closed_sent_in_error') {
	const { version } = await hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
	return hub.manager.at(now).ok('POST', `/v1/referrals/${id}/withdrawals/${withdrawal}/answer`, { body: { answer: word, reason: 'Compared both.' }, headers: { 'if-match': `"${version}"` } });
}
const say = (now, id, talk, word = 'disputed') => hub.agency.at(now).ok('POST', `/v1/referrals/${id}/discussion-confirmations`, { body: {
	contact_attempt_id: talk, answer: word, ...(word === 'disputed' ? { words: 'Nobody rang.' } : {}) } });
// Discussed at 11:00 in the hub's words, never in the agency's: said at 12:00.
async function disputed() {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'amber');
	const talk = await attempt(hub, at('11:00'), id);
	return [id, talk.id, await say(at('12:00'), id, talk.id)];
}

describe('a withdrawal', () => {
	test('of a decided referral waits for any manager until it is answered', async () => {
		const { id } = await decidedReferral(hub, DAY);
		const { id: withdrawal } = await ask(at('12:00'), id);
		const { items } = await work(hub.manager);
		const found = items.find((i) => i.referral_id === id);
		assert.deepEqual([found.type, found.id, found.asked_at, found.asked_by, found.kind, found.subject_kind, found.responsible, found.state], ['withdrawal', withdrawal, exact('12:00'), hub.agencyId, null, null, null, 'decided']);
		assert.deepEqual([await waits(id), await waits(id, hub.leader), await waits(id, hub.practitioner)], [['withdrawal'], ['withdrawal'], []]);
		await answer(at('12:30'), id, withdrawal, 'continued');
		assert.deepEqual(await waits(id), []);
	});
});

describe('a dispute', () => {
	test('waits for any manager', async () => {
		const [id, , said] = await disputed();
		const found = (await work(hub.manager)).items.find((i) => i.referral_id === id);
		assert.deepEqual([found.type, found.id, found.asked_at, found.asked_by], ['dispute', said.id, exact('12:00'), hub.agencyId]);
		assert.deepEqual([await waits(id, hub.leader), await waits(id, hub.practitioner)], [['dispute'], []]);
	});

	for (const result of ['discussed', 'written_reply', 'declined', 'not_contactable']) {
		test(`${result} since deals with it`, async () => {
			const [id] = await disputed();
			await attempt(hub, at('13:00'), id, { result, ...(result === 'written_reply' ? { method: 'email' } : {}) });
			assert.deepEqual(await waits(id), []);
		});
	}

	for (const result of ['no_answer', 'message_left', 'unavailable', 'wrong_person']) {
		test(`${result} is a try, and leaves it`, async () => {
			const [id] = await disputed();
			await attempt(hub, at('13:00'), id, { result });
			assert.deepEqual(await waits(id), ['dispute']);
		});
	}

	test('what was held before it, and is only written down after it, leaves it', async () => {
		const [id] = await disputed();
		await attempt(hub, at('13:00'), id, { held_at: at('11:50') });
		assert.deepEqual(await waits(id), ['dispute']);
	});

	test('the agency says something else: of this attempt, or that another was with it', async () => {
		const [id, talk, first] = await disputed();
		const again = await say(at('12:10'), id, talk);
		assert.deepEqual((await work(hub.manager)).items.filter((i) => i.referral_id === id).map((i) => i.id), [again.id], 'not the earlier as well');
		assert.notEqual(first.id, again.id);
		await say(at('12:20'), id, talk, 'confirmed');
		assert.deepEqual(await waits(id), []);

		const { id: other } = await hub.refer(at('10:00'));
		const [one, two] = [await attempt(hub, at('11:00'), other), await attempt(hub, at('11:30'), other)];
		await say(at('12:00'), other, two.id, 'confirmed');
		await say(at('12:10'), other, one.id);
		assert.deepEqual(await waits(other), ['dispute'], 'what it confirmed before does not');
		await say(at('12:20'), other, two.id);
		assert.deepEqual(await waits(other), ['dispute', 'dispute']);
		await say(at('12:30'), other, two.id, 'confirmed');
		assert.deepEqual(await waits(other), []);
	});

	test('of a closed referral too; but not once it went back to the agency', async () => {
		const [id, talk] = await disputed();
		const { id: withdrawal } = await ask(at('12:10'), id);
		assert.deepEqual(await waits(id), ['dispute', 'withdrawal']);
		await answer(at('12:20'), id, withdrawal);
		assert.deepEqual(await waits(id), []);
		await say(at('12:30'), id, talk);
		assert.deepEqual(await waits(id), ['dispute']);
	});

	test('of a closed one a manager\'s note deals with it, nobody else\'s; of another no note does', async () => {
		const [id, talk] = await disputed();
		const note = (who, now) => who.at(now).ok('POST', `/v1/referrals/${id}/notes`, { body: { text: 'Rang the school: they mixed two families up.' } });
		await note(hub.manager, at('12:05'));
		const { id: withdrawal } = await ask(at('12:10'), id);
		await answer(at('12:20'), id, withdrawal);
		await say(at('12:30'), id, talk);
		await note(hub.practitioner, at('12:40'));
		assert.deepEqual(await waits(id), ['dispute']);
		await note(hub.manager, at('12:50'));
		assert.deepEqual(await waits(id), []);
	});
});

test('asked first on top, a page at a time, each once', async () => {
	const [id] = await disputed();
	await ask(at('12:00'), id);
	const { items } = await work(hub.manager);
	assert.deepEqual(items.map((i) => i.asked_at), items.map((i) => i.asked_at).toSorted());
	const seen = [];
	let path = '/v1/work?view=awaiting_sign_off&limit=1';
	while (path) {
		const { json } = await hub.manager.at(at('16:00')).get(path);
		seen.push(...json.items);
		path = json.next && `/v1/work?view=awaiting_sign_off&limit=1&cursor=${json.next}`;
	}
	assert.deepEqual(seen, items);
	assert.deepEqual(new Set(items.map((i) => i.type)), new Set(['dispute', 'withdrawal']));
});
