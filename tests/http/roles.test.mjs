// Who may do what: every operation of the contract with the key of every role, on records that are there, against the table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addPeople, attempt, decidedReferral, decision } from '../support/casework.mjs';
import { Client } from '../support/client.mjs';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';
import { operations } from '../support/openapi.mjs';

const NOW = `${DAY}T16:00:00Z`;
const example = (name) => JSON.parse(readFileSync(new URL(`../../api/examples/${name}.json`, import.meta.url)));
const ROLES = ['agency', 'practitioner', 'manager', 'duty', 'allocated_worker', 'analyst', 'admin'];
const HUB = ['practitioner', 'manager'];
const MANAGER = ['manager'];
const ALL_WITH_REFERRALS = ['agency', ...HUB];
const CASEWORK = [...HUB, 'duty', 'allocated_worker']; // those who work on referrals, whoever decides them
const READERS = ['agency', ...CASEWORK];
const ADMIN = ['admin'];
const AUTHORS = ['manager', 'admin']; // of policies: one writes, another activates
const DIRECTORY = [...HUB, 'admin']; // those who work with agencies and colleagues may look them up

let hub;
const clients = {};
before(async () => {
	hub = await addPeople(await startHub('roles'));
	const issue = async (...of) => new Client(hub.daemon.url, { key: (await mashctl(hub.db, 'key', 'issue', ...of)).stdout.trim(), now: NOW });
	const person = async (role) => (await mashctl(hub.db, 'staff', 'add', '--name', `R. ${role}`, '--role', role)).stdout.trim();
	for (const role of ['duty', 'allocated_worker', 'analyst', 'admin']) clients[role] = await issue('--staff', await person(role), '--role', role);
	Object.assign(clients, { agency: hub.agency.at(NOW), practitioner: hub.practitioner.at(NOW), manager: hub.manager.at(NOW) });
	clients.none = new Client(hub.daemon.url, { now: NOW });
});
after(() => hub?.stop());

// A new referral that waits to be acknowledged, screened so that a discussion is owed.
async function referral() {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`, { agency_reference: randomUUID(), channel: 'secure_email' });
	await hub.screen(`${DAY}T10:30:00Z`, id, 'red');
	return id;
}
async function flag() {
	const id = await referral();
	await hub.sweep(NOW);
	return (await hub.flags(NOW, `referral_id=${id}`))[0].id;
}
// Where a decided, a withdrawn, a closed referral is; and what its version is then.
const decidedOne = async () => `/v1/referrals/${(await decidedReferral(hub, DAY)).id}`;
const withdrawn = async () => {
	const path = `/v1/referrals/${await referral()}`;
	return `${path}/withdrawals/${(await clients.agency.ok('POST', `${path}/withdrawals`, { body: { reason: 'x' } })).id}/answer`;
};
const versionOf = async (path) => ({ 'if-match': (await clients.manager.get(path)).headers.etag });
const toldOf = async () => {
	const path = await decidedOne();
	await clients.practitioner.ok('POST', `${path}/feedback`, { body: { content: 'receipt_only', method: 'phone' } });
	return path;
};
const closed = async () => {
	const path = await toldOf();
	await clients.practitioner.ok('POST', `${path}/closure`, { body: example('closeReferral'), headers: await versionOf(path) });
	return path;
};
async function refusedPost() {
	const reference = `N-${randomUUID()}`;
	await hub.agency.at(NOW).post('/v1/referrals', { agency_reference: reference });
	return (await hub.agency.at(NOW).ok('GET', '/v1/rejected-submissions')).items.find((j) => j.agency_reference === reference).id;
}
const talked = async () => {
	const id = await referral();
	return [`/v1/referrals/${id}/discussion-confirmations`, (await attempt(hub, NOW, id)).id];
};
const linked = async (kind) => {
	const [one, other] = [await referral(), await referral()];
	const { id } = await clients.practitioner.ok('POST', `/v1/referrals/${one}/links`, { body: { ...example('linkReferrals'), referral_id: other, kind } });
	return `/v1/referrals/${one}/links/${id}`;
};
async function transferred() {
	const path = `/v1/referrals/${await referral()}/transfer`;
	await clients.practitioner.ok('POST', path, { body: example('transferReferral'), headers: { 'if-match': '"2"' } });
	return path;
}
async function unborn() {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`, { children: [{ sex: 'U', expected_date_of_delivery: DAY }] });
	const { children: [child] } = await clients.manager.ok('GET', `/v1/referrals/${id}`);
	return `/v1/referrals/${id}/children/${child.id}`;
}
// Drawn for the weekly sample: a screening by the practitioner, to which the leader agreed.
async function sampled() {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`);
	const { id: screening } = await hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
		rating: 'amber', reason: 'x', clarification_needed: false, not_needed_reason: 'complete_and_consistent', agreed_by: hub.leaderId,
	} });
	await hub.db.query(`INSERT INTO sampled_referral (partnership_id, referral_id, week, screening_id, opened_at) VALUES ($1, $2, $3, $4, mashd_now())`,
		[hub.partnership, id, DAY, screening]);
	return `/v1/referrals/${id}/sample-reviews`;
}
const phoned = async () => (await hub.refer(`${DAY}T10:00:00Z`, { channel: 'phone' }, hub.practitioner)).id;
const consultation = async () => (await clients.practitioner.ok('POST', '/v1/consultations', { body: { ...example('createConsultation'), held_at: `${DAY}T09:00:00Z` } })).id;
async function passed() {
	const path = `/v1/referrals/${await referral()}/allocated-worker`;
	await clients.practitioner.ok('POST', path, { body: example('passToAllocatedWorker') });
	return path;
}
async function offered() {
	const path = `/v1/referrals/${await referral()}/handover`;
	await clients.practitioner.ok('POST', path, { body: { summary: 'x' } });
	return path;
}
async function withDuty() {
	const path = await offered();
	await clients.duty.ok('POST', `${path}/acceptance`, { body: {} });
	return path;
}
const raised = async () => (await clients.practitioner.ok('POST', `/v1/referrals/${await referral()}/flags`, { body: example('raiseFlag') })).id;
// "Not needed" that a colleague has asked this one about.
async function asked(who) {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`);
	await hub.colleague.at(NOW).ok('POST', `/v1/referrals/${id}/screenings`, { body: {
		rating: 'green', reason: 'x', clarification_needed: false, not_needed_reason: 'complete_and_consistent', agreed_by: who === clients.practitioner ? hub.staffId : hub.managerId } });
	return (await hub.manager.at(NOW).ok('GET', `/v1/sign-offs?referral_id=${id}`)).items[0].id;
}
const owed = async () => (await hub.followUp(NOW, await referral(), 'discuss')).id;
// A discussion that may be paused, and one that is.
async function pausable() {
	const { id } = await hub.refer(`${DAY}T10:00:00Z`);
	await hub.screen(`${DAY}T10:30:00Z`, id, 'green');
	return (await hub.followUp(NOW, id, 'discuss')).id;
}
const pause = (who, id) => who.post(`/v1/follow-ups/${id}/pause`, { ...example('pauseFollowUp'), until: undefined });
async function paused() {
	const id = await pausable();
	await pause(clients.practitioner, id);
	return id;
}
const newAgency = async () => (await clients.admin.ok('POST', '/v1/agencies', { body: { ...example('createAgency'), name: randomUUID() } })).id;
const newStaff = async () => (await clients.admin.ok('POST', '/v1/staff', { body: { ...example('createStaff'), email: `${randomUUID()}@hub.example` } })).id;
const newKey = async () => (await clients.admin.ok('POST', '/v1/keys', { body: example('createKey') })).id;
// A child on a new referral; and one whom staff have recognised.
async function named() {
	const id = await referral();
	const { children } = await hub.manager.at(NOW).ok('GET', `/v1/referrals/${id}`);
	return { referral_id: id, subject_id: children[0].id };
}
async function personLinked() {
	const { referral_id: id, subject_id } = await named();
	return hub.manager.at(NOW).ok('POST', `/v1/referrals/${id}/person-links`, { body: { subject_id } });
}
const v1 = { 'if-match': '"1"' };
const newPolicy = () => ({ ...example('createPolicy'), version: randomUUID() });
// Of an author who is nobody in this table.
async function draft() {
	const { id } = await clients.admin.ok('POST', '/v1/policies', { body: newPolicy() });
	await hub.db.query('UPDATE policy SET author = NULL WHERE id = $1', [id]);
	return id;
}
const newCalendar = () => ({ ...example('createCalendar'), name: randomUUID(), is_default: false });
let calendar;
async function aCalendar() {
	calendar ??= (await clients.admin.ok('POST', '/v1/calendars', { body: newCalendar() })).id;
	return `/v1/calendars/${calendar}`;
}
async function replaceCalendar(who) {
	const path = await aCalendar();
	return who.put(path, newCalendar(), { 'if-match': (await clients.admin.get(path)).headers.etag });
}

// operation: [roles that may, status then, how it is asked]
const table = {
	createReferral: [[...ALL_WITH_REFERRALS, 'duty'], 201, (who) => who.post('/v1/referrals', example('createReferral-minimal'))],
	getReferral: [READERS, 200, async (who) => who.get(`/v1/referrals/${await referral()}`)],
	listReferrals: [CASEWORK, 200, (who) => who.get('/v1/referrals')],
	listRejectedSubmissions: [ALL_WITH_REFERRALS, 200, (who) => who.get('/v1/rejected-submissions')],
	recordNoReferral: [['agency'], 201, async (who) => who.post(`/v1/rejected-submissions/${await refusedPost()}/no-referral`, example('recordNoReferral'))],
	recordScreening: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/screenings`, { rating: 'red', reason: 'x', clarification_needed: true, topics: ['needs'] })],
	recordContactAttempt: [CASEWORK, 201, async (who) => who.post(`/v1/referrals/${await referral()}/contact-attempts`, { result: 'no_answer', method: 'phone', counterpart: 'referrer' })],
	recordAcknowledgement: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/acknowledgement`, { method: 'email' })],
	confirmDiscussion: [['agency'], 201, async (who) => { const [path, of] = await talked(); return who.post(path, { contact_attempt_id: of, answer: 'confirmed' }); }],
	recordDecision: [[...HUB, 'duty'], 201, async (who) => who.post(`/v1/referrals/${await referral()}/decisions`, decision(hub.leaderId, { outcome: 'immediate_protection' }))],
	recordFeedback: [HUB, 201, async (who) => who.post(`${await decidedOne()}/feedback`, example('recordFeedback'))],
	addNote: [CASEWORK, 201, async (who) => who.post(`/v1/referrals/${await referral()}/notes`, example('addNote'))],
	requestWithdrawal: [['agency'], 201, async (who) => who.post(`/v1/referrals/${await referral()}/withdrawals`, example('requestWithdrawal'))],
	answerWithdrawal: [MANAGER, 201, async (who) => { const path = await withdrawn(); return who.post(path, example('answerWithdrawal'), await versionOf(path.replace(/\/withdrawals.*/, ''))); }],
	closeReferral: [HUB, 201, async (who) => { const path = await toldOf(); return who.post(`${path}/closure`, example('closeReferral'), await versionOf(path)); }],
	reopenReferral: [HUB, 201, async (who) => { const path = await closed(); return who.post(`${path}/reopening`, example('reopenReferral'), await versionOf(path)); }],
	listSignOffs: [HUB, 200, (who) => who.get('/v1/sign-offs?state=open')],
	answerSignOff: [HUB, 201, async (who) => who.post(`/v1/sign-offs/${await asked(who)}/answer`, { answer: 'agreed' })],
	raiseFlag: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/flags`, example('raiseFlag'))],
	clearFlag: [HUB, 201, async (who) => who.post(`/v1/flags/${await raised()}/clearance`, example('clearFlag'))],
	acknowledgeFlags: [HUB, 200, async (who) => who.post('/v1/flags/acknowledgements', { flags: [{ id: await raised(), plan: 'x' }] })],
	listWork: [CASEWORK, 200, (who) => who.get('/v1/work?view=mine')],
	actOnMany: [HUB, 200, async (who) => who.post('/v1/referrals/actions', { ...example('actOnMany'), assigned_to: hub.staffId, referrals: [{ id: await referral() }] })],
	listFollowUps: [READERS, 200, async (who) => who.get(`/v1/referrals/${await referral()}/follow-ups`)],
	waiveFollowUp: [MANAGER, 201, async (who) => who.post(`/v1/follow-ups/${await owed()}/waiver`, example('waiveFollowUp'))],
	getFollowUpExplanation: [CASEWORK, 200, async (who) => who.get(`/v1/follow-ups/${await owed()}/explanation`)],
	pauseFollowUp: [HUB, 201, async (who) => pause(who, await pausable())],
	resumeFollowUp: [HUB, 201, async (who) => who.post(`/v1/follow-ups/${await paused()}/resume`, example('resumeFollowUp'))],
	updateReferral: [HUB, 200, async (who) => who.patch(`/v1/referrals/${await referral()}`, { assigned_to: hub.staffId }, { 'if-match': '"2"' })],
	passToAllocatedWorker: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/allocated-worker`, example('passToAllocatedWorker'))],
	acceptAllocatedWorker: [['manager', 'duty', 'allocated_worker'], 201, async (who) => who.post(`${await passed()}/acceptance`, {})],
	transferReferral: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/transfer`, example('transferReferral'), { 'if-match': '"2"' })],
	acceptTransfer: [HUB, 201, async (who) => who.post(`${await transferred()}/acceptance`, { accepted_name: 'x' })],
	recordBirth: [HUB, 201, async (who) => who.post(`${await unborn()}/birth`, { date_of_birth: DAY }, { 'if-match': '"1"' })],
	recordStrategyDiscussion: [[...HUB, 'duty'], 201, async (who) => who.post(`/v1/referrals/${await referral()}/strategy-discussions`, { ...example('recordStrategyDiscussion'), held_at: `${DAY}T12:00:00Z` })],
	recordWrittenConfirmation: [HUB, 201, async (who) => who.post(`/v1/referrals/${await phoned()}/written-confirmation`, { channel: 'post' })],
	createConsultation: [[...HUB, 'duty'], 201, async (who) => who.post('/v1/consultations', { ...example('createConsultation'), held_at: `${DAY}T09:00:00Z` })],
	listConsultations: [HUB, 200, (who) => who.get('/v1/consultations')],
	linkConsultation: [HUB, 201, async (who) => who.post(`/v1/consultations/${await consultation()}/links`, { referral_id: await referral() })],
	offerHandover: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/handover`, { summary: 'x' })],
	acceptHandover: [['duty'], 201, async (who) => who.post(`${await offered()}/acceptance`, {})],
	returnHandover: [HUB, 201, async (who) => who.post(`${await withDuty()}/return`, { note: 'x' })],
	linkReferrals: [HUB, 201, async (who) => who.post(`/v1/referrals/${await referral()}/links`, { ...example('linkReferrals'), referral_id: await referral() })],
	confirmLink: [MANAGER, 201, async (who) => who.post(`${await linked('duplicate')}/confirmation`, example('confirmLink'))],
	unlinkReferrals: [HUB, 201, async (who) => who.post(`${await linked('sibling')}/removal`, example('unlinkReferrals'))],
	listFlags: [CASEWORK, 200, (who) => who.get('/v1/flags')],
	acknowledgeFlag: [HUB, 201, async (who) => who.post(`/v1/flags/${await flag()}/acknowledgement`, example('acknowledgeFlag'))],
	getTimeline: [READERS, 200, async (who) => who.get(`/v1/referrals/${await referral()}/timeline`)],
	listMatches: [CASEWORK, 200, async (who) => who.get(`/v1/referrals/${await referral()}/matches`)],
	linkPerson: [HUB, 201, async (who) => {
		const { referral_id: id, subject_id } = await named();
		return who.post(`/v1/referrals/${id}/person-links`, { subject_id });
	}],
	undoPersonLink: [HUB, 201, async (who) => {
		const { referral_id: id, id: link } = await personLinked();
		return who.post(`/v1/referrals/${id}/person-links/${link}/undo`, example('undoPersonLink'));
	}],
	getPerson: [CASEWORK, 200, async (who) => who.get(`/v1/persons/${(await personLinked()).person_id}`)],
	searchReferrals: [CASEWORK, 200, (who) => who.post('/v1/referrals/search', example('searchReferrals'))],
	recordSampleReview: [MANAGER, 201, async (who) => who.post(await sampled(), example('recordSampleReview'))],
	listMetricsRecords: [HUB, 200, (who) => who.get('/v1/metrics/follow-up/records?name=declined&part=numerator&from=2027-01-01&to=2027-04-01')],
	getFollowUpMetrics: [['manager', 'analyst'], 200, (who) => who.get('/v1/metrics/follow-up?from=2027-01-01&to=2027-04-01')],
	listPolicies: [DIRECTORY, 200, (who) => who.get('/v1/policies')],
	getPolicy: [DIRECTORY, 200, (who) => who.get('/v1/policies/england')],
	createPolicy: [AUTHORS, 201, (who) => who.post('/v1/policies', newPolicy())],
	activatePolicy: [AUTHORS, 201, async (who) => who.post(`/v1/policies/${await draft()}/activation`, { reason: 'x', retime_open: false })],
	dryRunPolicy: [AUTHORS, 200, async (who) => who.post(`/v1/policies/${await draft()}/dry-run`)],
	listCalendars: [[...CASEWORK, 'admin'], 200, (who) => who.get('/v1/calendars')],
	getCalendar: [[...CASEWORK, 'admin'], 200, async (who) => who.get(await aCalendar())],
	createCalendar: [AUTHORS, 201, (who) => who.post('/v1/calendars', newCalendar())],
	replaceCalendar: [AUTHORS, 200, replaceCalendar],
	dryRunCalendar: [AUTHORS, 200, async (who) => who.post(`${await aCalendar()}/dry-run`, newCalendar())],
	createAgency: [ADMIN, 201, (who) => who.post('/v1/agencies', { ...example('createAgency'), name: randomUUID() })],
	listAgencies: [DIRECTORY, 200, (who) => who.get('/v1/agencies')],
	getAgency: [DIRECTORY, 200, (who) => who.get(`/v1/agencies/${hub.agencyId}`)],
	updateAgency: [ADMIN, 200, async (who) => who.patch(`/v1/agencies/${await newAgency()}`, { secure_email: 'other@health.example' }, v1)],
	createStaff: [ADMIN, 201, (who) => who.post('/v1/staff', { ...example('createStaff'), email: `${randomUUID()}@hub.example` })],
	listStaff: [DIRECTORY, 200, (who) => who.get('/v1/staff')],
	getStaff: [DIRECTORY, 200, (who) => who.get(`/v1/staff/${hub.staffId}`)],
	updateStaff: [ADMIN, 200, async (who) => who.patch(`/v1/staff/${await newStaff()}`, { social_work_qualified: false }, v1)],
	createKey: [ADMIN, 201, (who) => who.post('/v1/keys', example('createKey'))],
	listKeys: [ADMIN, 200, (who) => who.get('/v1/keys')],
	getKey: [ADMIN, 200, async (who) => who.get(`/v1/keys/${await newKey()}`)],
	revokeKey: [ADMIN, undefined, async (who) => who.post(`/v1/keys/${await newKey()}/revocation`, example('revokeKey'))],
	rotateKey: [ADMIN, 201, async (who) => who.post(`/v1/keys/${await newKey()}/rotation`, example('rotateKey'))],
};
const open = {
	getLivez: '/livez', getReadyz: '/readyz', getMetrics: '/metrics', getOpenapi: '/openapi.json', getDocs: '/docs', getDocsAsset: '/docs/docs.css',
	listProblems: '/problems', getProblem: '/problems/not-found',
};

test('the table has every operation', () => {
	assert.deepEqual([...Object.keys(table), ...Object.keys(open)].toSorted(), operations.map((o) => o.id).toSorted());
	assert.deepEqual(operations.filter((o) => o.permission === 'none').map((o) => o.id).toSorted(), Object.keys(open).toSorted());
});

for (const [id, [may, status, ask]] of Object.entries(table)) {
	describe(id, () => {
		for (const role of ROLES) {
			test(`${role}: ${may.includes(role) ? 'may' : '403'}`, async () => {
				const answer = await ask(clients[role]);
				if (may.includes(role)) {
					const wanted = status ?? operations.find((o) => o.id === id).statuses.find((s) => s < 300);
					assert.equal(answer.status, wanted, answer.text);
				} else {
					assert.deepEqual([answer.status, answer.json.type], [403, '/problems/forbidden'], answer.text);
				}
			});
		}
		test('without a key: 401', async () => {
			const answer = await ask(clients.none);
			assert.deepEqual([answer.status, answer.json.type], [401, '/problems/unauthenticated'], answer.text);
		});
	});
}

test('the documentation names the roles that may', () => {
	for (const { id, description } of operations.filter((o) => table[o.id])) {
		const [, list] = /For roles? ((?:(?:, and |, | and )?`\w+`)+)(?![^]*For role)/.exec(description.replace(/\s+/g, ' ')) ?? [];
		assert.deepEqual((list?.match(/\w+(?=`)/g) ?? []).toSorted(), table[id][0].toSorted(), `${id}: ${list}`);
	}
});

test('what needs no key needs none, and takes any', async () => {
	for (const [id, path] of Object.entries(open)) {
		for (const who of [clients.none, clients.agency, clients.none.as('nonsense')]) assert.equal((await who.get(path)).status, 200, id);
	}
});

describe('limits within a role', () => {
	test('not allowed comes before not there', async () => {
		for (const [who, path] of [['analyst', '/v1/referrals/'], ['admin', '/v1/referrals/'], ['agency', '/v1/agencies/'], ['manager', '/v1/keys/']])
			assert.equal((await clients[who].get(path + randomUUID())).status, 403, path);
	});

	test('an agency reads its own, of another it gets 404', async () => {
		const id = await referral();
		for (const path of ['', '/timeline', '/follow-ups']) {
			assert.equal((await clients.agency.get(`/v1/referrals/${id}${path}`)).status, 200);
			assert.equal((await hub.otherAgency.get(`/v1/referrals/${id}${path}`)).status, 404);
		}
	});

	test('a manager of another partnership gets 404 for all of them, an admin no directory but its own', async () => {
		const other = await mashctl(hub.db, 'partnership', 'add', '--name', 'Other hub').then((r) => r.stdout.trim());
		const person = (await mashctl(hub.db, 'staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager', '--role', 'admin')).stdout.trim();
		const issue = async (...roles) => clients.none.as((await mashctl(hub.db, 'key', 'issue', '--partnership', other, '--staff', person, ...roles.flatMap((r) => ['--role', r]))).stdout.trim());
		const stranger = await issue('manager', 'admin');
		for (const id of ['getReferral', 'recordScreening', 'recordContactAttempt', 'recordAcknowledgement', 'recordDecision', 'recordFeedback', 'addNote', 'recordSampleReview', 'answerWithdrawal', 'closeReferral', 'reopenReferral',
			'updateReferral', 'transferReferral', 'acceptTransfer', 'recordBirth', 'recordStrategyDiscussion', 'recordWrittenConfirmation', 'linkConsultation', 'passToAllocatedWorker',
			'acceptAllocatedWorker', 'offerHandover', 'returnHandover', 'linkReferrals', 'confirmLink', 'unlinkReferrals',
			'listFollowUps', 'waiveFollowUp', 'getFollowUpExplanation', 'pauseFollowUp', 'resumeFollowUp', 'acknowledgeFlag', 'getTimeline', 'listMatches', 'linkPerson', 'undoPersonLink', 'getPerson',
			'activatePolicy', 'dryRunPolicy', 'getCalendar', 'replaceCalendar', 'dryRunCalendar', 'getAgency', 'updateAgency', 'getStaff', 'updateStaff', 'getKey', 'revokeKey', 'rotateKey']) {
			const answer = await table[id][2](stranger);
			assert.deepEqual([answer.status, answer.json.type], [404, '/problems/not-found'], id);
		}
		for (const path of ['/v1/referrals', '/v1/flags', '/v1/consultations', '/v1/policies', '/v1/agencies', '/v1/rejected-submissions']) assert.deepEqual((await stranger.ok('GET', path)).items, [], path);
	});

	test('several roles of one key add up', async () => {
		const key = (await mashctl(hub.db, 'key', 'issue', '--partnership', hub.partnership, '--system', 'Both', '--role', 'analyst', '--role', 'admin')).stdout.trim();
		const both = clients.none.as(key);
		for (const id of ['getFollowUpMetrics', 'listKeys', 'listAgencies']) assert.equal((await table[id][2](both)).status, 200, id);
		for (const id of ['listReferrals', 'getReferral', 'waiveFollowUp']) assert.equal((await table[id][2](both)).status, 403, id);
	});
});
