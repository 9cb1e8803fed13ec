// The headline asks for every material topic: those that people name, and those that the rules offer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addPeople, attempt, decided } from '../support/casework.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
let hub;
before(async () => { hub = await addPeople(await startHub('figures_topics')); });
after(() => hub?.stop());

const whole = (id) => hub.manager.at(at('16:00')).ok('GET', `/v1/referrals/${id}`);
const offered = async (id) => (await whole(id)).topics.filter((t) => t.status === 'offered' && t.weight === 'material').map((t) => t.code);
const ask = (clock, id, topics) => hub.practitioner.at(at(clock)).ok('POST', `/v1/referrals/${id}/screenings`, { body: { rating: 'amber', reason: 'Read twice.', clarification_needed: true, topics } });
const talk = (clock, id, more) => attempt(hub, at(clock), id, more);
const cite = async (clock, id, { id: talked }) => decided(hub, at(clock), id, { discussions: [{ contact_attempt_id: talked, effect: 'confirmed' }] });
const resolved = (codes) => ({ topics: codes.map((code) => ({ code, outcome: 'resolved' })) });

// What the headline makes of each of these: the names of its parts by referral.
async function parts() {
	const found = {};
	const { figures } = await hub.manager.at('2027-03-05T12:00:00Z').ok('GET', '/v1/metrics/follow-up?from=2027-03-01&to=2027-03-02');
	for (const name of ['fully_discussed', 'discussed_incompletely']) {
		const { records } = figures.find((f) => f.name === name);
		const { items } = await hub.manager.at('2027-03-05T12:00:00Z').ok('GET', `${records.numerator}&limit=200`);
		for (const { referral_id: id } of items) found[id] = name;
	}
	return found;
}

test('one person does not talk them away: what no discussion spoke of is not fully discussed', async () => {
	const { id: one } = await hub.refer(at('09:30'));
	assert.ok((await offered(one)).length >= 7);
	await ask('10:00', one, ['level_of_need_missing']);
	await cite('11:00', one, await talk('10:30', one, resolved(['level_of_need_missing'])));

	const { id: all } = await hub.refer(at('09:30'));
	const codes = await offered(all);
	await ask('10:00', all, ['level_of_need_missing']);
	// One was answered before anybody screened, one is open with a reason, and the rest are resolved.
	await talk('09:50', all, resolved(codes.slice(0, 1)));
	await cite('11:00', all, await talk('10:30', all, { topics: [...resolved(['level_of_need_missing', ...codes.slice(2)]).topics, { code: codes[1], outcome: 'open', reason: 'She asks her team.' }] }));

	const { id: none } = await hub.refer(at('09:30'));
	await ask('10:00', none, ['level_of_need_missing']);
	await cite('11:00', none, await talk('10:30', none, { confirmed_no_topic_open: true }));

	const { id: two } = await hub.refer(at('09:30'));
	await ask('10:00', two, ['significant_harm']);
	const said = await talk('10:30', two, resolved(['significant_harm']));
	await hub.screen(at('10:40'), two, 'amber', false);
	await cite('11:00', two, said);

	const found = await parts();
	assert.deepEqual([one, all, none, two].map((id) => found[id]), ['discussed_incompletely', 'fully_discussed', 'fully_discussed', 'fully_discussed']);
});

test('what the rules offer later changes nothing of what was decided, and nothing that they offered before is forgotten', async () => {
	const members = { agency_reference: 'TOPICS-1', why_now: 'Since Monday.', children: [{ first_name: 'A.', family_name: 'Example', date_of_birth: '2020-01-01' }] };
	const { id: early } = await hub.refer(at('09:30'), members);
	await ask('10:00', early, ['level_of_need_missing']);
	await cite('11:00', early, await talk('10:30', early, { confirmed_no_topic_open: true }));
	await hub.refer(at('12:00'), { ...members, concerns: [{ category: 'neglect', description: 'Hungry.' }] });
	assert.ok((await offered(early)).includes('neglect_without_description'));

	const other = { ...members, agency_reference: 'TOPICS-2' };
	const { id: late } = await hub.refer(at('09:30'), other);
	await ask('10:00', late, ['level_of_need_missing']);
	const codes = (await offered(late)).filter((code) => code !== 'how_to_reach_referrer');
	await cite('11:00', late, await talk('10:30', late, resolved(codes)));
	await hub.refer(at('12:00'), { ...other, referrer: { kind: 'professional', name: 'P. Q.', phone: '01632 960001' } });
	assert.ok(!(await offered(late)).includes('how_to_reach_referrer'));

	const found = await parts();
	assert.deepEqual([early, late].map((id) => found[id]), ['fully_discussed', 'discussed_incompletely']);
	const rows = await hub.db.query('SELECT referral_id FROM former_topics WHERE referral_id = ANY ($1)', [[early, late]]);
	assert.equal(rows.length, 2);
});

test('the database knows the material ones that the program knows', async () => {
	const { id } = await hub.refer(at('09:30'));
	const { components } = await hub.manager.ok('GET', '/openapi.json');
	await ask('10:00', id, components.schemas.TopicCode.enum);
	const rows = await hub.db.query("SELECT (SELECT array_agg(code ORDER BY code) FROM clarification_topic WHERE referral_id = $1 AND weight = 'material') AS named, (SELECT array_agg(m ORDER BY m) FROM unnest(material_topics()) AS m) AS known", [id]);
	assert.deepEqual(rows[0].known, rows[0].named);
});
