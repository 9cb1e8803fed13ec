// The weekly sample of "clarification not needed": what the daemon's job draws, once, and that a manager reads it again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, faults } from '../support/casework.mjs';
import { startDaemon } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { randomUuid7, runStatement } from '../support/statements.mjs';

const WEEK = '2027-03-01'; // a Monday
const NEXT = '2027-03-08T00:10:00Z';
let hub;
before(async () => { hub = await addPeople(await startHub('sample')); });
after(() => hub?.stop());

// As the job draws, at that moment.
const draw = (now) => hub.db.session((client) => runStatement(client, 'sample/draw', [hub.partnership]), { as: 'app', partnership: hub.partnership, now });
const sampled = () => hub.db.query('SELECT referral_id, week, opened_at FROM sampled_referral WHERE partnership_id = $1 ORDER BY referral_id', [hub.partnership]);

// A daemon's job opens, before it is ready, by the real clock; whenever that is, it finds no week that it could draw itself.
async function openAll() {
	await hub.db.query(`INSERT INTO sample_week (partnership_id, week, candidates) VALUES ($1, date '2099-01-05', 0)`, [hub.partnership]);
	await (await startDaemon(hub.db)).stop();
}

const review = (who, now, id, more = {}) => who.at(now).post(`/v1/referrals/${id}/sample-reviews`, { finding: 'was_needed', reason: 'Nobody asked.', ...more });

describe('the draw', () => {
	const ids = [];
	let now; // of the review: after the draw, and after the job has opened what was drawn
	test('takes a tenth of the week, by a hash of referral and week, once', async () => {
		await hub.db.query('DELETE FROM sample_week'); // what the job drew by the real clock, whenever that is
		await hub.db.query(`INSERT INTO sample_week (partnership_id, week, candidates) VALUES ($1, date '2027-02-22', 0)`, [hub.partnership]);
		for (let i = 0; i < 11; i++) {
			const { id } = await hub.refer(`${WEEK}T0${9 + (i % 1)}:0${i % 10}:00Z`);
			await hub.screen(`${WEEK}T12:00:00Z`, id, 'amber', false);
			ids.push(id);
		}
		// Not among them: what needed clarification after all, was screened another week, or came by phone.
		const { id: after } = await hub.refer(`${WEEK}T09:00:00Z`);
		await hub.screen(`${WEEK}T12:00:00Z`, after, 'amber', false);
		await hub.screen(`${WEEK}T13:00:00Z`, after, 'amber', true);
		const { id: later } = await hub.refer(`${WEEK}T09:00:00Z`);
		await hub.screen('2027-03-08T10:00:00Z', later, 'amber', false);
		assert.deepEqual(await draw('2027-03-07T23:59:00Z'), [], 'the week is not over');
		assert.equal((await draw(NEXT)).length, 1);
		const place = (id) => createHash('md5').update(`${id}${WEEK}`).digest('hex');
		const expected = ids.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)).slice(0, 2).sort();
		assert.deepEqual((await sampled()).map((s) => s.referral_id), expected);
		assert.deepEqual(await draw(NEXT), [], 'once');
		const [week] = await hub.db.query(`SELECT candidates FROM sample_week WHERE partnership_id = $1 AND week = $2::date`, [hub.partnership, WEEK]);
		assert.equal(week.candidates, 11);
	});

	test('opens what a manager reads again, and blocks nothing', async () => {
		const [{ referral_id: id }, { referral_id: other }] = await sampled();
		await openAll();
		for (const drawn of await sampled()) assert.notEqual(drawn.opened_at, null);
		now = new Date(Math.max(Date.parse('2027-03-08T10:00:00Z'), Date.now())).toISOString();
		const followUp = await hub.followUp(now, id, 'sample_review');
		assert.equal(followUp.state, 'open');
		const timeline = await hub.manager.at(now).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		assert.ok(timeline.items.some((e) => e.type === 'sample_drawn' && e.data.week === WEEK));
		assert.deepEqual(faults(await review(hub.manager, now, id)), [422, 'rule-broken'], 'agreed to the screening himself');
		assert.equal((await review(hub.practitioner, now, id)).status, 403);
		assert.equal((await review(hub.system, now, id)).status, 403, 'a person answers for it');
		assert.equal((await review(hub.leader, now, id, { finding: 'perhaps' })).status, 422);
		assert.equal((await review(hub.leader, now, randomUuid7())).status, 404);
		const told = await review(hub.leader, now, id);
		assert.equal(told.status, 201, told.text);
		assert.equal(told.json.finding, 'was_needed');
		assert.equal(told.json.follow_ups.find((f) => f.kind === 'sample_review').state, 'met');
		assert.deepEqual(faults(await review(hub.leader, now, id)), [409, 'wrong-state'], 'read already');
		assert.deepEqual(faults(await review(hub.leader, now, ids.find((x) => x !== id && x !== other))), [409, 'wrong-state'], 'not drawn');
	});

	test('shows in the figures, as at each moment', async () => {
		const figures = async (asAt) => {
			const { figures: all } = await hub.manager.at(now).ok('GET', `/v1/metrics/follow-up?from=2027-03-01&to=2027-03-08&as_at=${asAt}`);
			return ['sample_read', 'sample_was_needed'].map((name) => all.find((f) => f.name === name)).map((f) => [f.numerator, f.denominator]);
		};
		assert.deepEqual(await figures('2027-03-07T00:00:00Z'), [[0, 0], [0, 0]]);
		assert.deepEqual(await figures('2027-03-08T09:00:00Z'), [[0, 2], [0, 0]]);
		assert.deepEqual(await figures(now), [[1, 2], [1, 1]]);
	});
});
