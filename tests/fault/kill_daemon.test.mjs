// SIGKILL for the daemon, twenty times under load: what was answered is stored whole, nothing is half there, and a post
// whose answer never came takes effect once when it is sent again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDaemon } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';
import { allAnsweredAreThere, eachOnce, nothingIsHalfThere, storedKeys } from './integrity.mjs';
import { Load, seeded } from './load.mjs';

const KILLS = 20;
const random = seeded(20260301);
let hub, load;
before(async () => {
	hub = await startHub('kill_daemon', { MASHD_SWEEP_INTERVAL_MS: '5000', MASHD_COMPARE_INTERVAL_MS: '1000' });
	load = new Load({ port: hub.daemon.port, apiKey: hub.agency.key, random });
});
after(async () => {
	await load?.stop().catch(() => {});
	await hub?.stop();
});

test(`${KILLS} kills: every answer that was given stands`, async () => {
	load.start();
	for (let kill = 0; kill < KILLS; kill++) {
		await load.stores(1 + random.below(100));
		assert.deepEqual(await hub.daemon.kill('SIGKILL'), { code: null, signal: 'SIGKILL' });
		hub.daemon = await startDaemon(hub.db, { port: hub.daemon.port });
	}
	const isAddition = (post) => post.receipt?.outcome === 'additional_information';
	do await load.stores(20); while (!load.posts.some(isAddition)); // both ways were gone
	await load.stop();
	load.say('killed');
	assert.ok(load.lost >= KILLS, 'the kills met requests');
	assert.deepEqual(load.posts.flatMap((post) => post.refusals), [], 'nobody was refused');
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, load.posts);
});

test('what had no answer, sent again with its key: exactly one each', async () => {
	const cut = load.unanswered();
	const there = await storedKeys(hub.db);
	await load.again();
	console.log(`${cut.length} had no answer, ${cut.filter((post) => there.has(post.key)).length} of them were stored`);
	await nothingIsHalfThere(hub.db);
	await allAnsweredAreThere(hub.db, load.posts);
	await eachOnce(hub.db, load.posts);
});
