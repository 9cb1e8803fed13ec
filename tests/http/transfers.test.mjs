// transferReferral and acceptTransfer: ours until the other authority has accepted; who did so is on the record.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const exact = (clock, day = DAY) => `${day}T${clock}:00.000000Z`;
const TUESDAY = '2027-03-02';
let hub;
before(async () => { hub = await startHub('transfers'); });
after(() => hub?.stop());

const to = { to_authority: 'Example County Council', contact_name: 'Front door', contact: '01632 960 999', reason: 'They live there.' };
const refer = () => hub.refer(at('10:00')).then((receipt) => receipt.id);
const whole = (id, now = at('12:00', TUESDAY)) => hub.manager.at(now).ok('GET', `/v1/referrals/${id}`);
async function transfer(id, more = {}, { etag, who = hub.practitioner, now = at('11:00') } = {}) {
	const seen = etag === undefined ? `"${(await whole(id)).version}"` : etag;
	return who.at(now).post(`/v1/referrals/${id}/transfer`, { ...to, ...more }, { 'if-match': seen });
}
const accept = (id, more = {}, { who = hub.practitioner, now = at('15:00') } = {}) => who.at(now).post(`/v1/referrals/${id}/transfer/acceptance`, { accepted_name: 'Mx. Manager', ...more });
async function done(answer) {
	const { status, json, text, headers } = await answer;
	assert.equal(status, 201, text);
	assert.equal(headers.etag, `"${json.version}"`);
	assert.equal(json.referral.version, json.version);
	return json;
}
async function refused(answer, status, type, pointer) {
	const { status: got, json } = await answer;
	assert.deepEqual([got, json.type, json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], JSON.stringify(json));
	return json;
}
const owed = ({ follow_ups: followUps }) => followUps.filter((f) => f.kind === 'transfer_acceptance').map((f) => [f.state, f.started_at, f.due_at, f.met_at]);

describe('from decision to acceptance', () => {
	test('a working day to accept; all that is said stands on the record', async () => {
		const id = await refer();
		const decided = await done(transfer(id));
		assert.deepEqual(owed(decided), [['open', exact('11:00'), exact('11:00', TUESDAY), null]]);
		const { follow_ups: f, referral, ...said } = decided;
		assert.deepEqual(said, { ...to, id: said.id, referral_id: id, version: said.version, decided_by: hub.staffId, decided_at: exact('11:00'), recorded_at: exact('11:00'), superseded_at: null,
			accepted_name: null, accepted_role: null, accepted_reference: null, accepted_at: null, accepted_recorded_by: null, accepted_recorded_at: null, accepted_note: null, accepted_children: null });
		const accepted = await done(accept(id, { accepted_role: 'Team manager', accepted_reference: 'EC 118', note: 'By phone.', accepted_at: at('14:30') }));
		assert.deepEqual(owed(accepted), [['met', exact('11:00'), exact('11:00', TUESDAY), exact('14:30')]]);
		const { follow_ups: g, referral: r, ...row } = accepted;
		assert.deepEqual(row, { ...said, version: row.version, accepted_name: 'Mx. Manager', accepted_role: 'Team manager', accepted_reference: 'EC 118', accepted_at: exact('14:30'),
			accepted_recorded_by: hub.staffId, accepted_recorded_at: exact('15:00'), accepted_note: 'By phone.', accepted_children: (await whole(id)).children.map((c) => c.id) });
		assert.deepEqual((await whole(id)).transfers, [row]);
		const told = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type.startsWith('transfer'));
		assert.deepEqual(told.map((e) => [e.type, e.occurred_at, e.data.to_authority]), [['transfer_decided', exact('11:00'), to.to_authority], ['transfer_accepted', exact('14:30'), to.to_authority]]);
	});

	test('the first one declined: to another, on the same clock', async () => {
		const id = await refer();
		const { id: first } = await done(transfer(id));
		const again = await done(transfer(id, { to_authority: 'Other Borough', replaces: first }, { now: at('13:00') }));
		assert.deepEqual(owed(again), [['open', exact('11:00'), exact('11:00', TUESDAY), null]]);
		assert.equal((await done(accept(id))).to_authority, 'Other Borough');
		assert.deepEqual((await whole(id)).transfers.map((t) => [t.to_authority, t.accepted_name, t.superseded_at]), [[to.to_authority, null, exact('13:00')], ['Other Borough', 'Mx. Manager', null]]);
		const told = (await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`)).items.filter((e) => e.type === 'transfer_decided');
		assert.deepEqual(told.map((e) => e.data.replaces), [undefined, first]);
	});

	test('one waits at a time: a second one names it, and it alone', async () => {
		const id = await refer();
		await refused(transfer(id, { replaces: randomUUID() }), 422, 'rule-broken', '/replaces');
		const { id: first } = await done(transfer(id));
		for (const more of [{}, { to_authority: 'Other Borough' }])
			assert.match((await refused(transfer(id, more), 409, 'wrong-state')).detail, /allowed now: acceptance, a transfer that names/);
		await refused(transfer(id, { replaces: randomUUID() }), 422, 'rule-broken', '/replaces');
		await refused(transfer(id, { replaces: 'x' }), 422, 'invalid-body', '/replaces');
		await done(transfer(id, { replaces: first }));
		await refused(transfer(id, { replaces: first }), 422, 'rule-broken', '/replaces');
		await done(accept(id));
		assert.equal((await whole(id)).transfers.length, 2);
	});

	test('not accepted in time: a flag, and it is still ours', async () => {
		const id = await refer();
		await done(transfer(id));
		await hub.sweep(at('11:01', TUESDAY));
		const record = await whole(id);
		assert.deepEqual(record.flags.filter((g) => g.kind === 'transfer_acceptance').map((g) => g.breached_at), [exact('11:00', TUESDAY)]);
		assert.notEqual(record.state, 'closed');
	});

	test('a decision of yesterday starts the clock then', async () => {
		const { id } = await hub.refer(at('10:00', '2027-02-26'));
		assert.deepEqual(owed(await done(transfer(id, { decided_at: at('16:00', '2027-02-26') }))), [['open', exact('16:00', '2027-02-26'), exact('16:00'), null]]);
	});
});

describe('what is owed', () => {
	const theirs = ['decide_next_steps', 'decide_outcome', 'discuss', 'triage'];
	const states = ({ follow_ups: list }, kinds) => Object.fromEntries(list.filter((f) => kinds.includes(f.kind)).map((f) => [f.kind, f.state]).toSorted());
	async function referByPhone() {
		const { id } = await hub.refer(at('10:00'), { channel: 'phone', referrer: { name: 'A. Aunt', kind: 'public' } }, hub.practitioner);
		await hub.screen(at('10:20'), id, 'red');
		return id;
	}

	test('is ours until they accept, late or not; then what is theirs is cancelled, and what we owe for ourselves stays', async () => {
		const id = await referByPhone();
		await done(transfer(id));
		await hub.sweep(at('14:30'));
		const before = await whole(id);
		assert.deepEqual(states(before, theirs), { decide_next_steps: 'open', decide_outcome: 'open', discuss: 'open', triage: 'met' });
		assert.equal(before.flags.filter((g) => g.kind === 'discuss' && g.cleared_at === null).length, 1, 'red, and past its four hours');
		await done(accept(id));
		const after = await whole(id);
		assert.deepEqual(states(after, theirs), { decide_next_steps: 'cancelled', decide_outcome: 'cancelled', discuss: 'cancelled', triage: 'met' });
		assert.deepEqual(states(after, ['acknowledge', 'written_confirmation', 'transfer_acceptance']), { acknowledge: 'open', transfer_acceptance: 'met', written_confirmation: 'open' });
		assert.ok(after.flags.filter((g) => theirs.includes(g.kind)).every((g) => g.cleared_at !== null && g.cleared_by === 'cancelled'));
		assert.equal(after.discussed, 'no', 'nobody has talked with the referrer: that stays to be seen');
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		assert.deepEqual(items.filter((e) => e.type === 'follow_up_cancelled').map((e) => [e.data.kind, e.data.reason]).toSorted(), [['decide_next_steps', 'transferred'], ['decide_outcome', 'transferred'], ['discuss', 'transferred']]);
		const { id: discuss } = after.follow_ups.find((f) => f.kind === 'discuss');
		const { sentences, ledger } = await hub.manager.ok('GET', `/v1/follow-ups/${discuss}/explanation`);
		assert.match(sentences.at(-1), /^It was cancelled on .*: another authority has accepted the referral/);
		assert.equal(ledger.at(-1).reason, 'transferred');
	});

	test('what they accepted yesterday was theirs then, whatever we began since', async () => {
		const id = await referByPhone();
		await done(transfer(id, { decided_at: at('10:05') }, { now: at('11:00') }));
		await done(accept(id, { accepted_at: at('10:08') }));
		assert.deepEqual(states(await whole(id), theirs), { decide_next_steps: 'cancelled', decide_outcome: 'cancelled', discuss: 'cancelled', triage: 'met' });
	});

	test('what comes in later is ours to look at, and a decision after it ours to tell', async () => {
		const { id } = await hub.refer(at('10:00'), { agency_reference: 'gone' });
		await done(transfer(id));
		await done(accept(id));
		await hub.refer(at('15:10'), { agency_reference: 'gone', history: { strengths: 'An aunt.' } });
		const kinds = (await whole(id)).follow_ups.filter((f) => f.state === 'open').map((f) => f.kind);
		assert.ok(kinds.includes('triage'), kinds.join());
	});
});

describe('the agency that made it', () => {
	test('is told whose it is, once that has accepted; and nothing else', async () => {
		const id = await refer();
		const seen = () => hub.agency.ok('GET', `/v1/referrals/${id}`);
		assert.equal((await seen()).transfer, null);
		await done(transfer(id));
		assert.equal((await seen()).transfer, null, 'still ours');
		await done(accept(id, { accepted_role: 'Team manager' }));
		assert.deepEqual((await seen()).transfer, { to_authority: to.to_authority, accepted_at: exact('15:00') });
		const { items } = await hub.agency.ok('GET', `/v1/referrals/${id}/timeline?limit=200`);
		const [event] = items.filter((e) => e.type === 'transfer_accepted');
		assert.deepEqual(event.data, { to_authority: to.to_authority });
		for (const word of ['They live there', 'Front door', 'Mx. Manager', 'Team manager']) assert.ok(!JSON.stringify([await seen(), items]).includes(word), word);
	});
});

describe('what is refused', () => {
	test('what is theirs, what was not decided', async () => {
		const id = await refer();
		assert.match((await refused(accept(id), 409, 'wrong-state')).detail, /allowed now: transfer/);
		await done(transfer(id));
		await done(accept(id));
		await refused(accept(id), 409, 'wrong-state');
		assert.match((await refused(transfer(id), 409, 'wrong-state')).detail, /until it is reopened, or more is sent/);
	});

	test('a referral that was closed and reopened since may go again', async () => {
		const id = await refer();
		await done(transfer(id));
		await done(accept(id));
		const step = async (name, body, clock) => hub.practitioner.at(at(clock)).ok('POST', `/v1/referrals/${id}/${name}`, { body, headers: { 'if-match': `"${(await whole(id)).version}"` } });
		await step('closure', { reason: 'RC5' }, '15:30');
		await step('reopening', { reason: 'new_information', note: 'They moved back.' }, '16:00');
		await done(transfer(id, {}, { now: at('16:30') }));
	});

	test('a closed referral goes nowhere; but what had gone may be accepted', async () => {
		const [closed, gone] = [await refer(), await refer()];
		await done(transfer(gone));
		await hub.db.query("UPDATE referral SET state = 'closed', next_due_at = 'infinity' WHERE id = ANY ($1)", [[closed, gone]]);
		assert.match((await refused(transfer(closed), 409, 'wrong-state')).detail, /'transfer'; allowed now: .*reopen/);
		await done(accept(gone));
	});

	test('moments that cannot be, and what lacks something', async () => {
		const id = await refer();
		await refused(transfer(id, { decided_at: at('11:01') }), 422, 'rule-broken', '/decided_at');
		await refused(transfer(id, { decided_at: at('09:59') }), 422, 'rule-broken', '/decided_at');
		for (const member of Object.keys(to)) await refused(transfer(id, { [member]: undefined }), 422, 'invalid-body', `/${member}`);
		await done(transfer(id));
		await refused(accept(id, { accepted_at: at('15:01') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, { accepted_at: at('10:59') }), 422, 'rule-broken', '/accepted_at');
		await refused(accept(id, { accepted_name: '' }), 422, 'invalid-body', '/accepted_name');
	});

	test('versions and people', async () => {
		const id = await refer();
		await refused(transfer(id, {}, { etag: null }), 428, 'version-required', 'header: If-Match');
		await refused(transfer(id, {}, { etag: '"99"' }), 412, 'stale-version', 'If-Match');
		await refused(transfer(randomUUID(), {}, { etag: '"1"' }), 404, 'not-found');
		await refused(accept(randomUUID()), 404, 'not-found');
		for (const who of [hub.system, hub.agency]) {
			await refused(transfer(id, {}, { who }), 403, 'forbidden');
			await refused(accept(id, {}, { who }), 403, 'forbidden');
		}
	});
});
