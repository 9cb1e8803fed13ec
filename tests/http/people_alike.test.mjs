// Names and dates as they are misheard and miswritten: who is shown as an earlier referral all the same, by which weaker rule, and
// who is not; and what a search finds by its sound, behind what is spelt more alike.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY, startHub } from '../support/hub.mjs';

const at = (clock) => `${DAY}T${clock}:00Z`;
let hub;
before(async () => { hub = await startHub('people_alike'); });
after(() => hub?.stop());

const born = '2017-03-08';
const child = (first_name, family_name, more = {}) => ({ first_name, family_name, date_of_birth: born, ...more });
const living = (postcode) => ({ addresses: [{ lines: ['1 Any Road'], postcode }] });
const father = (first_name, family_name, more = {}) => ({ first_name, family_name, relationship: 'Father', ...more });
let number = 0;
// A child of whom nothing is like any other: its names sound like no other's here.
const somebody = (more = {}) => child(`Q${'bdfgklmnprst'[number % 12]}`, 'bdfgklmnprst'[number % 12] + 'abdefgiklmnoprst'[number++ % 16], { date_of_birth: `2009-01-${10 + number}`, ...more });

async function shown(first, second) {
	const refer = (now, { children, household }) => hub.refer(at(now), { children, household });
	const { id: earlier } = await refer('09:00', first);
	const { id: later } = await refer('11:00', second);
	await hub.compare();
	const record = await hub.manager.ok('GET', `/v1/referrals/${later}`);
	const { items } = await hub.manager.ok('GET', `/v1/referrals/${later}/matches`);
	return {
		shown: record.earlier_referrals.filter((e) => e.referral_id === earlier).map((e) => [e.relation, e.by, e.confirmed]).toSorted(),
		matches: items.filter((m) => m.other.referral_id === earlier),
		back: (await hub.manager.ok('GET', `/v1/referrals/${earlier}/matches`)).items.filter((m) => m.other.referral_id === later),
	};
}
const of = (...children) => ({ children });

describe('an earlier referral', () => {
	const cases = [
		['of a family name that sounds alike', of(child('Stephen', 'Browne')), of(child('Stephen', 'Brown')), [['same_child', 'sound_and_birth', false]]],
		['of both names that sound alike', of(child('Shaun', 'Keighley')), of(child('Seán', 'Keeley', {})), [['same_child', 'sound_and_birth', false]]],
		['of a first name that sounds alike', of(child('Kathryn', 'Wetherby')), of(child('Catherine', 'Wetherby')), [['same_child', 'name_and_birth', false]]],
		['of first and family name swapped', of(child('Hassan', 'Yusuf')), of(child('Yusuf', 'Hassan')), [['same_child', 'names_swapped', false]]],
		['of day and month swapped', of(child('Gwen', 'Llewellyn')), of(child('Gwen', 'Llewellyn', { date_of_birth: '2017-08-03' })), [['same_child', 'birth_swapped', false]]],
		['not where another first name and a sound are all there is', of(child('Nadia', 'Peirce')), of(child('Oliver', 'Pearce')), []],
		['not where no first name and a sound are all there is', of(child(undefined, 'Meyer')), of(child('Otto', 'Maier')), []],
		['not where day and month are swapped and a name differs', of(child('Ida', 'Zuckerman')), of(child('Eva', 'Zuckerman', { date_of_birth: '2017-08-03' })), []],
		['not where names are swapped and the birth differs', of(child('Karim', 'Rashid')), of(child('Rashid', 'Karim', { date_of_birth: '2017-03-09' })), []],
		['not where two NHS numbers say that they are two', of(child('Piers', 'Thorne', { nhs_number: '9990004110' })), of(child('Piers', 'Thorn', { nhs_number: '9990000123' })), []],
		['in another script only by the same name', of(child('Иван', 'Петров')), of(child('Иван', 'Петровa')), []],
	];
	for (const [what, first, second, expected] of cases) {
		test(what, async () => {
			const found = await shown(first, second);
			assert.deepEqual(found.shown, expected);
			assert.deepEqual([found.matches.length, found.back.length], [expected.length, expected.length]);
			const weak = found.matches.filter((m) => m.rule !== 'name_and_birth');
			for (const m of [...weak, ...found.back.filter((b) => b.rule !== 'name_and_birth')]) {
				assert.ok(m.same_person && !m.confirmed && m.score < 0.6, JSON.stringify(m));
				assert.equal(m.other.person_id, null);
			}
		});
	}

	test('of one who is spelt alike counts for more than one who sounds alike', async () => {
		const [{ id: spelt }, { id: sounding }] = [await hub.refer(at('09:00'), of(child('Idris', 'Clarke'))), await hub.refer(at('09:10'), of(child('Idris', 'Clerk')))];
		const { id } = await hub.refer(at('11:00'), of(child('Idris', 'Clarke')));
		await hub.compare();
		const { items } = await hub.manager.ok('GET', `/v1/referrals/${id}/matches`);
		assert.deepEqual(items.map((m) => [m.other.referral_id, m.rule]), [[spelt, 'name_and_birth'], [sounding, 'sound_and_birth']]);
	});
});

describe('a parent whose birth is not known', () => {
	const parent = [['parent', 'parent_name', false]];
	const at1 = (postcode, ...household) => ({ children: [somebody(living(postcode))], household });
	const dated = { date_of_birth: '1990-02-03' };
	const cases = [
		['at the same postcode', at1('WV99 1AA', father('Dean', 'Oakley')), at1('wv991aa', father('Dean', 'Oakley')), parent],
		['known on one of the two', at1('WV99 1AB', father('Dean', 'Oakham', dated)), at1('WV99 1AB', father('Dean', 'Oakham')), parent],
		['not at another postcode', at1('WV99 1AC', father('Dean', 'Oakes')), at1('WV99 1AD', father('Dean', 'Oakes')), []],
		['not by a name that only sounds alike', at1('WV99 1AE', father('Dean', 'Ockley')), at1('WV99 1AE', father('Dean', 'Ockleigh')), []],
		['not where one lives elsewhere', at1('WV99 1AF', father('Dean', 'Oaten', { lives_with_child: false })), at1('WV99 1AF', father('Dean', 'Oaten')), []],
		['not where two births are known', at1('WV99 1AG', father('Dean', 'Otway', dated)), at1('WV99 1AG', father('Dean', 'Otway', { date_of_birth: '1991-02-03' })), []],
		['not who is no parent', at1('WV99 1AH', father('Dean', 'Oddie', { relationship: 'Lodger' })), at1('WV99 1AH', father('Dean', 'Oddie', { relationship: 'Lodger' })), []],
	];
	for (const [what, first, second, expected] of cases) test(what, async () => assert.deepEqual((await shown(first, second)).shown, expected));

	test('with a child in common, wherever they live', async () => {
		const whole = (...household) => ({ children: [child('Rosalind', 'Vickery')], household });
		const found = await shown(whole(father('Dean', 'Ormond', { lives_with_child: false }), father('Karl', 'Other')), whole(father('Dean', 'Ormond'), father('Dean', 'Ormonde')));
		assert.deepEqual(found.shown, [['parent', 'parent_name', false], ['same_child', 'name_and_birth', false]]);
		assert.deepEqual(found.matches.map((m) => [m.rule, m.same_person]).toSorted(), [['name_and_birth', true], ['parent_name', true]]);
	});

	test('what a person has said comes first', async () => {
		const { id: earlier } = await hub.refer(at('09:00'), { children: [somebody(living('WV99 1AJ'))], household: [father('Dean', 'Orchard')] });
		const { id: later } = await hub.refer(at('10:00'), { children: [somebody(living('WV99 1AJ'))], household: [father('Dean', 'Orchard')] });
		await hub.compare();
		const matches = async () => (await hub.manager.ok('GET', `/v1/referrals/${later}/matches`)).items.filter((m) => m.other.referral_id === earlier);
		const [proposed] = await matches();
		const link = (body) => hub.practitioner.at(at('12:00')).ok('POST', `/v1/referrals/${later}/person-links`, { body: { subject_id: proposed.subject_id, ...body } });
		await link({ decision: 'rejected', same_as: { referral_id: earlier, subject_id: proposed.other.subject_id }, reason: 'Two men of one name.' });
		assert.deepEqual(await matches(), []);
	});
});

describe('a search by sound', () => {
	const ids = {};
	const people = { steven: child('Steven', 'Brown'), stefan: child('Stefan', 'Braun'), sean: child('Seán', 'O\'Brien-Smith'), niall: child('Niall', 'Obermann'), catherine: child('Catherine', 'Wrighton') };
	before(async () => {
		for (const [name, one] of Object.entries(people)) ids[name] = (await hub.refer(at('12:00'), of({ ...one, date_of_birth: '2012-06-28' }))).id;
		await hub.compare();
	});
	const hits = async (name) => (await hub.practitioner.at(at('12:00')).ok('POST', '/v1/referrals/search', { body: { name } })).items
		.map((h) => [Object.keys(ids).find((key) => ids[key] === h.referral_id), h.score, h.matched.join()]).filter(([key]) => key);
	for (const [asked, who] of [['Stephen Browne', 'steven'], ['Shaun OBrian', 'sean'], ['O\'Brian, Shawn', 'sean'], ['Kathrin Righton', 'catherine']]) {
		test(asked, async () => {
			const [[best, score, matched]] = await hits(asked);
			assert.deepEqual([best, matched], [who, 'name_alike']);
			assert.ok(score < 0.95);
		});
	}
	test('behind what is spelt as asked', async () => {
		ids.stephen = (await hub.refer(at('12:00'), of({ ...child('Stephen', 'Browne'), date_of_birth: '2012-06-28' }))).id;
		await hub.compare();
		const found = await hits('Stephen Browne');
		assert.deepEqual([found[0], found.findIndex(([key]) => key === 'steven') > 0], [['stephen', 1, 'name'], true], JSON.stringify(found));
	});
});
