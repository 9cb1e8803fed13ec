// Who may be whom: what is proposed and what is not, what staff say about it, a person over all referrals.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock, day = DAY) => `${day}T${clock}:00Z`;
const NOW = at('12:00');
const NOBODY = '01900000-0000-7000-8000-000000000000';
let hub, stranger;

before(async () => {
	hub = await startHub('people');
	const other = (await mashctl(hub.db, 'partnership', 'add', '--name', 'Other hub')).stdout.trim();
	const person = (await mashctl(hub.db, 'staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager')).stdout.trim();
	stranger = hub.manager.as((await mashctl(hub.db, 'key', 'issue', '--partnership', other, '--staff', person, '--role', 'manager')).stdout.trim());
});
after(() => hub?.stop());

let families = 0;
// A family name that no other test has.
const familyName = () => `Family${String.fromCharCode(97 + (families % 26), 97 + (Math.floor(families++ / 26) % 26))}`;
let numbers = 0;
// Valid NHS numbers from the range that is kept for testing.
function nhsNumber() {
	for (;;) {
		const digits = `999${String(++numbers).padStart(6, '0')}`;
		const check = 11 - ([...digits].reduce((sum, digit, i) => sum + digit * (10 - i), 0) % 11);
		if (check !== 10) return digits + (check % 11);
	}
}
const child = (family_name, more = {}) => ({ first_name: 'Ada', family_name, date_of_birth: '2019-05-04', ...more });
const refer = (children, more = {}, now = at('10:00')) => hub.refer(now, { children, ...more }).then((receipt) => receipt.id);
const whole = (id, who = hub.manager) => who.at(NOW).ok('GET', `/v1/referrals/${id}`);
const matches = async (id) => (await hub.practitioner.at(NOW).ok('GET', `/v1/referrals/${id}/matches`));
const link = (id, body, who = hub.practitioner) => who.at(NOW).post(`/v1/referrals/${id}/person-links`, body);
const undo = (id, linkId, body = { reason: 'Another one.' }) => hub.practitioner.at(NOW).post(`/v1/referrals/${id}/person-links/${linkId}/undo`, body);
async function linked(id, body) {
	const answer = await link(id, body);
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}
async function subjects(id) {
	const { children, household } = await whole(id);
	return { child: children[0].id, children: children.map((c) => c.id), household: household.map((h) => h.id) };
}
const person = (id, who = hub.manager) => who.at(NOW).ok('GET', `/v1/persons/${id}`);
const refused = (answer, status, type, pointer) => assert.deepEqual([answer.status, answer.json.type, answer.json.errors?.[0].pointer], [status, `/problems/${type}`, pointer], answer.text);

// Two referrals one after the other; what the second one's record shows of the first.
async function earlierOf(first, second, { firstMore, secondMore, firstDay = DAY } = {}) {
	const earlier = await refer(first, firstMore, at('09:00', firstDay));
	const later = await refer(second, secondMore, at('11:00'));
	await hub.compare();
	const shown = (await whole(later)).earlier_referrals.filter((e) => e.referral_id === earlier);
	return { earlier, later, shown: shown.map((e) => [e.relation, e.by, e.confirmed]).toSorted() };
}

describe('what is proposed', () => {
	const name = familyName;
	const nhs = nhsNumber();
	const upn = 'A243731687508';
	const mother = (family_name, more = {}) => ({ first_name: 'Mia', family_name, relationship: 'Mother', date_of_birth: '1995-02-03', ...more });
	const address = (postcode) => ({ addresses: [{ lines: ['1 Any Road'], postcode }] });
	const cases = [
		['the same NHS number, whatever the name', [child(name(), { nhs_number: nhs })], [child(name(), { nhs_number: nhs, date_of_birth: '2018-01-01' })], {}, [['same_child', 'nhs_number', false]]],
		['the same pupil number', [child(name(), { upn })], [child(name(), { upn, date_of_birth: '2018-01-01' })], {}, [['same_child', 'upn', false]]],
		['a faulty NHS number matches nobody', [child(name(), { nhs_number: '9990000001' })], [child(name(), { nhs_number: '9990000001', date_of_birth: '2018-01-01' })], {}, []],
		['nor does a number of zeros', [child(name(), { nhs_number: '0000000000' })], [child(name(), { nhs_number: '0000000000', date_of_birth: '2018-01-01' })], {}, []],
		['nor "pupil number unknown"', [child(name(), { upn: 'UN1' })], [child(name(), { upn: 'UN1', date_of_birth: '2018-01-01' })], {}, []],
		['name and birth, spelt in another way', [child('Ó Dónaill-Mac Úna')], [child('O\'DONAILL McUNA')], {}, [['same_child', 'name_and_birth', false]]],
		['a short first name', [child('Nkemdirim', { first_name: 'Sam' })], [child('Nkemdirim', { first_name: 'Samuel' })], {}, [['same_child', 'name_and_birth', false]]],
		['without a first name', [child('Quillfeather', { first_name: undefined })], [child('Quillfeather')], {}, [['same_child', 'name_and_birth', false]]],
		['twins are brothers and sisters', [child('Ravensworth', { first_name: 'Tom' })], [child('Ravensworth', { first_name: 'Berta' })], {}, [['sibling', 'name_and_birth', false]]],
		['two NHS numbers are two children', [child('Sandgate', { nhs_number: nhsNumber() })], [child('Sandgate', { nhs_number: nhsNumber() })], {}, [['sibling', 'name_and_birth', false]]],
		['another birth is nobody', [child('Tolliver')], [child('Tolliver', { date_of_birth: '2019-05-05' })], {}, []],
		['no name is no name', [child('Unknown', { first_name: 'Baby' })], [child('Not known', { first_name: 'Baby' })], {}, []],
		['unborn children are not alike for having no birth', [child('Underhill', { date_of_birth: undefined })], [child('Underhill', { date_of_birth: undefined })], {}, []],
		['one postcode, one family name', [child('Vanterpool', address('WV99 1XY'))], [child('Vanterpool', { date_of_birth: '2015-01-01', ...address('wv991xy') })], {}, [['sibling', 'name_and_address', false]]],
		['of no fixed abode is no address', [child('Wexcombe', address('ZZ99 3VZ'))], [child('Wexcombe', { date_of_birth: '2015-01-01', ...address('ZZ99 3VZ') })], {}, []],
		['the same mother', [child(name())], [child(name(), { date_of_birth: '2016-01-01' })], { firstMore: { household: [mother('Yarnold')] }, secondMore: { household: [mother('Yarnold')] } }, [['parent', 'name_and_birth', false]]],
		['a mother of that birth with another first name is not she', [child(name())], [child(name(), { date_of_birth: '2016-01-01' })],
			{ firstMore: { household: [mother('Zouch')] }, secondMore: { household: [mother('Zouch', { first_name: 'Philippa' })] } }, []],
		['a grandmother is of the household', [child(name())], [child(name(), { date_of_birth: '2016-01-01' })],
			{ firstMore: { household: [mother('Abdale', { relationship: 'Grandmother' })] }, secondMore: { household: [mother('Abdale', { relationship: 'Grandmother' })] } }, [['household', 'name_and_birth', false]]],
		['a child that was named in the household of another', [child(name(), { date_of_birth: '2012-01-01' })], [child('Bagshaw')],
			{ firstMore: { household: [{ first_name: 'Ada', family_name: 'Bagshaw', relationship: 'Half-sister', date_of_birth: '2019-05-04' }] } }, [['sibling', 'name_and_birth', false]]],
		['a brother who was referred before', [child('Cadwallader')], [child(name(), { date_of_birth: '2012-01-01' })],
			{ secondMore: { household: [{ first_name: 'Ada', family_name: 'Cadwallader', relationship: 'Sister', date_of_birth: '2019-05-04' }] } }, [['sibling', 'name_and_birth', false]]],
		['a mother who was referred as a child', [child('Dabney', { date_of_birth: '2011-03-03' })], [child(name())],
			{ secondMore: { household: [mother('Dabney', { first_name: 'Ada', date_of_birth: '2011-03-03' })] } }, [['parent', 'name_and_birth', false]]],
		['twelve months and a day before is too long ago', [child('Eastaugh')], [child('Eastaugh')], { firstDay: '2026-02-28' }, []],
		['twelve months before is not', [child('Fairclough')], [child('Fairclough')], { firstDay: '2026-03-02' }, [['same_child', 'name_and_birth', false]]],
	];
	for (const [what, first, second, more, expected] of cases) {
		test(what, async () => assert.deepEqual((await earlierOf(first, second, more)).shown, expected));
	}

	test('who is named or corrected later is compared again', async () => {
		const earlier = await refer([child('Hadleigh'), child('Iredale'), child('Jellicoe')], {}, at('09:00'));
		const sent = [child('Somebody'), { family_name: 'Jellicoe', expected_date_of_delivery: '2027-04-01' }];
		const later = await refer(sent, { agency_reference: 'later' }, at('10:00'));
		const relations = async () => {
			await hub.compare();
			return (await matches(later)).items.filter((m) => m.other.referral_id === earlier).length;
		};
		assert.equal(await relations(), 0);
		await hub.refer(at('10:10'), { agency_reference: 'later', children: [...sent, child('Hadleigh')] });
		assert.equal(await relations(), 1, 'joined by additional information');
		const { children, version } = await whole(later);
		const body = { reason: 'The school knows.', children: [{ ...children[0], family_name: 'Iredale' }, ...children.slice(1)] };
		const corrected = await hub.practitioner.at(NOW).patch(`/v1/referrals/${later}`, body, { 'if-match': `"${version}"` });
		assert.equal(corrected.status, 200, corrected.text);
		assert.equal(await relations(), 2, 'corrected');
		const born = await hub.practitioner.at(NOW).post(`/v1/referrals/${later}/children/${children[1].id}/birth`, { first_name: 'Ada', date_of_birth: '2019-05-04' },
			{ 'if-match': `"${corrected.json.version}"` });
		assert.equal(born.status, 201, born.text);
		assert.equal(await relations(), 3, 'born');
	});

	test('only what came in before, the latest first, none of another partnership', async () => {
		const ids = [];
		for (const clock of ['09:00', '10:00', '11:00']) ids.push(await refer([child('Gadsby')], {}, at(clock)));
		await hub.compare();
		const shown = async (id) => (await whole(id)).earlier_referrals.map((e) => e.referral_id);
		assert.deepEqual([await shown(ids[0]), await shown(ids[1]), await shown(ids[2])], [[], [ids[0]], [ids[1], ids[0]]]);
		const [{ reference, received_at: received, state }] = (await whole(ids[1])).earlier_referrals;
		const first = await whole(ids[0]);
		assert.deepEqual([reference, received, state], [first.reference, at('09:00').replace('Z', '.000000Z'), 'received']);
		const foreign = (await stranger.at(NOW).ok('POST', '/v1/referrals', { body: { children: [child('Gadsby')], concerns: [{ description: 'Often hungry.' }] } })).id;
		await hub.compare();
		assert.deepEqual(await shown(ids[2]), [ids[1], ids[0]]);
		for (const path of [`/v1/referrals/${foreign}`, `/v1/referrals/${foreign}/matches`]) assert.equal((await hub.manager.get(path)).status, 404);
	});

	test('it is a topic to ask about, offered when the record is read', async () => {
		const { earlier, later } = await earlierOf([child('Haddow')], [child('Haddow')]);
		const offered = async (id) => (await whole(id)).topics.filter((t) => t.code === 'earlier_referral');
		assert.deepEqual([await offered(earlier), await offered(later)], [[], [{ code: 'earlier_referral', weight: 'completeness', status: 'offered', reason: null }]]);
		await hub.practitioner.at(NOW).ok('POST', `/v1/referrals/${later}/screenings`, { body: { rating: 'amber', reason: 'x', clarification_needed: true, topics: ['earlier_referral'] } });
		assert.deepEqual((await offered(later)).map((t) => t.status), ['open']);
	});

	test('a record that nobody has compared says so; an agency sees none of it', async () => {
		const first = await refer([child('Iddon')]);
		await hub.db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 1000 FROM referral WHERE id = $1', [first]);
		const record = await whole(first);
		assert.ok(record.earlier_referrals === null || record.earlier_referrals.length === 0);
		await hub.compare();
		assert.deepEqual([(await whole(first)).earlier_referrals, (await matches(first)).compared], [[], true]);
		assert.ok(!('earlier_referrals' in (await whole(first, hub.agency))));
	});

	test('the daemon compares by itself', async () => {
		const first = await refer([child('Jagger')]);
		const second = await refer([child('Jagger')]);
		const deadline = Date.now() + 20_000;
		for (;;) {
			const { items } = await matches(second);
			if (items.length === 1 && items[0].other.referral_id === first) break;
			assert.ok(Date.now() < deadline, 'the job did not come');
		}
		assert.match((await hub.manager.get('/metrics')).text, /^mashd_referrals_compared_total [1-9]/m);
	});

	test('a hundred referrals of one child are no burden to each other', async () => {
		const ids = await Promise.all(Array.from({ length: 100 }, () => refer([child('Kaye', { nhs_number: '9990000123' })])));
		await hub.compare();
		const record = await whole(ids[50]);
		assert.ok(record.earlier_referrals.length <= 50);
		assert.ok((await matches(ids[50])).items.length <= 200);
	});
});

describe('matches', () => {
	test('the surest first, with whom and why, both ways, whenever', async () => {
		const nhs_number = nhsNumber();
		const [older, newer] = [await refer([child('Lacey', { nhs_number }), child('Lacey', { first_name: 'Tim', date_of_birth: '2015-01-01' })], {}, at('09:00', '2020-03-02')), await refer([child('Lacey', { nhs_number })])];
		await hub.compare();
		const { compared, items, links } = await matches(newer);
		const [a, b] = [await subjects(older), await subjects(newer)];
		assert.deepEqual([compared, links], [true, []]);
		const { reference } = await whole(older);
		assert.deepEqual(items, [{
			subject_id: b.child, relation: 'same_child', same_person: true, rule: 'nhs_number', score: 0.99, confirmed: false,
			other: { referral_id: older, reference, received_at: at('09:00', '2020-03-02').replace('Z', '.000000Z'), state: 'received', subject: 'child', subject_id: a.child, first_name: 'Ada',
				family_name: 'Lacey', date_of_birth: '2019-05-04', relationship: null, person_id: null },
		}]);
		assert.deepEqual((await matches(older)).items.map((m) => [m.subject_id, m.other.subject_id, m.rule]), [[a.child, b.child, 'nhs_number']]);
	});

	test('of what is not there: 404; for an agency: 403', async () => {
		const id = await refer([child(familyName())]);
		assert.equal((await hub.manager.get(`/v1/referrals/${randomUUID()}/matches`)).status, 404);
		assert.equal((await stranger.get(`/v1/referrals/${id}/matches`)).status, 404);
		assert.equal((await hub.agency.get(`/v1/referrals/${id}/matches`)).status, 403);
		assert.equal((await hub.manager.get('/v1/referrals/nonsense/matches')).status, 400);
	});
});

describe('linking', () => {
	async function pair(family = familyName(), more = {}) {
		const [a, b] = [await refer([child(family, more)]), await refer([child(family, more)])];
		await hub.compare();
		return { a, b, of: [await subjects(a), await subjects(b)] };
	}

	test('the same child as on another referral: a person begins, both are linked, both timelines say so', async () => {
		const { a, b, of: [first, second] } = await pair();
		const before = await whole(b);
		const { id, referral, ...said } = await linked(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } });
		assert.deepEqual(said, {
			referral_id: b, version: before.version + 1, subject: 'child', subject_id: second.child, person_id: said.person_id, same_as: { referral_id: a, subject_id: first.child }, status: 'confirmed',
			undoes: null, rule: 'name_and_birth', score: 0.9, reason: null, decided_by: hub.staffId, decided_at: NOW.replace('Z', '.000000Z'),
		});
		assert.equal(referral.version, before.version + 1);
		for (const [referralId, subject] of [[a, first.child], [b, second.child]]) {
			const record = await whole(referralId);
			assert.deepEqual([record.children[0].person_id, record.children[0].family_name], [said.person_id, before.children[0].family_name]);
			const { items } = await hub.manager.ok('GET', `/v1/referrals/${referralId}/timeline?limit=200`);
			const [event] = items.filter((e) => e.type === 'person_linked');
			assert.deepEqual([event.version, event.actor.id, event.data.subject_id, event.data.person_id, event.data.status], [record.version, hub.staffId, subject, said.person_id, 'confirmed']);
			assert.ok(!JSON.stringify(event.data).includes('Ada'));
			const theirs = await hub.agency.ok('GET', `/v1/referrals/${referralId}/timeline?limit=200`);
			assert.ok(!theirs.items.some((e) => e.type === 'person_linked'));
		}
		assert.deepEqual((await whole(b)).earlier_referrals.map((e) => [e.referral_id, e.by, e.confirmed]), [[a, 'person', true]]);
		assert.deepEqual((await matches(b)).items.map((m) => [m.rule, m.score, m.confirmed, m.other.person_id]), [['person', 1, true, said.person_id]]);
		assert.deepEqual((await matches(b)).links.map((l) => l.id), [id]);
		const again = await refer([child(before.children[0].family_name)]);
		await hub.compare();
		assert.deepEqual((await matches(again)).items.map((m) => m.other.person_id), [said.person_id, said.person_id]);
	});

	test('a known person, whom no rule would have found', async () => {
		const { b, of: [, second] } = await pair();
		const { person_id } = await linked(b, { subject_id: second.child });
		const c = await refer([child(familyName(), { first_name: 'Adelheid', date_of_birth: undefined })]);
		await hub.compare();
		assert.deepEqual((await matches(c)).items, []);
		const answer = await linked(c, { subject_id: (await subjects(c)).child, person_id });
		assert.deepEqual([answer.person_id, answer.rule, answer.score, answer.same_as], [person_id, null, null, null]);
		assert.deepEqual((await whole(c)).earlier_referrals.map((e) => [e.relation, e.by]), [['same_child', 'person']]);
		assert.deepEqual((await person(person_id)).referrals.map((r) => r.referral_id), [c, b]);
	});

	test('a parent under 18 is a child and a parent', async () => {
		const family = familyName();
		const baby = await refer([child(familyName())], { household: [{ first_name: 'Eve', family_name: family, relationship: 'Mother', date_of_birth: '2011-07-07' }] }, at('11:00'));
		const herself = await refer([child(family, { first_name: 'Eve', date_of_birth: '2011-07-07' })], {}, at('10:00'));
		await hub.compare();
		const [ofBaby, own] = [await subjects(baby), await subjects(herself)];
		const { person_id } = await linked(baby, { subject_id: ofBaby.household[0], same_as: { referral_id: herself, subject_id: own.child } });
		const record = await person(person_id);
		assert.deepEqual(record.referrals.map((r) => [r.referral_id, r.subject, r.relationship]), [[baby, 'household', 'Mother'], [herself, 'child', null]]);
	});

	test('undone with a reason: the row has nobody, the history has both, rules may propose it again', async () => {
		const { a, b, of: [first, second] } = await pair();
		const { id, person_id } = await linked(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } });
		const answer = await undo(b, id, { reason: 'A cousin.' });
		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.headers.etag, `"${answer.json.version}"`);
		assert.deepEqual([answer.json.status, answer.json.undoes, answer.json.reason, answer.json.person_id], ['undone', id, 'A cousin.', person_id]);
		assert.equal((await whole(b)).children[0].person_id, null);
		assert.deepEqual((await whole(b)).earlier_referrals.map((e) => [e.by, e.confirmed]), [['name_and_birth', false]]);
		assert.deepEqual((await matches(b)).links.map((l) => l.status), ['confirmed', 'undone']);
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${b}/timeline?limit=200`);
		assert.deepEqual(items.filter((e) => e.type.startsWith('person_')).map((e) => [e.type, e.data.status]), [['person_linked', 'confirmed'], ['person_unlinked', 'undone']]);
		refused(await undo(b, id), 409, 'wrong-state', undefined);
		assert.equal((await person(person_id)).ended_at, null, 'the other referral is linked still');
		const other = (await matches(a)).links[0];
		assert.equal((await undo(a, other.id)).status, 201);
		assert.equal((await person(person_id)).ended_at, NOW.replace('Z', '.000000Z'));
		refused(await link(b, { subject_id: second.child, person_id }), 422, 'rule-broken', '/person_id');
		assert.equal((await linked(b, { subject_id: second.child })).status, 'confirmed');
	});

	test('rejected: not proposed again, whoever was compared with whom; confirmed after all, it counts', async () => {
		const { a, b, of: [first, second] } = await pair();
		const same_as = { referral_id: a, subject_id: first.child };
		const { id, person_id, status } = await linked(b, { subject_id: second.child, decision: 'rejected', same_as, reason: 'Two cousins.' });
		assert.deepEqual([person_id, status], [null, 'rejected']);
		for (const referral of [a, b]) assert.deepEqual((await matches(referral)).items, []);
		await hub.db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 999 FROM referral WHERE id = $1', [a]);
		await hub.compare();
		assert.deepEqual([(await matches(a)).items, (await whole(b)).earlier_referrals], [[], []]);
		refused(await undo(b, id), 409, 'wrong-state', undefined);
		await linked(b, { subject_id: second.child, same_as });
		assert.deepEqual((await matches(b)).items.map((m) => m.rule), ['person']);
		refused(await link(b, { subject_id: second.child, decision: 'rejected', same_as }), 409, 'wrong-state', undefined);
	});

	test('a rejected person is rejected for all rows that are linked to it', async () => {
		const family = familyName();
		const ids = [];
		for (let i = 0; i < 3; i++) ids.push(await refer([child(family)]));
		await hub.compare();
		const of = await Promise.all(ids.map(subjects));
		const { person_id } = await linked(ids[1], { subject_id: of[1].child, same_as: { referral_id: ids[0], subject_id: of[0].child } });
		assert.equal((await matches(ids[2])).items.length, 2);
		assert.equal((await linked(ids[2], { subject_id: of[2].child, decision: 'rejected', person_id })).person_id, person_id);
		assert.deepEqual((await matches(ids[2])).items, []);
	});

	test('two persons are two, even with one number', async () => {
		const nhs_number = nhsNumber();
		const { a, b, of: [first, second] } = await pair(familyName(), { nhs_number });
		await linked(a, { subject_id: first.child });
		await linked(b, { subject_id: second.child });
		assert.ok((await matches(b)).items.every((m) => !m.same_person));
	});

	test('what is refused', async () => {
		const { a, b, of: [first, second] } = await pair();
		const other = await refer([child(familyName(), { nhs_number: nhsNumber() }), child(familyName(), { nhs_number: nhsNumber() })]);
		const of = await subjects(other);
		refused(await link(b, { subject_id: NOBODY }), 422, 'rule-broken', '/subject_id');
		refused(await link(b, { subject_id: first.child }), 422, 'rule-broken', '/subject_id');
		refused(await link(b, { subject_id: second.child, person_id: NOBODY }), 422, 'rule-broken', '/person_id');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: NOBODY, subject_id: first.child } }), 422, 'rule-broken', '/same_as');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: second.child } }), 422, 'rule-broken', '/same_as');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: b, subject_id: second.child } }), 422, 'rule-broken', '/same_as/subject_id');
		refused(await link(other, { subject_id: of.children[0], same_as: { referral_id: other, subject_id: of.children[1] } }), 422, 'rule-broken', '/same_as');
		const { person_id } = await linked(other, { subject_id: of.children[0] });
		refused(await link(other, { subject_id: of.children[0] }), 409, 'wrong-state', undefined);
		refused(await link(other, { subject_id: of.children[1], person_id }), 422, 'rule-broken', '/person_id');
		const numbered = await refer([child(familyName(), { nhs_number: nhsNumber() })]);
		const subject_id = (await subjects(numbered)).child;
		refused(await link(numbered, { subject_id, person_id }), 422, 'rule-broken', '/reason');
		assert.equal((await link(numbered, { subject_id, person_id, reason: 'The first number was her sister\'s.' })).status, 201);
		for (const [body, place] of [[{}, '/subject_id'], [{ subject_id: 'x' }, '/subject_id'], [{ subject_id, decision: 'rejected' }, ''], [{ subject_id, person_id, same_as: { referral_id: a, subject_id: first.child } }, '']]) {
			const answer = await link(numbered, body);
			assert.deepEqual([answer.status, answer.json.type], [422, '/problems/invalid-body'], answer.text);
			assert.ok(answer.json.errors.some((e) => e.pointer === place), answer.text);
		}
		refused(await undo(a, NOBODY), 404, 'not-found', undefined);
		refused(await link(NOBODY, { subject_id }), 404, 'not-found', undefined);
		const { id } = (await matches(numbered)).links[0];
		refused(await undo(b, id), 404, 'not-found', undefined);
		refused(await undo(numbered, id, {}), 422, 'invalid-body', '/reason');
		refused(await link(numbered, { subject_id }, hub.system), 403, 'forbidden', undefined);
		assert.equal((await hub.system.at(NOW).post(`/v1/referrals/${numbered}/person-links/${id}/undo`, { reason: 'x' })).status, 403);
		assert.equal((await stranger.at(NOW).post(`/v1/referrals/${numbered}/person-links`, { subject_id })).status, 404);
	});

	test('a person of another partnership is nobody here', async () => {
		const { id } = await stranger.at(NOW).ok('POST', '/v1/referrals', { body: { children: [child('Foreign')], concerns: [{ description: 'Often hungry.' }] } });
		const { children } = await whole(id, stranger);
		const { person_id } = await stranger.at(NOW).ok('POST', `/v1/referrals/${id}/person-links`, { body: { subject_id: children[0].id } });
		const { b, of: [, second] } = await pair();
		refused(await link(b, { subject_id: second.child, person_id }), 422, 'rule-broken', '/person_id');
		refused(await link(b, { subject_id: second.child, same_as: { referral_id: id, subject_id: children[0].id } }), 422, 'rule-broken', '/same_as');
		assert.equal((await hub.manager.get(`/v1/persons/${person_id}`)).status, 404);
	});

	test('two who link the same two rows at once make one person', async () => {
		const { a, b, of: [first, second] } = await pair();
		const answers = await Promise.all([
			link(a, { subject_id: first.child, same_as: { referral_id: b, subject_id: second.child } }), link(b, { subject_id: second.child, same_as: { referral_id: a, subject_id: first.child } }, hub.manager)]);
		assert.deepEqual(answers.map((r) => r.status).toSorted(), [201, 409]);
		const records = await Promise.all([a, b].map((id) => whole(id)));
		assert.equal(records[0].children[0].person_id, records[1].children[0].person_id);
	});

	test('once per Idempotency-Key', async () => {
		const { b, of: [, second] } = await pair();
		const headers = { 'idempotency-key': randomUUID() };
		const ask = (body) => hub.practitioner.at(NOW).post(`/v1/referrals/${b}/person-links`, body, headers);
		const [one, two] = [await ask({ subject_id: second.child }), await ask({ subject_id: second.child })];
		assert.deepEqual([one.status, two.status, two.text], [201, 201, one.text]);
		refused(await ask({ subject_id: second.child, reason: 'x' }), 422, 'idempotency-key-reused', 'Idempotency-Key');
	});
});

describe('a person', () => {
	test('over all referrals, with relatives, and what came in about those alone', async () => {
		const family = familyName();
		const mother = { first_name: 'Nora', family_name: family, relationship: 'Mother', date_of_birth: '1990-01-01' };
		const one = await refer([child(family, { nhs_number: nhsNumber() })], { household: [mother] }, at('09:00', '2025-03-03'));
		const two = await refer([child(family, { first_name: 'Ada Maria' })], { household: [mother] }, at('09:00', '2026-03-02'));
		const brother = await refer([child(family, { first_name: 'Bob', date_of_birth: '2016-06-06' })], { household: [mother] }, at('10:00'));
		await hub.compare();
		const of = await Promise.all([one, two, brother].map(subjects));
		const { person_id: ada } = await linked(two, { subject_id: of[1].child, same_as: { referral_id: one, subject_id: of[0].child } });
		const { person_id: nora } = await linked(two, { subject_id: of[1].household[0], same_as: { referral_id: one, subject_id: of[0].household[0] } });
		await linked(brother, { subject_id: of[2].household[0], person_id: nora });
		const { person_id: bob } = await linked(brother, { subject_id: of[2].child });
		const answer = await hub.manager.at(NOW).get(`/v1/persons/${ada}`);
		const record = answer.json;
		assert.equal(answer.headers.etag, `"${record.version}"`);
		assert.deepEqual([record.first_name, record.family_name, record.date_of_birth, record.nhs_number !== null, record.created_by], ['Ada Maria', family, '2019-05-04', true, hub.staffId]);
		assert.deepEqual(record.referrals.map((r) => [r.referral_id, r.subject, r.agency_name]), [[two, 'child', 'Oak School'], [one, 'child', 'Oak School']]);
		assert.deepEqual(record.relatives.map((r) => [r.person_id, r.relation, r.referrals]), [[nora, 'parent', 2]]);
		assert.deepEqual(record.family_referrals.map((r) => [r.referral_id, r.person_id, r.subject]), [[brother, nora, 'household']]);
		assert.deepEqual((await person(nora)).relatives.map((r) => [r.person_id, r.relation, r.referrals]), [[ada, 'child', 2], [bob, 'child', 1]]);
		assert.deepEqual((await person(bob)).family_referrals.map((r) => r.referral_id), [two, one]);
		assert.deepEqual((await whole(brother)).earlier_referrals.map((e) => [e.referral_id, e.relation, e.by, e.confirmed]), [[two, 'parent', 'person', true]]);
	});

	test('who is not there: 404; for an agency: 403', async () => {
		assert.equal((await hub.manager.get(`/v1/persons/${randomUUID()}`)).status, 404);
		assert.equal((await hub.agency.get(`/v1/persons/${randomUUID()}`)).status, 403);
		assert.equal((await hub.manager.get('/v1/persons/nonsense')).status, 400);
	});
});
