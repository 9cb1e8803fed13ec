// What is told before and after a due instant, over HTTP: the warning, the breach, the rungs of the ladder, each once, each with
// its exact instant, whether a sweep came by in time or not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const [TUE, SAT, MON] = ['2027-03-02', '2027-03-06', '2027-03-08'];
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;

let hub;
before(async () => { hub = await startHub('ladder'); });
after(() => hub?.stop());

// A red referral whose discussion is due at 14:00: warned of at 13:00, the manager is told at 15:00, the admin on Tuesday.
async function red() {
	const { id } = await hub.refer(at('10:00'));
	await hub.screen(at('10:30'), id, 'red');
	assert.equal((await hub.followUp(at('10:30'), id, 'discuss')).due_at, exact('14:00'));
	return id;
}
const flags = async (now, referral, kind = 'discuss') => (await hub.flags(now, `referral_id=${referral}&kind=${kind}`)).toSorted((a, b) => a.timing - b.timing || a.level - b.level);
async function told(now, referral, ...types) {
	const { items } = await hub.practitioner.at(now).ok('GET', `/v1/referrals/${referral}/timeline?limit=200`);
	return items.filter((e) => e.data.kind === 'discuss' && types.includes(e.type));
}
const state = async (now, referral) => (({ level, warned_at: warned, overdue }) => [level, warned, overdue])(await hub.followUp(now, referral, 'discuss'));

describe('swept in time', () => {
	test('a warning before, and each rung once', async () => {
		const id = await red();
		await hub.sweep(at('13:00'));
		assert.deepEqual(await state(at('13:00'), id), [0, null, false], 'not before its instant has passed');
		await hub.sweep(at('13:01'));
		await hub.sweep(at('13:02'));
		assert.deepEqual(await state(at('13:02'), id), [0, exact('13:01'), false]);
		const [warning, ...more] = await told(at('13:02'), id, 'follow_up_warned');
		assert.deepEqual([warning.occurred_at, warning.recorded_at, warning.data.due_at, more], [exact('13:00'), exact('13:01'), exact('14:00'), []]);
		assert.deepEqual(await flags(at('13:02'), id), [], 'a warning is no flag');
		for (const [now, level] of [[at('14:01'), 1], [at('15:00'), 1], [at('15:01'), 2], [at('14:00', TUE), 2], [at('14:01', TUE), 3], [at('16:00', TUE), 3]]) {
			await hub.sweep(now);
			await hub.sweep(now);
			assert.equal((await state(now, id))[0], level, now);
		}
		assert.deepEqual((await flags(at('16:00', TUE), id)).map((g) => [g.level, g.role, g.breached_at, g.raised_at, g.cleared_at]), [
			[1, null, exact('14:00'), exact('14:01'), null], [2, 'manager', exact('15:00'), exact('15:01'), null], [3, 'manager', exact('14:00', TUE), exact('14:01', TUE), null]]);
		assert.deepEqual((await told(at('16:00', TUE), id, 'flag_raised', 'flag_escalated')).map((e) => [e.type, e.data.level, e.data.role, e.occurred_at]), [
			['flag_raised', 1, undefined, exact('14:00')], ['flag_escalated', 2, 'manager', exact('15:00')], ['flag_escalated', 3, 'manager', exact('14:00', TUE)]]);
	});

	test('the end clears all of them', async () => {
		const id = await red();
		await hub.sweep(at('15:30'));
		await hub.practitioner.at(at('16:00')).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: {
			result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', topics: [] } });
		assert.deepEqual((await flags(at('16:00'), id)).map((g) => [g.level, g.cleared_at, g.cleared_by]), [[1, exact('16:00'), 'met'], [2, exact('16:00'), 'met']]);
		assert.deepEqual((await told(at('16:00'), id, 'follow_up_met', 'flag_cleared')).map((e) => [e.type, e.data.level]), [['follow_up_met', undefined], ['flag_cleared', 1], ['flag_cleared', 2]]);
		await hub.sweep(at('16:00', TUE));
		assert.equal((await flags(at('16:00', TUE), id)).length, 2, 'nothing escalates what is done');
	});

	test('another time begins another ladder', async () => {
		const id = await red();
		await hub.sweep(at('15:30'));
		await hub.screen(at('15:40'), id, 'green');
		assert.deepEqual(await state(at('15:40'), id), [0, null, false]);
		await hub.sweep(at('12:00', TUE));
		assert.deepEqual((await flags(at('12:00', TUE), id)).map((g) => [g.timing, g.level, g.breached_at, g.cleared_by]), [
			[1, 1, exact('14:00'), 'retimed'], [1, 2, exact('15:00'), 'retimed'], [2, 1, exact('10:30', TUE), null], [2, 2, exact('11:30', TUE), null]]);
	});
});

describe('not swept at all', () => {
	test('whoever ends it writes down every level that was reached, cleared', async () => {
		const id = await red();
		const { id: discuss } = await hub.followUp(at('15:00', TUE), id, 'discuss');
		await hub.manager.at(at('15:00', TUE)).ok('POST', `/v1/follow-ups/${discuss}/waiver`, { body: { reason: 'Known already.' } });
		assert.deepEqual((await flags(at('15:00', TUE), id)).map((g) => [g.level, g.breached_at, g.raised_at, g.cleared_by]), [
			[1, exact('14:00'), exact('15:00', TUE), 'waived'], [2, exact('15:00'), exact('15:00', TUE), 'waived'], [3, exact('14:00', TUE), exact('15:00', TUE), 'waived']]);
		const events = await told(at('15:00', TUE), id, 'follow_up_warned', 'flag_raised', 'flag_escalated', 'follow_up_waived', 'flag_cleared');
		assert.deepEqual(events.map((e) => [e.type, e.data.level]), [['flag_raised', 1], ['flag_escalated', 2], ['flag_escalated', 3], ['follow_up_waived', undefined],
			['flag_cleared', 1], ['flag_cleared', 2], ['flag_cleared', 3]], 'in this order, and no warning that nobody gave');
	});

	test('nobody is warned of what is due already', async () => {
		const id = await red();
		await hub.sweep(at('14:01'));
		assert.deepEqual(await state(at('14:01'), id), [1, null, true]);
		assert.deepEqual(await told(at('14:01'), id, 'follow_up_warned'), []);
	});
});

describe('out of hours', () => {
	test('only where the policy says so: the duty worker\'s handover at night, the rest from the next opening on', async () => {
		const { id } = await hub.refer(at('02:00', SAT), { immediate_protection_needed: true });
		await hub.sweep(at('04:00', SAT));
		const handover = await flags(at('04:00', SAT), id, 'out_of_hours_handover');
		assert.deepEqual(handover.map((g) => [g.level, g.role, g.breached_at]), [[1, null, exact('02:30', SAT)], [2, 'manager', exact('02:45', SAT)]]);
		assert.deepEqual((await flags(at('04:00', SAT), id, 'triage')).map((g) => [g.level, g.breached_at]), [[1, exact('03:00', SAT)]]);
		await hub.sweep(at('10:01', MON));
		assert.deepEqual((await flags(at('10:01', MON), id, 'triage')).map((g) => [g.level, g.breached_at]), [[1, exact('03:00', SAT)], [2, exact('10:00', MON)]]);
	});
});

test('a refused post has its ladder, too', async () => {
	await hub.agency.at(at('10:00')).post('/v1/referrals', { children: [], concerns: [] });
	await hub.sweep(at('15:01'));
	const standing = (await hub.flags(at('15:01'), 'kind=resubmission')).filter((g) => g.referral_id === null);
	assert.deepEqual(standing.map((g) => [g.level, g.role, g.breached_at]), [[1, null, exact('14:00')], [2, 'manager', exact('15:00')]]);
});
