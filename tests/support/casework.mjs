// People and steps that tests of casework share, on top of a hub (hub.mjs).
import { Client } from './client.mjs';
import { mashctl } from './daemon.mjs';

export const HISTORY = { child: 'considered', siblings: 'nothing_recorded', mother: 'considered', father_or_other_carer: 'not_available' };

// A decision that nothing is wrong with where nothing had to be asked, or where it was discussed.
export const decision = (authoriser, more = {}) => ({
	stage: 'final', outcome: 'child_and_family_assessment', legal_basis: 's17', level_of_need: 'level 4', rationale: 'Read twice, and talked over.',
	history_considered: HISTORY, authorised_by: authoriser, ...more,
});

// A social-work-qualified manager (leader, leaderId), a second practitioner (colleague), a duty worker, support staff.
export async function addPeople(hub) {
	const ctl = async (...args) => (await mashctl(hub.db, ...args)).stdout.trim();
	const add = (name, role, ...more) => ctl('staff', 'add', '--partnership', hub.partnership, '--name', name, '--role', role, ...more);
	const key = async (id, role) => new Client(hub.daemon.url, { key: await ctl('key', 'issue', '--partnership', hub.partnership, '--staff', id, '--role', role) });
	hub.leaderId = await add('L. Leader', 'manager', '--qualified');
	hub.leader = await key(hub.leaderId, 'manager');
	hub.colleagueId = await add('C. Colleague', 'practitioner', '--qualified');
	hub.colleague = await key(hub.colleagueId, 'practitioner');
	hub.dutyId = await add('D. Duty', 'duty', '--qualified');
	hub.duty = await key(hub.dutyId, 'duty');
	hub.supportId = await add('S. Support', 'support');
	hub.disabledId = await add('G. Gone', 'manager', '--qualified');
	await hub.db.query('UPDATE staff SET disabled_at = mashd_now() WHERE id = $1', [hub.disabledId]);
	return hub;
}

// The children's ids of a referral, in their order.
export const childrenOf = async (hub, now, id) => (await hub.manager.at(now).ok('GET', `/v1/referrals/${id}`)).children.map((c) => c.id);

// An attempt of a practitioner; discussed by phone where nothing else is said.
export const attempt = (hub, now, id, more = {}) => hub.practitioner.at(now).ok('POST', `/v1/referrals/${id}/contact-attempts`, { body: {
	result: 'discussed', method: 'phone', counterpart: 'referrer', ...((more.result ?? 'discussed') === 'discussed' ? { shared_understanding: 'yes' } : {}), ...more,
} });

// Only asks those whom it names.
export const decide = (hub, now, id, more = {}, who = hub.practitioner) => who.at(now).post(`/v1/referrals/${id}/decisions`, decision(hub.leaderId, more));

// Decided, and everybody named has agreed: the record with the children that it governs, the follow-ups and the referral then.
export async function decided(hub, now, id, more = {}, who = hub.practitioner) {
	const answer = await decide(hub, now, id, more, who);
	if (answer.status !== 201) throw new Error(answer.text);
	let said = answer.json;
	for (const person of [hub.leader, hub.colleague]) said = await hub.agree(now, said, person);
	const governs = said === answer.json ? said.governs : said.children;
	return { ...said, governs };
}

// Received at 10:00, screened at 10:30 as complete, decided at 11:00.
export async function decidedReferral(hub, day, members = {}, by = hub.agency) {
	const { id } = await hub.refer(`${day}T10:00:00Z`, members, by);
	await hub.screen(`${day}T10:30:00Z`, id, 'amber', false);
	return { id, decision: await decided(hub, `${day}T11:00:00Z`, id) };
}

// The faults of a refusal: [status, type, [pointer, code], …].
export const faults = ({ status, json }) => [status, json.type.replace('/problems/', ''), ...(json.errors ?? []).map((e) => [e.pointer, e.code])];
