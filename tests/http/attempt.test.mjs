// recordContactAttempt: what counts as a discussion (DOMAIN section 5) and what does not, when it may have been held, what
// becomes of the topics.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const FRIDAY = '2027-02-26'; // the working day before DAY
const held = (more = {}) => ({ result: 'discussed', method: 'phone', counterpart: 'referrer', shared_understanding: 'yes', ...more });
const missed = (more = {}) => ({ result: 'no_answer', method: 'phone', counterpart: 'referrer', ...more });
let hub;
const staff = {};

before(async () => {
	hub = await startHub('attempt');
	for (const [name, ...roles] of [['practitioner', 'practitioner'], ['manager', 'manager'], ['support', 'support'], ['duty', 'duty'], ['both', 'support', 'practitioner']]) {
		const said = roles.flatMap((role) => ['--role', role]);
		staff[name] = (await mashctl(hub.db, 'staff', 'add', '--name', `Mx ${name}`, ...said)).stdout.trim();
	}
});
after(() => hub?.stop());

const attempt = (id, now, body, who = hub.practitioner) => who.at(now).post(`/v1/referrals/${id}/contact-attempts`, body);
async function logged(id, now, body, who) {
	const answer = await attempt(id, now, body, who);
	assert.equal(answer.status, 201, answer.text);
	assert.equal(answer.headers.etag, `"${answer.json.version}"`);
	return answer.json;
}
const whole = (id, now = at('12:00')) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
async function needing(received = at('10:00'), screened = at('10:30'), members = {}) {
	const { id } = await hub.refer(received, members);
	await hub.screen(screened, id, 'green');
	return id;
}
const discuss = (followUps) => followUps.findLast((f) => f.kind === 'discuss');
async function refused(answer, type, pointer) {
	const { status, json } = await answer;
	assert.deepEqual([status, json.type, json.errors?.[0].pointer], [422, `/problems/${type}`, pointer], JSON.stringify(json));
}

describe('what counts as a discussion', () => {
	const results = ['discussed', 'written_reply', 'no_answer', 'message_left', 'unavailable', 'wrong_person', 'declined', 'not_contactable'];
	const methods = ['phone', 'video', 'in_person', 'email', 'message'];
	const counterparts = ['referrer', 'person_with_direct_knowledge', 'agency_deputy', 'record_reader'];
	// The words of DOMAIN section 5, as the only combinations that there are.
	const counting = new Set(['phone', 'video', 'in_person'].flatMap((m) => ['referrer', 'person_with_direct_knowledge'].flatMap((c) =>
		['practitioner', 'manager', 'both'].map((h) => `discussed ${m} ${c} ${h}`))));

	for (const holder of ['practitioner', 'manager', 'both', 'support', 'duty']) {
		test(`held by ${holder}: all results, methods and counterparts`, async () => {
			const open = await needing();
			for (const result of results) for (const method of methods) for (const counterpart of counterparts) {
				const name = `${result} ${method} ${counterpart} ${holder}`;
				const counts = counting.has(name);
				const id = counts ? await needing() : open;
				const body = { result, method, counterpart, held_by: staff[holder], held_at: at('11:00'), ...(result === 'discussed' ? { shared_understanding: 'partly' } : {}) };
				const isLive = !['email', 'message'].includes(method);
				if (isLive ? result === 'written_reply' : result === 'no_answer') {
					await refused(attempt(id, at('11:30'), body), 'rule-broken', '/method');
					continue;
				}
				const said = await logged(id, at('11:30'), body);
				assert.deepEqual(said.why_not, [
					...(result === 'discussed' ? [] : ['not_discussed']), ...(isLive ? [] : ['not_live']), ...(/^(referrer|person)/.test(counterpart) ? [] : ['counterpart_not_direct']),
					...(['support', 'duty'].includes(holder) ? ['holder_not_practitioner'] : [])], name);
				assert.equal(said.counts_as_discussion, counts, name);
				assert.equal(said.held_by, staff[holder]);
				assert.equal(said.recorded_by, hub.staffId);
				const owed = discuss(said.follow_ups);
				assert.deepEqual([owed.state, owed.met_at, owed.met_recorded_at], counts ? ['met', exact('11:00'), exact('11:30')] : ['open', null, null], name);
				assert.equal(said.referral.discussed, counts ? 'yes' : 'attempted', name);
			}
		});
	}

	test('who records it makes no difference: who held it does', async () => {
		const { counts_as_discussion: counts, recorded_by: by, held_by: holder } = await logged(await needing(), at('11:00'), held({ held_by: staff.support }), hub.manager);
		assert.deepEqual([counts, by, holder], [false, hub.managerId, staff.support]);
		const own = await logged(await needing(), at('11:00'), held(), hub.manager);
		assert.deepEqual([own.counts_as_discussion, own.held_by, own.held_at], [true, hub.managerId, exact('11:00')]);
	});

	test('people talk to people: a system records none', async () => {
		const answer = await attempt(await needing(), at('11:00'), held({ held_by: hub.staffId }), hub.system);
		assert.deepEqual([answer.status, answer.json.type], [403, '/problems/forbidden']);
	});
});

describe('the standing: yes, attempted, not needed, no', () => {
	const steps = {
		unneeded: (id, now) => hub.screen(now, id, 'green', false), needed: (id, now) => hub.screen(now, id, 'green'),
		missed: (id, now) => logged(id, now, missed()), written: (id, now) => logged(id, now, { ...missed(), result: 'written_reply', method: 'email' }),
		declined: (id, now) => logged(id, now, { ...missed(), result: 'declined' }), held: (id, now) => logged(id, now, held()),
	};
	for (const [history, standing] of [
		['', 'no'], ['needed', 'no'], ['unneeded', 'not_needed'], ['unneeded needed', 'no'], ['missed', 'attempted'], ['declined', 'attempted'], ['needed written', 'attempted'],
		['missed unneeded', 'attempted'], ['unneeded missed', 'attempted'], ['held', 'yes'], ['held missed', 'yes'], ['missed held unneeded', 'yes'],
		// While a discussion is owed, only what came since it was asked for is told.
		['unneeded held needed', 'no'], ['held needed', 'no'], ['missed needed', 'no'], ['held needed missed', 'attempted'], ['held needed held', 'yes'], ['needed held needed', 'no'],
		['missed needed declined', 'attempted'], ['held needed unneeded', 'yes'], ['missed needed unneeded', 'attempted'], ['needed unneeded', 'not_needed']]) {
		test(`${history || 'nothing'}: ${standing}`, async () => {
			const { id } = await hub.refer(at('10:00'));
			for (const [i, step] of history.split(' ').filter(Boolean).entries()) await steps[step](id, at(`11:0${i}`));
			const record = await whole(id);
			assert.equal(record.discussed, standing);
			assert.equal(record.state, history ? 'in_progress' : 'received');
			const listed = await hub.manager.at(at('12:00')).ok('GET', `/v1/referrals?discussed=${standing}&limit=200`);
			assert.ok(listed.items.some((r) => r.id === id));
			const isOpen = discuss(record.follow_ups)?.state === 'open';
			assert.ok(!(isOpen && record.discussed === 'yes') && !(isOpen && record.discussed === 'not_needed'));
		});
	}

	test('a discussion before anybody asked for one meets nothing; need found later is owed', async () => {
		const { id } = await hub.refer(at('10:00'));
		assert.equal(discuss((await logged(id, at('10:10'), held())).follow_ups), undefined);
		const after_ = await hub.screen(at('10:30'), id, 'green');
		assert.equal(discuss(after_.follow_ups).state, 'open');
		assert.equal(discuss((await logged(id, at('11:00'), held())).follow_ups).state, 'met');
	});

	test('every discussion that is owed again is met again', async () => {
		const id = await needing();
		await logged(id, at('11:00'), held());
		const again = await hub.screen(at('11:10'), id, 'green');
		assert.equal(discuss(again.follow_ups).state, 'open');
		const { follow_ups: followUps, referral } = await logged(id, at('11:20'), held());
		assert.deepEqual(followUps.filter((f) => f.kind === 'discuss').map((f) => f.met_at), [exact('11:00'), exact('11:20')]);
		assert.equal(referral.next_due_at, followUps.find((f) => f.state === 'open')?.due_at ?? null);
	});
});

describe('when it was held', () => {
	test('a consultation up to one working day before receipt counts where no topic is left open', async () => {
		const id = await needing();
		const early = await logged(id, at('11:00'), held({ held_at: at('10:00', FRIDAY) }));
		assert.deepEqual([early.counts_as_discussion, early.confirmed_no_topic_open, early.referral.discussed, discuss(early.follow_ups).state], [false, false, 'no', 'open']);
		assert.deepEqual(early.why_not, ['held_before_receipt']);
		const confirmed = await logged(id, at('11:00'), held({ held_at: at('10:00', FRIDAY), confirmed_no_topic_open: true }));
		assert.deepEqual([confirmed.counts_as_discussion, confirmed.held_at, confirmed.referral.discussed], [true, exact('10:00', FRIDAY), 'yes']);
		assert.equal(discuss(confirmed.follow_ups).state, 'met');
	});

	for (const [moment, taken] of [[at('09:59', FRIDAY), false], [at('10:00', FRIDAY), true], [at('12:00', '2027-02-28'), true], ['2027-03-01T09:59:59.999999Z', true]]) {
		test(`held ${moment}, received Monday at ten: ${taken ? 'taken' : 'refused'}`, async () => {
			const id = await needing();
			const answer = attempt(id, at('11:00'), held({ held_at: moment, confirmed_no_topic_open: true }));
			if (!taken) {
				await refused(answer, 'rule-broken', '/held_at');
				assert.equal((await whole(id)).contact_attempts.length, 0);
			} else {
				assert.equal((await answer).json.counts_as_discussion, true);
			}
		});
	}

	test('confirming does not make a discussion of what was none', async () => {
		for (const more of [{ counterpart: 'agency_deputy' }, { method: 'email' }, { held_by: staff.support }]) {
			const said = await logged(await needing(), at('11:00'), held({ held_at: at('10:00', FRIDAY), confirmed_no_topic_open: true, ...more }));
			assert.equal(said.counts_as_discussion, false, JSON.stringify(more));
		}
	});

	test('the future is refused, to the microsecond', async () => {
		const id = await needing();
		await refused(attempt(id, at('11:00'), held({ held_at: '2027-03-01T11:00:00.000001Z' })), 'rule-broken', '/held_at');
		assert.equal((await logged(id, at('11:00'), held({ held_at: at('11:00') }))).counts_as_discussion, true);
	});

	test('thirty days back, no further', async () => {
		const id = await needing();
		const now = at('10:00', '2027-04-05');
		await refused(attempt(id, now, missed({ held_at: '2027-03-06T09:59:59.999999Z' })), 'rule-broken', '/held_at');
		assert.equal((await logged(id, now, missed({ held_at: at('10:00', '2027-03-06') }))).held_at, exact('10:00', '2027-03-06'));
	});

	test('held in time and logged late stays visible', async () => {
		const id = await needing(at('10:00'), at('10:30'));
		const said = await logged(id, at('12:00', '2027-03-03'), held({ held_at: at('10:00', '2027-03-02') }));
		const owed = discuss(said.follow_ups);
		assert.deepEqual([owed.due_at, owed.met_at, owed.met_recorded_at], [exact('10:30', '2027-03-02'), exact('10:00', '2027-03-02'), exact('12:00', '2027-03-03')]);
		const { flags } = await whole(id, at('12:00', '2027-03-03'));
		assert.deepEqual(flags.filter((f) => f.kind === 'discuss').map((f) => [f.level, f.breached_at, f.cleared_by]), [
			[1, exact('10:30', '2027-03-02'), 'met_in_time_logged_late'], [2, exact('11:30', '2027-03-02'), 'met_in_time_logged_late'],
			[3, exact('10:30', '2027-03-03'), 'met_in_time_logged_late']]);
	});
});

describe('what it says', () => {
	test('all members come back, in the answer and in the record', async () => {
		const id = await needing(at('10:00'), at('10:30'), { children: [{ first_name: 'A.' }, { first_name: 'B.' }] });
		const { children } = await whole(id);
		const body = held({
			counterpart_name: 'Ms Oakes', held_at: at('10:45'), children: [children[1].id], topics: [{ code: 'needs', outcome: 'resolved' }], referrer_view: 'Worse than written.',
			shared_understanding: 'no', effect_on_rating: 'raised', note: 'Spoke for long.', held_by: staff.manager,
		});
		const { follow_ups: f, referral, why_not: against, ...said } = await logged(id, at('11:00'), body);
		assert.deepEqual(against, []);
		assert.deepEqual(said, {
			...body, id: said.id, referral_id: id, version: referral.version, held_at: exact('10:45'), topics: [{ code: 'needs', outcome: 'resolved', reason: null }],
			confirmed_no_topic_open: false, recorded_by: hub.staffId, recorded_at: exact('11:00'), counts_as_discussion: true,
		});
		assert.deepEqual((await whole(id)).contact_attempts, [said]);
		assert.equal(referral.rating, 'green', 'the effect alone changes no rating');
		const plain = await logged(id, at('11:10'), missed());
		assert.deepEqual(plain.children.toSorted(), children.map((c) => c.id).toSorted(), 'all where it does not say');
		assert.deepEqual([plain.shared_understanding, plain.effect_on_rating, plain.topics], [null, 'none', []]);
	});

	test('topics are resolved, left open with a reason, or new; the discussion counts all the same', async () => {
		const id = await needing();
		const standing = async () => Object.fromEntries((await whole(id)).topics.map((t) => [t.code, [t.weight, t.status, t.reason]]));
		assert.deepEqual((await standing()).significant_harm, ['material', 'open', null]);
		const first = await logged(id, at('11:00'), held({ topics: [
			{ code: 'significant_harm', outcome: 'open', reason: 'Calls back tomorrow.' }, { code: 'who_has_been_told', outcome: 'resolved' }, { code: 'level_of_need_differs', outcome: 'new' }] }));
		assert.deepEqual([first.counts_as_discussion, discuss(first.follow_ups).state], [true, 'met']);
		const then = await standing();
		assert.deepEqual([then.significant_harm, then.who_has_been_told, then.level_of_need_differs, then.needs],
			[['material', 'open', 'Calls back tomorrow.'], ['material', 'resolved', null], ['material', 'open', null], ['completeness', 'offered', null]]);
		await logged(id, at('11:30'), held({ topics: [{ code: 'significant_harm', outcome: 'resolved' }, { code: 'level_of_need_differs', outcome: 'resolved' }] }));
		const last = await standing();
		assert.deepEqual([last.significant_harm[1], last.level_of_need_differs[1]], ['resolved', 'resolved']);
	});

	const nothingClarified = ['no_answer', 'message_left', 'unavailable', 'wrong_person', 'declined', 'not_contactable'];
	for (const result of nothingClarified) {
		test(`${result}: resolves no topic, shows no understanding, but may tell of topics`, async () => {
			const id = await needing();
			const topics = [{ code: 'needs', outcome: 'new' }, { code: 'significant_harm', outcome: 'resolved' }];
			await refused(attempt(id, at('11:00'), missed({ result, topics })), 'rule-broken', '/topics/1/outcome');
			await refused(attempt(id, at('11:00'), missed({ result, shared_understanding: 'yes' })), 'rule-broken', '/shared_understanding');
			assert.deepEqual((await whole(id)).contact_attempts, []);
			await logged(id, at('11:00'), missed({ result, topics: [topics[0], { code: 'significant_harm', outcome: 'open', reason: 'Not asked yet.' }] }));
		});
	}

	test('a written reply can resolve a topic, and show how it is understood', async () => {
		const id = await needing();
		const said = await logged(id, at('11:00'), { result: 'written_reply', method: 'email', counterpart: 'referrer', shared_understanding: 'partly', topics: [{ code: 'significant_harm', outcome: 'resolved' }] });
		assert.deepEqual([said.counts_as_discussion, said.shared_understanding], [false, 'partly']);
		assert.equal((await whole(id)).topics.find((t) => t.code === 'significant_harm').status, 'resolved');
	});

	test('that no topic is open is said of a discussion, and not beside an open topic', async () => {
		const id = await needing();
		const confirmed = { confirmed_no_topic_open: true };
		for (const topic of [{ code: 'needs', outcome: 'open', reason: 'Asks her team.' }, { code: 'level_of_need_differs', outcome: 'new' }])
			await refused(attempt(id, at('11:00'), held({ ...confirmed, topics: [{ code: 'significant_harm', outcome: 'resolved' }, topic] })), 'rule-broken', '/confirmed_no_topic_open');
		for (const result of [...nothingClarified, 'written_reply'])
			await refused(attempt(id, at('11:00'), missed({ ...confirmed, result, ...(result === 'written_reply' ? { method: 'email' } : {}) })), 'rule-broken', '/confirmed_no_topic_open');
		assert.deepEqual((await whole(id)).contact_attempts, []);
		await logged(id, at('11:00'), held({ ...confirmed, topics: [{ code: 'significant_harm', outcome: 'resolved' }] }));
		assert.deepEqual((await whole(id)).topics.filter((t) => t.status !== 'resolved'), []);
	});

	test('whoever had left by then held nothing', async () => {
		const id = await needing();
		const leaver = (await mashctl(hub.db, 'staff', 'add', '--name', 'L. Leaver', '--role', 'practitioner')).stdout.trim();
		await hub.db.query('UPDATE staff SET disabled_at = $2 WHERE id = $1', [leaver, at('11:00')]);
		await refused(attempt(id, at('12:00'), held({ held_by: leaver, held_at: at('11:00') })), 'rule-broken', '/held_by');
		assert.equal((await logged(id, at('12:00'), held({ held_by: leaver, held_at: at('10:59') }))).counts_as_discussion, true);
	});

	test('a closed referral takes none, and says what it does take', async () => {
		const id = await needing();
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = $1", [id]);
		const { status, json } = await attempt(id, at('11:00'), missed());
		assert.deepEqual([status, json.type], [409, '/problems/wrong-state']);
		assert.match(json.detail, /closed.*allowed now: .*reopen/);
	});

	test('what lacks something, or names what is not there, is refused', async () => {
		const id = await needing();
		const other = (await whole(await needing())).children[0].id;
		const { shared_understanding: s, ...unshared } = held();
		for (const [body, place] of [[unshared, '/shared_understanding'], [held({ topics: [{ code: 'needs', outcome: 'open' }] }), '/topics/0/reason'], [held({ topics: [{ code: 'needs', outcome: 'open', reason: ' ' }] }), '/topics/0/reason'], [held({ result: 'talked' }), '/result'],
			[held({ topics: [{ code: 'weather', outcome: 'new' }] }), '/topics/0/code'], [held({ method: 'fax' }), '/method'], [held({ counterpart: 'neighbour' }), '/counterpart'],
			[held({ children: [] }), '/children'], [held({ held_at: 'today' }), '/held_at'], [held({ counts_as_discussion: true }), '/counts_as_discussion']])
			await refused(attempt(id, at('11:00'), body), 'invalid-body', place);
		for (const [body, place] of [[held({ held_by: randomUUID() }), '/held_by'], [held({ children: [other] }), '/children'], [held({ children: [randomUUID()] }), '/children'],
			[held({ topics: [{ code: 'needs', outcome: 'new' }, { code: 'needs', outcome: 'resolved' }] }), '/topics/1/code']])
			await refused(attempt(id, at('11:00'), body), 'rule-broken', place);
		const record = await whole(id);
		assert.deepEqual([record.contact_attempts, record.discussed], [[], 'no']);
	});
});
