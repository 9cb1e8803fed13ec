// Policies over HTTP: drafting, activating, dry-runs, and how what is open and what comes in is judged afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const shipped = JSON.parse(readFileSync(new URL('../../api/policies/england.json', import.meta.url)));
const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;

let hub, admin, stranger;
before(async () => {
	hub = await startHub('policies');
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const key = async (...of) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', ...of) });
	const person = await ctl('staff', 'add', '--name', 'A. Admin', '--role', 'admin');
	admin = await key('--staff', person, '--role', 'admin');
	const other = await ctl('partnership', 'add', '--name', 'Other hub');
	const foreign = await ctl('staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager');
	stranger = await key('--partnership', other, '--staff', foreign, '--role', 'manager');
});
after(() => hub?.stop());

function refused(answer, status, type, pointer) {
	assert.deepEqual([answer.status, answer.json?.type], [status, `/problems/${type}`], answer.text);
	if (pointer !== undefined) assert.ok(answer.json.errors?.some((e) => e.pointer === pointer), answer.text);
	return answer.json;
}
let number = 0;
// The shipped policy with other rules for some kinds; null takes one out.
const variant = (changes = {}) => ({
	name: 'ours', version: `v${++number}`,
	rules: shipped.rules.filter((r) => changes[r.kind] !== null).map((r) => ({ ...r, ...changes[r.kind] }))
		.concat(Object.entries(changes).filter(([kind]) => !shipped.rules.some((r) => r.kind === kind)).map(([, rule]) => rule)),
});
const minutes = (amount, unit = 'elapsed_minutes') => [{ unit, amount }];
async function draft(document, who = admin) {
	const answer = await who.post('/v1/policies', document);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const activation = (id, retime, now = at('12:00'), who = hub.manager) => who.at(now).post(`/v1/policies/${id}/activation`, { reason: 'Agreed by the board.', retime_open: retime });
async function activate(document, retime, now) {
	const { id } = await draft(document);
	const answer = await activation(id, retime, now);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
const followUps = async (id) => (await hub.manager.ok('GET', `/v1/referrals/${id}/follow-ups`)).items;
const followUp = async (id, kind) => (await followUps(id)).findLast((f) => f.kind === kind);
const stored = async (id, kind) => (await hub.db.query('SELECT policy, policy_id, rule FROM follow_up WHERE referral_id = $1 AND kind = $2', [id, kind])).at(-1);

describe('a draft', () => {
	test('is kept, read back, listed, and seen by nobody else', async () => {
		const document = variant();
		const answer = await admin.at(at('09:00')).post('/v1/policies', document);
		assert.equal(answer.status, 201, answer.text);
		const { id, author, document: kept, ...rest } = answer.json;
		assert.equal(answer.headers.location, `/v1/policies/${id}`);
		assert.match(author, /^[0-9a-f-]{36}$/);
		assert.deepEqual(kept, document);
		assert.deepEqual(rest, {
			name: 'ours', version: document.version, state: 'draft', created_at: exact('09:00'), active_from: null, active_until: null,
			activated_by: null, activation_reason: null, retime_open: null, retimed_at: null,
		});
		assert.deepEqual(await hub.practitioner.ok('GET', `/v1/policies/${id}`), answer.json);
		const { items } = await hub.practitioner.ok('GET', '/v1/policies');
		assert.deepEqual(items.find((p) => p.id === id), { id, author, ...rest });
		assert.deepEqual((await stranger.ok('GET', '/v1/policies')).items, []);
		for (const [method, path, body] of [['GET', '', undefined], ['POST', '/dry-run', undefined], ['POST', '/activation', { reason: 'x', retime_open: true }]])
			refused(await stranger.request(method, `/v1/policies/${id}${path}`, { body }), 404, 'not-found');
	});

	test('of a version that there is: 409; the same post again: the same answer', async () => {
		const document = variant();
		const key = { 'Idempotency-Key': randomUUID() };
		const first = await admin.post('/v1/policies', document, key);
		assert.deepEqual((await admin.post('/v1/policies', document, key)).json, first.json);
		refused(await admin.post('/v1/policies', document), 409, 'already-exists', '/version');
		refused(await admin.post('/v1/policies', variant(), key), 422, 'idempotency-key-reused');
	});

	test('is written by a person', async () => refused(await hub.system.post('/v1/policies', variant()), 403, 'forbidden'));

	test('that tells whoever cannot read flags is refused; the shipped one tells nobody such', async () => {
		for (const role of ['admin', 'support', 'agency']) {
			const { errors } = refused(await admin.post('/v1/policies', variant({ discuss: { escalate: [{ after: { unit: 'elapsed_minutes', amount: 60 }, role }] } })), 422, 'rule-broken');
			assert.deepEqual(errors.map((e) => [e.pointer, e.code]), [['/rules/3/escalate/0/role', 'cannot_read_flags']]);
		}
		const told = new Set((await hub.manager.ok('GET', '/v1/policies/england')).document.rules.flatMap((r) => (r.escalate ?? []).map((step) => step.role)));
		assert.deepEqual([...told].toSorted(), ['manager', 'practitioner']);
	});

	test('that makes no sense is refused with every problem and its place', async () => {
		const { detail, errors } = refused(await admin.post('/v1/policies', variant({
			discuss: { met_by: ['disscussion.held'] },
			triage: { due: minutes(60), warn_before: { unit: 'elapsed_minutes', amount: 60 } },
			feedback: { opens_on: 'feedback.recorded' },
		})), 422, 'rule-broken');
		assert.deepEqual(errors.map((e) => [e.pointer, e.code]), [
			['/rules/1/warn_before', 'warning'], ['/rules/3/met_by/0', 'unknown_event'], ['/rules/5/met_by/0', 'same_event']]);
		assert.equal(errors[1].detail, `follow-up 'discuss' can never be met: no event is named 'disscussion.held'; is 'discussion.held' meant?`);
		assert.match(detail, /triage/);
		const shape = refused(await admin.post('/v1/policies', { ...variant(), rules: [{ kind: 'tea' }], colour: 1 }), 422, 'invalid-body');
		assert.ok(shape.errors.length > 3, shape.errors);
	});

	test('under which referrals would be owed nothing is refused', async () => {
		for (const [document, problems] of [
			[{ ...variant(), rules: shipped.rules.filter((r) => r.kind === 'acknowledge') }, Array(3).fill(['/rules', 'missing_rule'])],
			[variant({ triage: { opens_on: [{ event: 'referral.received', when: { channel: 'phone' } }] } }), [['/rules/1/opens_on', 'not_always_owed']]],
			[variant({ decide_outcome: { met_by: ['acknowledgement.sent'] } }), [['/rules/4/met_by/0', 'met_by_another']]],
			[variant({ triage: { responsible: 'admin' } }), [['/rules/1/responsible', 'no_work_view']]],
		]) assert.deepEqual(refused(await admin.post('/v1/policies', document), 422, 'rule-broken').errors.map((e) => [e.pointer, e.code]), problems);
	});

	test('pages, the newest first', async () => {
		for (let i = 0; i < 5; i++) await draft(variant());
		const all = (await admin.ok('GET', '/v1/policies?limit=200')).items.map((p) => p.id);
		const paged = [];
		for (let path = '/v1/policies?limit=2'; path;) {
			const { items, next } = await admin.ok('GET', path);
			assert.ok(items.length <= 2);
			paged.push(...items.map((p) => p.id));
			path = next && `/v1/policies?limit=2&cursor=${next}`;
		}
		assert.deepEqual(paged, all);
		refused(await admin.get('/v1/policies?cursor=AAAA'), 400, 'invalid-parameter');
	});
});

describe('the shipped ones', () => {
	test('are read by their names', async () => {
		const { document, ...rest } = await hub.practitioner.ok('GET', '/v1/policies/england');
		assert.deepEqual(document, shipped);
		assert.deepEqual([rest.id, rest.name, rest.version, rest.state], [null, 'england', shipped.version, null]);
	});
	test('and no others', async () => {
		refused(await admin.get('/v1/policies/atlantis'), 404, 'not-found');
		refused(await admin.get(`/v1/policies/${randomUUID()}`), 404, 'not-found');
		refused(await admin.get('/v1/policies/Not%20a%20name'), 400, 'invalid-parameter');
	});
});

describe('activation', () => {
	test('takes a second person, once, and supersedes the version before', async () => {
		const { id, author } = await draft(variant());
		refused(await activation(id, false, at('12:00'), admin), 422, 'rule-broken');
		refused(await activation(id, false, at('12:00'), hub.system), 403, 'forbidden');
		const answer = await activation(id, false);
		assert.equal(answer.status, 201, answer.text);
		const { json } = answer;
		assert.deepEqual([json.state, json.active_from, json.activated_by, json.author, json.activation_reason, json.retime_open, json.retimed_at],
			['active', exact('12:00'), hub.managerId, author, 'Agreed by the board.', false, null]);
		assert.match(refused(await activation(id, false), 409, 'wrong-state').detail, /is active/);
		const next = await activate(variant(), false, at('13:00'));
		const before = await admin.ok('GET', `/v1/policies/${id}`);
		assert.deepEqual([before.state, before.active_from, before.active_until, next.state], ['superseded', exact('12:00'), exact('13:00'), 'active']);
		assert.match(refused(await activation(id, false), 409, 'wrong-state').detail, /is superseded/);
		assert.equal((await admin.ok('GET', '/v1/policies?limit=200')).items.filter((p) => p.state === 'active').length, 1);
		refused(await activation(randomUUID(), false), 404, 'not-found');
		refused(await hub.manager.post(`/v1/policies/${id}/activation`, {}), 422, 'invalid-body');
		refused(await hub.manager.post(`/v1/policies/${id}/dry-run?limit=0`), 400, 'invalid-parameter');
	});

	test('two at the same moment: one governs', async () => {
		const drafts = await Promise.all([1, 2, 3, 4].map(() => draft(variant())));
		const answers = await Promise.all(drafts.map(({ id }) => activation(id, true)));
		for (const { status, text } of answers) assert.ok([201, 503].includes(status), text);
		const states = await hub.db.query(`SELECT state, count(*)::int AS n FROM policy WHERE id = ANY ($1) GROUP BY state`, [drafts.map((d) => d.id)]);
		assert.equal(states.find((s) => s.state === 'active').n, 1, JSON.stringify(states));
	});

	test('what comes in is judged by it at once', async () => {
		const { id: policy, version } = await activate(variant({ triage: { due: minutes(45) }, acknowledge: null, written_confirmation: { when: { channel: ['post', 'in_person'] } } }), false);
		const { id, follow_ups: opened } = await hub.refer(at('12:30'), { channel: 'post' }, hub.practitioner);
		assert.deepEqual(opened.map((f) => f.kind), ['decide_next_steps', 'decide_outcome', 'triage', 'written_confirmation']);
		assert.equal(opened[2].due_at, exact('13:15'));
		assert.deepEqual(await stored(id, 'triage'), { policy: `ours ${version}`, policy_id: policy, rule: 'triage' });
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		assert.deepEqual(items.find((e) => e.type === 'follow_up_opened' && e.data.kind === 'triage').data, {
			kind: 'triage', policy: `ours ${version}`, rule: 'triage', timing: 1, unit: 'elapsed_minutes', amount: 45, counted_from: exact('12:30'), due_at: exact('13:15'),
		});
		refused(await hub.practitioner.at(at('12:40')).post(`/v1/referrals/${id}/acknowledgement`, { method: 'email' }), 409, 'wrong-state');
		refused(await hub.agency.at(at('12:30')).post('/v1/referrals', { children: [] }), 422, 'invalid-body');
	});

	test('a refused post is owed as long as it says', async () => {
		await activate(variant({ resubmission: { due: minutes(15) } }), false);
		const reference = randomUUID();
		refused(await hub.agency.at(at('14:00')).post('/v1/referrals', { children: [], concerns: [], agency_reference: reference }), 422, 'invalid-body');
		const { items } = await hub.manager.ok('GET', '/v1/rejected-submissions');
		const { follow_up: owed } = items.find((r) => r.agency_reference === reference);
		assert.deepEqual([owed.state, owed.due_at], ['open', exact('14:15')]);
		await activate(variant({ resubmission: null }), true);
		await hub.refer(at('14:10'), { agency_reference: reference });
		const [met] = await hub.db.query('SELECT state, met_at FROM follow_up WHERE id = $1', [owed.id]);
		assert.equal(met.state, 'met', 'by the version that it was opened under');
	});

	test('without a rule for it a refused post is remembered all the same, and nothing is owed', async () => {
		await activate(variant({ resubmission: null }), false);
		const [one, two] = [randomUUID(), randomUUID()];
		const post = (clock, reference) => hub.agency.at(at(clock)).post('/v1/referrals', { children: [], concerns: [], agency_reference: reference });
		for (const reference of [one, one, two]) refused(await post('15:00', reference), 422, 'invalid-body');
		const kept = async (reference, who = hub.manager) => (await who.ok('GET', '/v1/rejected-submissions')).items
			.filter((r) => r.agency_reference === reference).map((r) => [r.problem_type, r.attempts, r.follow_up && [r.follow_up.state, r.follow_up.due_at], r.resolved_at]);
		assert.deepEqual([await kept(one), await kept(two, hub.agency)], [[['invalid-body', 2, null, null]], [['invalid-body', 1, null, null]]]);
		await hub.refer(at('15:10'), { agency_reference: one });
		assert.deepEqual(await kept(one), [['invalid-body', 2, null, exact('15:10')]], 'made good');
		await activate(variant({ resubmission: { due: minutes(15) } }), false);
		for (const clock of ['15:20', '15:25']) refused(await post(clock, two), 422, 'invalid-body');
		assert.deepEqual(await kept(two), [['invalid-body', 3, ['open', exact('15:35')], null]], 'owed from the attempt that found a rule');
		await hub.refer(at('15:30'), { agency_reference: two });
		assert.deepEqual(await kept(two), [['invalid-body', 3, ['met', exact('15:35')], exact('15:30')]]);
	});

	test('an hour, a category, an unborn child, a bound: what rules look at', async () => {
		const rule = { met_by: ['strategy_discussion.held'], responsible: 'manager', source: 'local' };
		await activate(variant({
			strategy_discussion: { ...rule, opens_on: 'referral.received', when: { any_child_unborn: true },
				due: [{ unit: 'calendar_months', amount: -2, from: 'expected_date_of_delivery' }], warn_before: undefined },
			transfer_acceptance: { opens_on: [{ event: 'referral.received', when: { concern_category: ['missing', 'neglect'], professional: true } }] },
			feedback: { opens_on: 'referral.received', when: { out_of_hours: false }, met_by: ['feedback.recorded'], pause: undefined, due: minutes(3, 'working_days'),
				not_later_than: { kind: 'triage', found_after: { unit: 'elapsed_minutes', amount: 1 } } },
		}), false);
		const unborn = await hub.refer(at('10:00'), { children: [{ sex: 'U', expected_date_of_delivery: '2027-08-31' }, { sex: 'U', expected_date_of_delivery: '2027-09-30' }],
			concerns: [{ category: 'neglect', description: 'No cot.' }] });
		const opened = async (receipt) => Object.fromEntries((await followUps(receipt.id)).map((f) => [f.kind, f]));
		const of = await opened(unborn);
		assert.deepEqual([of.strategy_discussion.due_at, of.strategy_discussion.amount], [exact('23:00', '2027-06-29'), -2], 'the 30th by London\'s clocks');
		assert.equal(of.transfer_acceptance?.state, 'open');
		assert.deepEqual([of.feedback.due_at, of.feedback.unit], [exact('12:00'), 'working_minutes'], 'the bound\'s');
		const undated = await opened(await hub.refer(at('18:00'), { children: [{ sex: 'U' }], concerns: [{ category: 'neglect', description: 'x' }], referrer: { kind: 'public' } }));
		assert.deepEqual([undated.strategy_discussion.due_at, undated.strategy_discussion.due_problem], [null, 'date_missing']);
		assert.deepEqual([undated.transfer_acceptance, undated.feedback], [undefined, undefined], 'a member of the public; out of hours');
	});
});

describe('what is open', () => {
	test('is left to the version that it was timed under, in every respect', async () => {
		await activate(variant(), false);
		const { id } = await hub.refer(at('10:00'), { channel: 'secure_email' });
		const before = await followUps(id);
		const [{ version }] = await hub.db.query('SELECT version FROM referral WHERE id = $1', [id]);
		await activate(variant({ triage: { due: minutes(5), warn_before: undefined }, acknowledge: { met_by: ['handover.returned'] }, decide_outcome: { due: minutes(40), warn_before: undefined } }), false, at('10:20'));
		assert.deepEqual(await followUps(id), before);
		assert.deepEqual(await hub.db.query('SELECT version FROM referral WHERE id = $1', [id]), [{ version }]);
		await hub.screen(at('10:30'), id, 'green');
		await hub.practitioner.at(at('10:30')).ok('POST', `/v1/referrals/${id}/acknowledgement`, { body: { method: 'email' } });
		for (const kind of ['triage', 'acknowledge']) assert.equal((await followUp(id, kind)).state, 'met', 'as its own version says');
		assert.deepEqual([(await followUp(id, 'decide_outcome')).due_at, (await followUp(id, 'decide_outcome')).timing], [exact('10:00', '2027-03-04'), 2]);
		assert.equal((await followUp(id, 'discuss')).due_at, exact('10:40'), 'what opens now is the new one\'s');
	});

	test('or re-timed from its start, each change told; what has ended stays', async () => {
		const old = await activate(variant(), false);
		const { id } = await hub.refer(at('09:00'));
		await hub.screen(at('09:30'), id, 'amber');
		await hub.sweep(at('10:05', '2027-03-02'));
		const before = await followUps(id);
		const version = (await hub.manager.ok('GET', `/v1/referrals/${id}`)).version;
		const { retimed_at: retimed, version: label, id: policy } = await activate(variant({
			decide_outcome: { due: minutes(2, 'working_days') }, decide_next_steps: null, triage: { due: minutes(1), warn_before: undefined },
		}), true, at('11:00', '2027-03-02'));
		assert.equal(retimed, exact('11:00', '2027-03-02'));
		const record = await hub.manager.ok('GET', `/v1/referrals/${id}`);
		const after_ = Object.fromEntries(record.follow_ups.map((f) => [f.kind, f]));
		assert.deepEqual([after_.decide_outcome.due_at, after_.decide_outcome.timing, after_.decide_outcome.started_at], [exact('09:00', '2027-03-03'), 2, exact('09:00')]);
		assert.deepEqual(after_.discuss.due_at, exact('09:30', '2027-03-02'), 'no longer bound by the outcome');
		for (const kind of ['triage', 'acknowledge', 'decide_next_steps']) assert.deepEqual({ ...after_[kind], overdue: 0 }, { ...before.find((f) => f.kind === kind), overdue: 0 });
		assert.deepEqual([(await stored(id, 'triage')).policy_id, (await stored(id, 'decide_next_steps')).policy_id], [old.id, old.id]);
		assert.deepEqual([(await stored(id, 'discuss')).policy_id, (await stored(id, 'decide_outcome')).policy], [policy, `ours ${label}`]);
		assert.equal(record.version, version + 1);
		assert.equal(record.next_due_at, exact('09:00', '2027-03-02'), 'decide_next_steps, which the new one has no rule for');
		assert.equal(record.flags.find((f) => f.kind === 'decide_outcome').cleared_by, 'retimed');
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const told = items.filter((e) => e.type === 'follow_up_retimed' && e.data.reason === 'policy');
		assert.deepEqual(told.map((e) => [e.data.kind, e.data.policy, e.data.timing, e.data.due_at, e.actor.id, e.version]).toSorted(), [
			['decide_outcome', `ours ${label}`, 2, exact('09:00', '2027-03-03'), hub.managerId, record.version],
			['discuss', `ours ${label}`, 2, exact('09:30', '2027-03-02'), hub.managerId, record.version]]);
	});

	// By the real clock, of some minutes ago: the job goes by that.
	test('what a request opens that had not seen the activation is put under it a minute later', async () => {
		const own = await startHub('policy_overtaken', { MASHD_LOCK_TIMEOUT_MS: '60000', MASHD_STATEMENT_TIMEOUT_MS: '60000' });
		try {
			const start = Date.now() - 600_000;
			const ago = (seconds) => new Date(start + seconds * 1000).toISOString();
			const author = (await mashctl(own.db, 'staff', 'add', '--name', 'A. Admin', '--role', 'admin')).stdout.trim();
			const writer = own.manager.as((await mashctl(own.db, 'key', 'issue', '--staff', author, '--role', 'admin')).stdout.trim());
			const { id: policy } = await draft(variant({ triage: { due: minutes(45) } }), writer);
			const key = randomUUID();
			let overtaken;
			await own.db.session(async (client) => {
				await client.query(`INSERT INTO idempotency_key (partnership_id, key_id, operation, idempotency_key, body_digest)
					SELECT partnership_id, id, 'createReferral', $2, 'x' FROM api_key WHERE id = $1`, [own.agency.key.split('_')[1], key]);
				overtaken = own.agency.at(ago(0)).post('/v1/referrals', { children: [{ first_name: 'A.' }], concerns: [{ description: 'x' }] }, { 'idempotency-key': key });
				const waits = `SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`;
				while ((await own.db.query(waits, [own.db.name])).length === 0) await sleep(10);
				const { json } = await activation(policy, true, ago(1), own.manager);
				assert.equal(Date.parse(json.retimed_at), Date.parse(ago(1)));
				await client.query('ROLLBACK');
				await client.query('BEGIN');
			});
			const { status, json: { id }, text } = await overtaken;
			assert.equal(status, 201, text);
			const triage = async () => (await own.db.query(`SELECT policy_id, amount::integer, timing FROM follow_up WHERE referral_id = $1 AND kind = 'triage'`, [id]))[0];
			assert.notEqual((await triage()).policy_id, policy);
			await (await startDaemon(own.db)).stop(); // it sweeps before it is ready
			assert.deepEqual(await triage(), { policy_id: policy, amount: 45, timing: 2 });
			const { retimed_at: once } = await writer.ok('GET', `/v1/policies/${policy}`);
			assert.ok(Date.parse(once) > Date.parse(ago(61)), once);
			await (await startDaemon(own.db)).stop();
			assert.equal((await writer.ok('GET', `/v1/policies/${policy}`)).retimed_at, once, 'once');
		} finally {
			await own.stop();
		}
	});
});

describe('a dry-run', () => {
	const COUNTS = ['moved', 'earlier', 'later', 'timed', 'lost', 'opened', 'cancelled', 'unchanged'];
	// All pages together: their items, and the sums of their counts.
	const pages = async (id, limit, now) => {
		const all = { items: [], by_kind: {} };
		const add = (to, from) => { for (const name of COUNTS) to[name] = (to[name] ?? 0) + from[name]; };
		for (let cursor = ''; cursor !== null;) {
			const page = await hub.manager.at(now).ok('POST', `/v1/policies/${id}/dry-run?limit=${limit}${cursor && `&cursor=${cursor}`}`);
			assert.ok(page.referrals <= limit);
			assert.equal(page.complete, page.next === null);
			all.items.push(...page.items);
			add(all, page);
			for (const { kind, ...counts } of page.by_kind) add(all.by_kind[kind] ??= {}, counts);
			all.without_rule = page.without_rule;
			cursor = page.next;
		}
		return all;
	};
	const everything = () => hub.db.query(`
		SELECT (SELECT jsonb_agg(f ORDER BY f.id) FROM follow_up AS f) AS follow_ups, (SELECT jsonb_agg(g ORDER BY g.id) FROM flag AS g) AS flags,
		       (SELECT jsonb_agg(r.version ORDER BY r.id) FROM referral AS r) AS versions, (SELECT count(*) FROM event) AS events,
		       (SELECT jsonb_agg(p ORDER BY p.id) FROM policy AS p) AS policies`);

	test('shows side by side what activation then does, and writes nothing', async () => {
		await activate(variant(), true, at('08:00'));
		for (const clock of ['09:00', '09:10', '09:20']) await hub.refer(at(clock));
		await hub.refer(at('09:30'), { immediate_protection_needed: true });
		const { id } = await draft(variant({ triage: { due: [{ when: { immediate_protection_needed: true }, unit: 'elapsed_minutes', amount: 60 }, { unit: 'elapsed_minutes', amount: 40 }] }, decide_next_steps: null }));
		const now = at('10:00');
		const untouched = await everything();
		const whole = await pages(id, 200, now);
		assert.deepEqual(await everything(), untouched);
		for (const limit of [1, 3]) assert.deepEqual(await pages(id, limit, now), whole);
		const [first] = whole.items.filter((i) => i.due_at_before === exact('11:00'));
		assert.deepEqual({ ...first, follow_up_id: 0, referral_id: 0, reference: 0 }, {
			follow_up_id: 0, referral_id: 0, reference: 0, kind: 'triage', rule: 'triage', unit: 'elapsed_minutes', amount: 40, started_at: exact('09:00'),
			due_at_before: exact('11:00'), overdue_before: false, due_at: exact('09:40'), overdue: true, change: 'earlier',
		});
		for (const [kind, counts] of Object.entries(whole.by_kind)) {
			const items = whole.items.filter((i) => i.kind === kind);
			for (const change of ['earlier', 'later', 'timed', 'lost', 'opened', 'cancelled']) assert.equal(counts[change], items.filter((i) => i.change === change).length, `${kind} ${change}`);
		}
		assert.ok(whole.by_kind.triage.earlier >= 3);
		for (const name of COUNTS) assert.equal(Object.values(whole.by_kind).reduce((sum, counts) => sum + counts[name], 0), whole[name], name);
		assert.equal(whole.moved + whole.opened + whole.cancelled, whole.items.length);
		const [{ n: open, next_steps: steps }] = await hub.db.query(`
			SELECT count(*)::int AS n, count(*) FILTER (WHERE kind = 'decide_next_steps')::int AS next_steps
			FROM follow_up WHERE partnership_id = $1 AND state = 'open' AND referral_id IS NOT NULL`, [hub.partnership]);
		assert.equal(whole.without_rule, steps);
		assert.ok(whole.moved + whole.unchanged <= open && whole.unchanged > 0);
		// Whoever may see no referral: how many, of all of them, and nothing that says whose.
		const ids = await hub.db.query(`SELECT r.id, r.reference FROM referral AS r UNION ALL SELECT f.id, f.kind FROM follow_up AS f`);
		for (const query of ['', '?limit=1']) {
			const answer = await admin.at(now).post(`/v1/policies/${id}/dry-run${query}`);
			const { by_kind: kinds, referrals, ...counts } = answer.json;
			assert.ok(referrals > 3);
			assert.deepEqual(Object.fromEntries(kinds.map(({ kind, ...of }) => [kind, of])), whole.by_kind);
			assert.deepEqual(kinds.map((k) => k.kind), kinds.map((k) => k.kind).toSorted());
			assert.deepEqual(counts, { ...Object.fromEntries(COUNTS.map((name) => [name, whole[name]])), complete: true, items: [], without_rule: whole.without_rule, next: null });
			assert.equal(answer.headers.link, undefined);
			for (const row of ids) assert.ok(!answer.text.includes(row.id), answer.text);
		}
		assert.equal((await activation(id, true, now)).status, 201);
		const dues = await hub.db.query(`SELECT id, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS due, policy_id FROM follow_up WHERE id = ANY ($1)`, [whole.items.map((i) => i.follow_up_id)]);
		assert.deepEqual(Object.fromEntries(dues.map((d) => [d.id, [d.due, d.policy_id]])), Object.fromEntries(whole.items.map((i) => [i.follow_up_id, [i.due_at, id]])));
		assert.deepEqual((await pages(id, 200, now)).items, [], 'nothing is left to change');
	});
});

test('what one activation does not re-time at once, the jobs do', async () => {
	const base = await activate(variant(), true, at('08:00'));
	await hub.db.query(`
		INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
		SELECT $1, mashd_uuid_v7(), 'J' || i, 'api', 'request_for_service', '6', $2, $2, 'amber', '{}' FROM generate_series(1, 450) AS i`, [hub.partnership, '2026-03-02T09:00:00Z']);
	await hub.db.query(`
		INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, policy_id, rule, source, started_at, unit, amount, due_at, recorded_at)
		SELECT $1, mashd_uuid_v7(), r.id, 'triage', 'ours', $2, 'triage', 'local', r.received_at, 'working_minutes', 120, '2027-12-01T00:00Z', r.received_at
		FROM referral AS r WHERE r.reference LIKE 'J%'`, [hub.partnership, base.id]);
	const { id, retimed_at: at_once } = await activate(variant({ triage: { due: minutes(90), warn_before: undefined } }), true, at('12:00'));
	assert.equal(at_once, null);
	await (await startDaemon(hub.db)).stop(); // its jobs ran before it was ready
	assert.notEqual((await hub.manager.ok('GET', `/v1/policies/${id}`)).retimed_at, null);
	const rows = await hub.db.query(`SELECT DISTINCT f.policy_id, f.amount, f.timing, r.version FROM follow_up AS f JOIN referral AS r ON r.id = f.referral_id WHERE r.reference LIKE 'J%'`);
	assert.deepEqual(rows, [{ policy_id: id, amount: 90, timing: 2, version: 2 }]);
});
