// A referral with 40 children, 60 others and 500 events: whole, in order, page by page, and still fast.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const EVENTS = 500;
const FAST = 500; // milliseconds, of a build with sanitizers on a busy machine
const now = `${DAY}T12:00:00Z`;

let hub, id;
before(async () => {
	hub = await startHub('big referral');
	({ id } = await hub.refer(`${DAY}T10:00:00Z`, {
		children: Array.from({ length: 40 }, (_, i) => ({ first_name: `Child ${i}`, family_name: 'Example', date_of_birth: '2020-05-01' })),
		household: Array.from({ length: 60 }, (_, i) => ({ name: `Person ${i}`, relationship: 'uncle' })),
	}));
	await hub.screen(`${DAY}T10:30:00Z`, id, 'green');
	const [{ n }] = await hub.db.query('SELECT count(*)::int AS n FROM event WHERE referral_id = $1', [id]);
	const discuss = await hub.followUp(now, id, 'discuss');
	await hub.db.query(
		`INSERT INTO event (partnership_id, referral_id, recorded_at, id, version, type, occurred_at, actor_kind, actor_id, follow_up_id, data)
		 SELECT $1, $2, $3::timestamptz + (i / 7) * interval '1 second', gen_random_uuid(), 3, 'follow_up_warned', $3, 'staff', $4, $5, '{"kind": "discuss", "timing": 1}'
		 FROM generate_series(1, $6) AS i`, [hub.partnership, id, `${DAY}T11:00:00Z`, hub.staffId, discuss.id, EVENTS - n]);
});
after(() => hub?.stop());

async function timed(what) {
	const times = [];
	let answer;
	for (let i = 0; i < 5; i++) {
		const start = performance.now();
		answer = await what();
		times.push(performance.now() - start);
		assert.equal(answer.status, 200, answer.text);
	}
	assert.ok(Math.min(...times) < FAST, `${times.map(Math.round)} ms`);
	return answer.json;
}

test('the record is whole', async () => {
	const referral = await timed(() => hub.practitioner.at(now).get(`/v1/referrals/${id}`));
	assert.equal(referral.children.length, 40);
	assert.equal(referral.household.length, 60);
	assert.deepEqual(referral.children.map((c) => c.first_name), Array.from({ length: 40 }, (_, i) => `Child ${i}`));
});

for (const limit of [7, 50, 200]) {
	test(`the timeline in pages of ${limit}: each event once, in order`, async () => {
		const seen = [];
		let path = `/v1/referrals/${id}/timeline?limit=${limit}`;
		for (let pages = 0; path; pages++) {
			const { items, next } = pages === 0 ? await timed(() => hub.practitioner.at(now).get(path)) : await hub.practitioner.at(now).ok('GET', path);
			assert.equal(items.length, next ? limit : items.length);
			assert.ok(items.length <= limit);
			seen.push(...items.map((e) => `${e.recorded_at} ${e.id}`));
			path = next && `/v1/referrals/${id}/timeline?limit=${limit}&cursor=${next}`;
		}
		assert.equal(seen.length, EVENTS);
		assert.equal(new Set(seen).size, EVENTS);
		assert.deepEqual(seen, seen.toSorted());
	});
}

test('an explanation reads its own ledger out of all that', async () => {
	const { id: outcome } = await hub.followUp(now, id, 'decide_outcome');
	const { ledger } = await timed(() => hub.practitioner.at(now).get(`/v1/follow-ups/${outcome}/explanation`));
	assert.deepEqual(ledger.map((e) => e.type), ['follow_up_opened', 'follow_up_retimed']);
});
