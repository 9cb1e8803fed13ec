// The database's clock a day off the daemon's: the database's rules, and what one transaction tells stands in its order. The
// test header sets the clock of the database's statements alone; the daemon makes its identifiers by its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHub } from '../support/hub.mjs';

const HOUR = 3_600_000;
let hub;
before(async () => { hub = await startHub('clock off'); });
after(() => hub?.stop());

for (const [name, off] of [['behind', -24 * HOUR], ['ahead', 24 * HOUR]]) {
	describe(`a day ${name}`, () => {
		const start = Math.floor((Date.now() + off) / 60_000) * 60_000;
		const at = (hours) => new Date(start + hours * HOUR).toISOString();
		const exact = (hours) => at(hours).replace('000Z', '000000Z');

		test('due instants, levels and ends go by the database', async () => {
			const { id } = await hub.refer(at(0));
			await hub.screen(at(0.5), id, 'red');
			const discuss = await hub.followUp(at(0.5), id, 'discuss');
			assert.deepEqual([discuss.started_at, discuss.due_at, discuss.overdue], [exact(0.5), exact(4), false]);
			assert.equal((await hub.followUp(at(4.1), id, 'discuss')).overdue, true);
			await hub.manager.at(at(5)).ok('POST', `/v1/follow-ups/${discuss.id}/waiver`, { body: { reason: 'Known already.' } });
			const [flag] = await hub.flags(at(5), `referral_id=${id}&kind=discuss`);
			assert.deepEqual([flag.level, flag.breached_at, flag.raised_at, flag.cleared_at, flag.late_minutes], [1, exact(4), exact(5), exact(5), 60]);
			const { items } = await hub.practitioner.at(at(5)).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
			const ending = items.filter((e) => e.recorded_at === exact(5) && e.follow_up_id === discuss.id).map((e) => e.type);
			assert.deepEqual([ending[0], ending.filter((type) => type === 'follow_up_waived').length, ending.at(-1)], ['flag_raised', 1, 'flag_cleared']);
			assert.ok(ending.indexOf('follow_up_waived') < ending.indexOf('flag_cleared'));
		});

		test('so does a sweep', async () => {
			const { id } = await hub.refer(at(0), { immediate_protection_needed: true });
			await hub.sweep(at(1.5));
			const [flag] = await hub.flags(at(1.5), `referral_id=${id}&kind=triage`);
			assert.deepEqual([flag.level, flag.breached_at, flag.raised_at], [1, exact(1), exact(1.5)]);
		});
	});
}
