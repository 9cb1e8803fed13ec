// The flags' invariant from outside: whatever happens to a referral, and whether or not a sweep runs meanwhile, each timing
// that was past due while its follow-up was open has exactly one flag in the end, cleared as that timing ended. What must be
// there is worked out from the timeline, which is the ledger of every clock.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const [TUE, WED] = ['2027-03-02', '2027-03-03'];
const END = at('17:00', WED);

let hub;
before(async () => { hub = await startHub('flags invariant'); });
after(() => hub?.stop());

// ---- the ledger: [follow-up, timing, due, ended by] of each timing that was late

function* lateTimings(events, now) {
	const open = new Map();
	function* close(event, endedBy) {
		const timing = open.get(event.follow_up_id);
		open.delete(event.follow_up_id);
		if (timing.due !== null && timing.due < event.recorded_at) yield [event.follow_up_id, timing.number, timing.due, endedBy(timing)];
	}
	for (const event of events) {
		const { follow_up_id: id, data } = event;
		if (event.type === 'follow_up_opened') open.set(id, { number: 1, due: data.due_at });
		if (event.type === 'follow_up_met') yield* close(event, (timing) => (event.occurred_at <= timing.due ? 'met_in_time_logged_late' : 'met'));
		if (event.type === 'follow_up_waived') yield* close(event, () => 'waived');
		if (event.type === 'follow_up_cancelled') yield* close(event, () => 'cancelled');
		if (event.type === 'follow_up_retimed') {
			yield* close(event, () => 'retimed');
			open.set(id, { number: data.timing, due: data.due_at });
		}
	}
	for (const [id, timing] of open) if (timing.due !== null && timing.due < now.replace('Z', '.000000Z')) yield [id, timing.number, timing.due, null];
}

const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();

// Oldest breach first, as the list gives them; of one moment's by kind and timing.
const byBreach = (a, b) => a.breached_at.localeCompare(b.breached_at) || a.kind.localeCompare(b.kind) || a.timing - b.timing;

// Levels above the breach: each timing has them without a gap, later than the one before, told as escalations, and ended together.
function ladder(flags, events) {
	const timings = Map.groupBy(flags, (g) => `${g.follow_up_id} ${g.timing}`);
	for (const levels of timings.values()) {
		levels.sort((a, b) => a.level - b.level);
		assert.deepEqual(levels.map((g) => g.level), levels.map((_, i) => i + 1));
		assert.equal(new Set(levels.map((g) => `${g.cleared_at} ${g.cleared_by}`)).size, 1, JSON.stringify(levels));
		for (let i = 1; i < levels.length; i++) assert.ok(levels[i].breached_at > levels[i - 1].breached_at, JSON.stringify(levels));
	}
	const told = sorted(events.filter((e) => e.type === 'flag_escalated').map((e) => [e.follow_up_id, e.data.timing, e.data.level]));
	assert.deepEqual(told, sorted(flags.filter((g) => g.level > 1).map((g) => [g.follow_up_id, g.timing, g.level])));
}

// Returns the kinds and ends of the flags, oldest breach first.
async function invariant(id, now) {
	const { items: events, next } = await hub.manager.at(now).ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
	assert.equal(next, null);
	const all = await hub.flags(now, `referral_id=${id}&limit=200`);
	const flags = all.filter((g) => g.level === 1);
	ladder(all, events);
	assert.deepEqual(sorted(flags.map((g) => [g.follow_up_id, g.timing, g.breached_at, g.cleared_by])), sorted([...lateTimings(events, now)]));
	const told = (type) => sorted(events.filter((e) => e.type === type).map((e) => [e.follow_up_id, e.data.timing]));
	assert.deepEqual(told('flag_raised'), sorted(flags.map((g) => [g.follow_up_id, g.timing])));
	assert.deepEqual(told('flag_cleared'), sorted(all.filter((g) => g.cleared_by).map((g) => [g.follow_up_id, g.timing])));
	for (const g of all) assert.ok(g.raised_at > g.breached_at && (g.cleared_at === null || g.cleared_at >= g.raised_at), JSON.stringify(g));
	const { items: followUps } = await hub.manager.at(now).ok('GET', `/v1/referrals/${id}/follow-ups`);
	for (const g of all.filter((f) => f.cleared_by === null)) {
		const owner = followUps.find((f) => f.id === g.follow_up_id);
		assert.deepEqual([owner.state, owner.timing, owner.overdue], ['open', g.timing, true]);
	}
	const breaches = all.map((g) => g.breached_at);
	assert.deepEqual(breaches, breaches.toSorted());
	return flags.toSorted(byBreach).map((g) => `${g.kind} ${g.cleared_by}`);
}

// ---- what can happen

const screen = (rating, more = {}) => (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
	rating, reason: 'Read.', clarification_needed: true, topics: ['significant_harm'], ...more } });
// The second person agrees in the same moment.
const unneeded = (rating) => (id, now) => hub.screen(now, id, rating, false);
const talk = (heldAt) => (id, now) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: {
	result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', held_at: heldAt } });
const waive = (kind) => async (id, now) => {
	const { id: followUp } = await hub.followUp(now, id, kind);
	await hub.manager.at(now).ok('POST', `/v1/follow-ups/${followUp}/waiver`, { body: { reason: 'Sent in error.' } });
};
const nothing = () => {};

// Received Monday at ten: triage is due at twelve. Nobody decides anything here: next steps and outcome are owed all along, red
// ones by two o'clock, others by ten on Tuesday, a green one's outcome by ten on Thursday. What a red one is still owed after closing
// at five is for duty, by half past: whoever touches it when less of the day is left than it was given opens that. Each ends with
// what must stand at the end.
const undecided = (end) => [`decide_next_steps ${end}`, `decide_outcome ${end}`];
const histories = {
	'nothing late': [[[at('11:00'), screen('green')], [at('10:00', TUE), talk(at('10:00', TUE))]], []],
	'at the due instant nothing is late': [[[at('12:00'), screen('red')], [at('14:00'), talk(at('14:00'))]], []],
	'left undone': [[[at('13:00'), nothing], [at('13:30'), nothing]], ['triage null', ...undecided(null)]],
	'met late': [[[at('13:00'), screen('green')], [at('15:00', TUE), talk(at('15:00', TUE))]], ['triage met', 'decide_next_steps null', 'discuss met']],
	'met in time and written down late': [[[at('13:00'), screen('red', { screened_at: at('11:00') })], [at('15:00'), talk(at('13:59'))]],
		['triage met_in_time_logged_late', ...undecided(null), 'discuss met_in_time_logged_late', 'out_of_hours_handover null']],
	'breach, re-time, breach again, met late': [[[at('12:00'), screen('green')], [at('13:00'), screen('red')], [at('15:30'), screen('green')], [at('13:00', TUE), talk(at('13:00', TUE))]],
		[...undecided('retimed'), 'discuss retimed', 'decide_next_steps null', 'discuss met']],
	'breach, re-time, breach again, left undone': [[[at('12:00'), screen('red')], [at('14:30'), screen('green')], [at('13:00', TUE), nothing]],
		[...undecided('retimed'), 'discuss retimed', 'decide_next_steps null', 'discuss null']],
	're-timed into the past': [[[at('12:00'), screen('green')], [at('16:00'), screen('red')], [at('16:30'), talk(at('16:30'))]], [...undecided(null), 'discuss met', 'out_of_hours_handover null']],
	'waived late': [[[at('12:00'), screen('red')], [at('15:00'), waive('discuss')]], [...undecided(null), 'discuss waived', 'out_of_hours_handover null']],
	'waived in time': [[[at('12:00'), screen('red')], [at('14:00'), waive('discuss')]], []],
	'not needed any more, late': [[[at('12:00'), screen('red')], [at('15:00'), unneeded('red')]], [...undecided(null), 'discuss cancelled', 'out_of_hours_handover null']],
	'not needed any more, late, and green: re-timed before anybody has agreed': [[[at('12:00'), screen('red')], [at('15:00'), unneeded('green')]], [...undecided('retimed'), 'discuss retimed']],
	'needed again after it was late': [[[at('12:00'), screen('red')], [at('15:00'), unneeded('green')], [at('16:00'), screen('red')], [at('21:00'), nothing]],
		['decide_next_steps retimed', 'decide_next_steps null', 'decide_outcome retimed', 'decide_outcome null', 'discuss retimed', 'out_of_hours_handover null', 'discuss null']],
	'the call logged before its screening, in time': [[[at('11:00'), talk(at('10:40'))], [at('11:30'), screen('red', { screened_at: at('10:30') })]], []],
	'the call logged before its screening, late': [[[at('15:00'), talk(at('14:30'))], [at('15:10'), screen('red', { screened_at: at('11:00') })]],
		['triage met_in_time_logged_late', ...undecided(null), 'discuss met', 'out_of_hours_handover null']],
	'need found in the past, late at once': [[[at('15:10'), screen('red', { screened_at: at('11:00') })]],
		['triage met_in_time_logged_late', ...undecided(null), 'discuss null', 'out_of_hours_handover null']],
};

for (const [mode, sweeps] of [['a sweep after every step', 1], ['two sweeps after every step', 2], ['no sweep until the end', 0]]) {
	describe(mode, () => {
		for (const [name, [steps, expected]] of Object.entries(histories)) {
			test(name, async () => {
				const { id } = await hub.refer(at('10:00'));
				for (const [now, step] of steps) {
					// What became late since the last step is seen before it, too.
					for (let i = 0; i < sweeps; i++) await hub.sweep(now);
					await step(id, now);
					for (let i = 0; i < sweeps; i++) await hub.sweep(now);
				}
				const last = expected.some((flag) => flag.endsWith(' null')) ? END : steps.at(-1)[0];
				await hub.sweep(last);
				assert.deepEqual(await invariant(id, last), expected);
			});
		}
	});
}

test('four sweepers at once, while people end and re-time what is late', async () => {
	const now = at('15:00');
	const ids = [];
	for (let i = 0; i < 24; i++) {
		const { id } = await hub.refer(at('10:00'));
		if (i % 4 > 0) await hub.screen(at('11:00'), id, 'red');
		ids.push(id);
	}
	const acts = [screen('green'), talk(now), screen('green'), waive('discuss')];
	const sweeper = async () => { for (let i = 0; i < 6; i++) await hub.sweep(now); };
	await Promise.all([...ids.map((id, i) => acts[i % 4](id, now)), sweeper(), sweeper(), sweeper(), sweeper()]);
	await hub.sweep(now);
	const ends = [['triage met'], [...undecided(null), 'discuss met'], [...undecided('retimed'), 'discuss retimed'], [...undecided(null), 'discuss waived']];
	for (const [i, id] of ids.entries()) assert.deepEqual(await invariant(id, now), ends[i % 4]);
});
