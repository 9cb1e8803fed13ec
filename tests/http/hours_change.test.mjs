// When the hub's hours change: whether duty has to take a red referral over is asked anew, for what is open, as a screening would
// ask it. Each test has a Friday of its own in the first weeks of 2027: clocks are in winter time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

let hub, duty, admin;
before(async () => {
	hub = await startHub('hours_change');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const key = async (name, role) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--staff', await ctl('staff', 'add', '--name', name, '--role', role), '--role', role) });
	[duty, admin] = [await key('D. Duty', 'duty'), await key('A. Admin', 'admin')];
});
after(() => hub?.stop());

const KIND = 'out_of_hours_handover';
// Days and clocks of the n-th week: 0 is its Friday.
const week = (n) => (clock, day = 0) => `${new Date(Date.UTC(2027, 0, 8 + 7 * n + day)).toISOString().slice(0, 10)}${clock ? `T${clock}:00Z` : ''}`;
const exact = (instant) => instant.replace('Z', '.000000Z');
const red = async (now) => (await hub.refer(now, { immediate_protection_needed: true })).id;
const whole = (id, now) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
const handovers = async (id, now) => (await whole(id, now)).follow_ups.filter((f) => f.kind === KIND).map((f) => [f.state, f.started_at, f.due_at]);
const half = (clock) => exact(new Date(Date.parse(clock) + 30 * 60_000).toISOString().replace('.000', ''));
const from = (state, start) => [state, exact(start), half(start)];

const hours = (date, opens, closes) => ({ date, kind: 'other_hours', title: 'Moving house', hours: [{ opens, closes }] });
const saturday = (date, opens, closes) => ({ ...hours(date, opens, closes), kind: 'extra_working_day' });
async function calendarWith(now, ...days) {
	const { items } = await hub.manager.at(now).ok('GET', '/v1/calendars');
	const { json, headers } = await hub.manager.at(now).get(`/v1/calendars/${items.find((c) => c.is_default).id}`);
	const document = Object.fromEntries(['name', 'time_zone', 'covers_from', 'covers_until', 'hours', 'days'].map((name) => [name, json[name]]));
	document.days = document.days.filter((d) => d.title !== 'Moving house').concat(days).toSorted((a, b) => (a.date < b.date ? -1 : 1));
	return { id: json.id, etag: headers.etag, document };
}
async function change(now, ...days) {
	const { id, etag, document } = await calendarWith(now, ...days);
	const { status, text, json } = await hub.manager.at(now).put(`/v1/calendars/${id}`, document, { 'if-match': etag });
	assert.equal(status, 200, text);
	assert.equal(json.retimed_at, exact(now));
}
async function tryIt(now, ...days) {
	const { id, document } = await calendarWith(now, ...days);
	const { items, by_kind: kinds, opened, cancelled } = await hub.manager.at(now).ok('POST', `/v1/calendars/${id}/dry-run`, { body: document });
	const { opened: of, cancelled: not } = kinds.find((k) => k.kind === KIND) ?? { opened: 0, cancelled: 0 };
	assert.deepEqual([of, not], [opened, cancelled], 'nothing else comes or goes');
	return { opened, cancelled, items: items.filter((i) => i.kind === KIND) };
}

describe('the hub closes earlier', () => {
	test('than a red one falls due: handed over at that closing; taken back, not any more', async () => {
		const at = week(0);
		const id = await red(at('12:30')); // due 16:30
		assert.deepEqual(await handovers(id, at('12:30')), []);
		await hub.compare();
		const before_ = await whole(id, at('13:00'));
		const closing = hours(at(), '09:00', '15:00');
		const { items, ...counts } = await tryIt(at('13:00'), closing);
		assert.deepEqual(counts, { opened: 1, cancelled: 0 });
		assert.deepEqual(items.map((i) => [i.referral_id, i.change, i.started_at, i.due_at_before, i.due_at]), [[id, 'opened', exact(at('15:00')), null, exact(at('15:30'))]]);
		assert.deepEqual(await whole(id, at('13:00')), before_, 'a dry-run leaves nothing');

		await change(at('13:00'), closing);
		const record = await whole(id, at('13:00'));
		assert.deepEqual(await handovers(id, at('13:00')), [from('open', at('15:00'))]);
		assert.equal(record.version, before_.version + 1);
		const { items: events } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const told = events.filter((e) => e.type === 'follow_up_opened' && e.data.kind === KIND);
		assert.deepEqual(told.map((e) => [e.actor.id, e.version]), [[hub.managerId, record.version]]);
		await change(at('13:05'), closing);
		assert.equal((await whole(id, at('13:05'))).version, record.version, 'said again, nothing comes of it');

		assert.deepEqual(await tryIt(at('13:30')).then(({ items: [item], ...rest }) => [item.referral_id, item.change, item.due_at_before, item.due_at, rest]),
			[id, 'cancelled', exact(at('15:30')), null, { opened: 0, cancelled: 1 }]);
		await change(at('13:30'));
		assert.deepEqual(await handovers(id, at('13:30')), [from('cancelled', at('15:00'))]);
	});

	test('at once: handed over from now on', async () => {
		const at = week(1);
		const id = await red(at('12:30'));
		await change(at('14:30'), hours(at(), '09:00', '14:00'));
		assert.deepEqual(await handovers(id, at('14:30')), [from('open', at('14:30'))]);
		await hub.sweep(at('15:01'));
		assert.deepEqual((await whole(id, at('15:01'))).flags.filter((g) => g.kind === KIND).map((g) => g.breached_at), [exact(at('15:00'))]);
	});

	test('than an amber one falls due: nobody is asked', async () => {
		const at = week(2);
		const { id } = await hub.refer(at('12:30'));
		await change(at('13:00'), hours(at(), '09:00', '15:00'));
		assert.deepEqual(await handovers(id, at('13:00')), []);
	});
});

describe('the hub stays open longer', () => {
	test('than a red one has: nothing to hand over', async () => {
		const at = week(3);
		const id = await red(at('13:30')); // due 17:30
		assert.deepEqual(await handovers(id, at('13:30')), [from('open', at('17:00'))]);
		await change(at('14:00'), hours(at(), '09:00', '18:00'));
		assert.deepEqual(await handovers(id, at('14:00')), [from('cancelled', at('17:00'))]);
	});

	test('but not long enough: handed over at the other closing', async () => {
		const at = week(4);
		const id = await red(at('13:30'));
		const { opened, cancelled } = await tryIt(at('14:00'), hours(at(), '09:00', '17:15'));
		assert.ok(opened >= 1, 'with those of other weeks that nobody has finished');
		assert.equal(cancelled, 1);
		await change(at('14:00'), hours(at(), '09:00', '17:15'));
		assert.deepEqual(await handovers(id, at('14:00')), [from('cancelled', at('17:00')), from('open', at('17:15'))]);
		assert.equal((await whole(id, at('17:16'))).flags.length, 0);
	});

	test('on a day that was none: what nobody took all night is the hub\'s again, whenever it was due', async () => {
		const at = week(5);
		await change(at('09:00'));
		await hub.db.query(`UPDATE calendar SET retime_from = 'infinity'`); // as a minute later: of the changes before this one nothing is left
		const [friday, night] = [await red(at('16:00')), await red(at('02:00', 1))];
		const { follow_ups: open } = await whole(friday, at('16:00'));
		for (const { id, kind } of open.filter((f) => f.state === 'open' && f.due_at >= at('00:00', 1))) await hub.manager.at(at('16:10')).ok('POST', `/v1/follow-ups/${id}/waiver`, { body: { reason: `No ${kind}: all that is left was due on Friday.` } });
		await hub.sweep(at('09:00', 1));
		assert.deepEqual(await handovers(friday, at('09:00', 1)), [from('open', at('17:00'))]);
		await change(at('10:00', 1), saturday(at('', 1), '09:00', '15:00')); // long enough to finish it
		assert.deepEqual(await handovers(friday, at('10:00', 1)), [from('cancelled', at('17:00'))]);
		assert.deepEqual(await handovers(night, at('10:00', 1)), [from('cancelled', at('02:00', 1))]);
		assert.deepEqual((await whole(friday, at('10:00', 1))).flags.filter((g) => g.kind === KIND).map((g) => g.cleared_by), Array(2).fill('cancelled'));
	});

	test('duty that has it keeps it; it goes back after the earlier opening', async () => {
		const at = week(6);
		const id = await red(at('16:00'));
		const taken = await duty.at(at('17:05')).ok('POST', `/v1/referrals/${id}/handover/acceptance`, { body: {} });
		const back = (record) => record.follow_ups.filter((f) => f.kind === 'out_of_hours_return').map((f) => f.due_at);
		assert.deepEqual(back(taken), [exact(at('10:00', 3))]);
		await change(at('18:00'), saturday(at('', 1), '09:00', '12:00'));
		const record = await whole(id, at('18:00'));
		assert.deepEqual(back(record), [exact(at('10:00', 1))]);
		assert.deepEqual(await handovers(id, at('18:00')), [['met', exact(at('17:00')), exact(at('17:30'))]]);
	});
});

test('a policy that gives a red one more time than the hub has left asks for duty, too', async () => {
	const at = week(7);
	const id = await red(at('12:30')); // due 16:30
	const shipped = JSON.parse(readFileSync(new URL('../../api/policies/england.json', import.meta.url)));
	const longer = (rule) => ({ ...rule, due: rule.due.map((d) => (d.when?.rating === 'red' ? { ...d, amount: 300 } : d)) });
	const rules = shipped.rules.map((rule) => (rule.kind === 'decide_outcome' ? longer(rule) : rule));
	const { id: policy } = await admin.ok('POST', '/v1/policies', { body: { name: 'ours', version: '1', rules } });
	const dry = await hub.manager.at(at('13:00')).ok('POST', `/v1/policies/${policy}/dry-run?limit=200`);
	assert.deepEqual(dry.items.filter((i) => i.referral_id === id).map((i) => [i.kind, i.change, i.due_at]).toSorted(),
		[['decide_outcome', 'later', exact(at('17:30'))], [KIND, 'opened', exact(at('17:30'))]]);
	await hub.manager.at(at('13:00')).ok('POST', `/v1/policies/${policy}/activation`, { body: { reason: 'Agreed.', retime_open: true } });
	assert.deepEqual(await handovers(id, at('13:00')), [from('open', at('17:00'))]);
});
