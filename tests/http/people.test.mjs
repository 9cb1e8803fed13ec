// Who may be whom: what is proposed and what is not, with what agrees and what differs.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DAY } from '../support/hub.mjs';
import { NOW, at, child, familyName, nhsNumber, startPeople } from '../support/people.mjs';
import { until } from '../support/raw_http.mjs';

let hub, stranger, refer, whole, matches, linked, subjects;
before(async () => {
	({ hub, stranger, refer, whole, matches, linked, subjects } = await startPeople('people'));
});
after(() => hub?.stop());

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
		const earlier = await refer([child('Hadleigh'), child('Iredale'), child('Jellicoe', { date_of_birth: '2027-02-20' })], {}, at('09:00'));
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
		const born = await hub.practitioner.at(NOW).post(`/v1/referrals/${later}/children/${children[1].id}/birth`, { first_name: 'Ada', date_of_birth: '2027-02-20' },
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
		await until(async () => {
			const { items } = await matches(second);
			return items.length === 1 && items[0].other.referral_id === first;
		});
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

describe('what agrees and what differs', () => {
	const address = (postcode) => ({ addresses: [{ lines: ['1 Any Road'], postcode }] });
	const nhs_number = nhsNumber();
	const upn = 'A243731687508';
	const cases = [
		['a date of birth that conflicts', { nhs_number }, { nhs_number, date_of_birth: '2019-04-05' }, ['first_name', 'family_name', 'nhs_number'], ['date_of_birth']],
		['a number that only one of them has', { upn, nhs_number: nhsNumber() }, { upn }, ['first_name', 'family_name', 'date_of_birth', 'upn'], []],
		['a move, a short form', { ...address('WV99 1XY'), first_name: 'Sam' }, { ...address('WV99 2XY'), first_name: 'Samuel' }, ['first_name', 'family_name', 'date_of_birth'], ['postcode']],
		['a marriage, another school', { nhs_number, upn }, { nhs_number, upn: 'W000000000005', family_name: 'Newname' }, ['first_name', 'date_of_birth', 'nhs_number'], ['family_name', 'upn']],
		['twins', { ...address('WV99 1XY') }, { ...address('WV99 1XY'), first_name: 'Berta' }, ['family_name', 'date_of_birth', 'postcode'], ['first_name']],
		['what one of them lacks, and a faulty number, say nothing', { first_name: undefined, nhs_number: '9990000001' }, { nhs_number: nhsNumber(), upn }, ['family_name', 'date_of_birth'], []],
	];
	for (const [what, first, second, agrees, differs] of cases) {
		test(what, async () => {
			const family = familyName();
			const { earlier, later } = await earlierOf([child(family, first)], [child(family, second)]);
			const [shown] = (await whole(later)).earlier_referrals.filter((e) => e.referral_id === earlier);
			assert.deepEqual([shown.agrees, shown.differs], [agrees, differs]);
			for (const [mine, theirs] of [[earlier, later], [later, earlier]]) {
				const [match] = (await matches(mine)).items.filter((m) => m.other.referral_id === theirs);
				assert.deepEqual([match.agrees, match.differs], [agrees, differs]);
			}
		});
	}

	test('a conflict is to be seen before a link is made, after it, and no more once the record was corrected', async () => {
		const family = familyName();
		const numbers = [nhsNumber(), nhsNumber()];
		const { earlier, later } = await earlierOf([child(family, { nhs_number: numbers[0] })], [child(family, { nhs_number: numbers[1] })]);
		const conflict = async () => (await matches(later)).items.map((m) => [m.rule, m.same_person, m.differs]);
		assert.deepEqual(await conflict(), [['name_and_birth', false, ['nhs_number']]]);
		const [a, b] = [await subjects(earlier), await subjects(later)];
		await linked(later, { subject_id: b.child, same_as: { referral_id: earlier, subject_id: a.child }, reason: 'The hospital gave a second number.' });
		assert.deepEqual(await conflict(), [['person', true, ['nhs_number']]]);
		assert.deepEqual((await whole(later)).earlier_referrals.map((e) => [e.confirmed, e.differs]), [[true, ['nhs_number']]]);
		const { children, version } = await whole(later);
		const body = { reason: 'Read from the card.', children: [{ ...children[0], nhs_number: numbers[0] }] };
		const corrected = await hub.practitioner.at(NOW).patch(`/v1/referrals/${later}`, body, { 'if-match': `"${version}"` });
		assert.equal(corrected.status, 200, corrected.text);
		await hub.compare();
		assert.deepEqual(await conflict(), [['person', true, []]]);
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
			agrees: ['first_name', 'family_name', 'date_of_birth', 'nhs_number'], differs: [],
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
