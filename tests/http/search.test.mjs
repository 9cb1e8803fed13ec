// searchReferrals: what is found in spite of how it was written, why, and what never is.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const NOW = `${DAY}T12:00:00Z`;
let hub, stranger, foreign;
const ids = {};

const people = {
	tobias: { first_name: 'Tobias', family_name: 'Brackenfield', also_known_as: ['Toby'], date_of_birth: '2022-08-09', nhs_number: '9990004110', upn: 'B999202600417' },
	obriain: { first_name: 'Séan', family_name: 'Ó Briain', date_of_birth: '2014-11-30' },
	macdonald: { first_name: 'Flora', family_name: 'MacDonald', date_of_birth: '2013-02-01' },
	barrelled: { first_name: 'Anna Lucía', family_name: 'Whitcombe-Jones', date_of_birth: '2016-03-25' },
	polish: { first_name: 'Łukasz', family_name: 'Wróblewski', date_of_birth: '2011-12-24' },
	short: { first_name: 'Mia', family_name: 'Ng', date_of_birth: '2018-04-04' },
	arabic: { first_name: 'Mohammed', family_name: 'Al-Hashimi', date_of_birth: '2012-06-15' },
	first: { first_name: 'Perpetua', date_of_birth: '2010-10-10' },
	german: { first_name: 'Jörg', family_name: 'Strauß', date_of_birth: '2009-09-09' },
	percent: { first_name: '%', family_name: '_', date_of_birth: '2001-01-01' },
};
before(async () => {
	hub = await startHub('search');
	for (const [name, child] of Object.entries(people)) ids[name] = (await hub.refer(NOW, { children: [child], agency_reference: `REF/${name}` })).id;
	ids.unborn = (await hub.refer(NOW, { children: [{ expected_date_of_delivery: '2027-06-01', sex: 'U' }], household: [{ first_name: 'Saskia', family_name: 'Thornbury', relationship: 'Mother', date_of_birth: '1999-11-23' }] })).id;
	const other = (await mashctl(hub.db, 'partnership', 'add', '--name', 'Other hub')).stdout.trim();
	const person = (await mashctl(hub.db, 'staff', 'add', '--partnership', other, '--name', 'F. Foreign', '--role', 'manager')).stdout.trim();
	stranger = hub.manager.as((await mashctl(hub.db, 'key', 'issue', '--partnership', other, '--staff', person, '--role', 'manager')).stdout.trim());
	foreign = (await stranger.at(NOW).ok('POST', '/v1/referrals', { body: { children: [{ ...people.tobias }], concerns: [{ description: 'Often hungry.' }], agency_reference: 'REF/tobias' } })).id;
	await hub.compare();
});
after(() => hub?.stop());

const post = (body, who = hub.practitioner) => who.at(NOW).post('/v1/referrals/search', body);
async function search(body, who) {
	const answer = await post(body, who);
	assert.equal(answer.status, 200, answer.text);
	return answer.json.items;
}
const best = async (body) => {
	const [hit] = await search(body);
	return hit && [Object.keys(ids).find((name) => ids[name] === hit.referral_id), ...hit.matched];
};

describe('names', () => {
	const cases = [
		['Tobias Brackenfield', 'tobias', 'name'], ['brackenfield, TOBIAS', 'tobias', 'name'], ['Brakenfield Tobias', 'tobias', 'name_alike'], ['Tobais Brackenfeild', 'tobias', 'name_alike'],
		['Toby Brackenfield', 'tobias', 'name'], ['Brackenfield', 'tobias', 'name'], ['Tobias', 'tobias', 'name'], ['Tobis', 'tobias', 'name_alike'], ['Brackenfeld', 'tobias', 'name_alike'],
		['Sean O\'Briain', 'obriain', 'name'], ['Sean O Briain', 'obriain', 'name'], ['OBriain', 'obriain', 'name'], ['Shean O\'Brien', 'obriain', 'name_alike'],
		['Flora McDonald', 'macdonald', 'name'], ['Flora Mc Donald', 'macdonald', 'name'], ['Mac Donald Flora', 'macdonald', 'name'], ['Flora Macdonnald', 'macdonald', 'name_alike'],
		['Anna Whitcombe Jones', 'barrelled', 'name'], ['Lucia Jones', 'barrelled', 'name'], ['Jones-Whitcombe, Anna', 'barrelled', 'name'], ['Whitcomb', 'barrelled', 'name_alike'], ['Annalucia Whitcombe', 'barrelled', 'name'],
		['Lukasz Wroblewski', 'polish', 'name'], ['Lucasz Wroblewsky', 'polish', 'name_alike'],
		['Mia Ng', 'short', 'name'], ['Mya Ng', 'short', 'name_alike'], ['Nia Ng', 'short', 'name_alike'],
		['Muhammad Al Hashimi', 'arabic', 'name_alike'], ['Mohammed Alhashimi', 'arabic', 'name'],
		['Perpetua', 'first', 'name'], ['Perpetua Smith', 'first', 'name_alike'],
		['Joerg Strauss', 'german', 'name_alike'], ['Jorg Strauss', 'german', 'name'],
		['Saskia Thornbury', 'unborn', 'name'], ['Thornbery', 'unborn', 'name_alike'],
	];
	for (const [name, who, why] of cases) test(`${name}: ${who}`, async () => assert.deepEqual(await best({ name }), [who, why]));

	test('somebody else is not found', async () => {
		for (const name of ['Cordelia Vane', 'Xx', 'Zzyzx', '%', '_', '%%%%', '***', '\'', 'unknown', '?']) assert.deepEqual(await search({ name }), [], name);
	});

	test('what was sent just now is found before anybody has compared it', async () => {
		const { id } = await hub.refer(NOW, { children: [{ first_name: 'Ottoline', family_name: 'Freshwater' }] });
		assert.equal((await search({ name: 'Otoline Freshwater' }))[0].referral_id, id);
	});
});

describe('dates, numbers, references', () => {
	const cases = [
		[{ date_of_birth: '2022-08-09' }, ['tobias', 'date_of_birth']], [{ date_of_birth: '2022-09-08' }, ['tobias', 'date_of_birth_swapped']], [{ date_of_birth: '2022-08-10' }, ['tobias', 'date_of_birth_near']],
		[{ date_of_birth: '2021-08-09' }, ['tobias', 'date_of_birth_near']], [{ date_of_birth: '2022-07-09' }, ['tobias', 'date_of_birth_near']], [{ date_of_birth: '1999-11-23' }, ['unborn', 'date_of_birth']],
		[{ date_of_birth: '2022-08-12' }, undefined], [{ date_of_birth: '2016-02-29' }, undefined],
		[{ name: 'Tobis', date_of_birth: '2022-09-08' }, ['tobias', 'name_alike', 'date_of_birth_swapped']], [{ name: 'Jones', date_of_birth: '2016-03-25' }, ['barrelled', 'name', 'date_of_birth']],
		[{ nhs_number: '9990004110' }, ['tobias', 'nhs_number']], [{ nhs_number: '999 000 4110' }, ['tobias', 'nhs_number']], [{ nhs_number: '9990004111' }, undefined],
		[{ nhs_number: '9990004110', name: 'Somebody Else' }, ['tobias', 'nhs_number']],
		[{ upn: 'b999202600417' }, ['tobias', 'upn']], [{ agency_reference: 'REF/tobias' }, ['tobias', 'agency_reference']], [{ agency_reference: ' REF/tobias ' }, ['tobias', 'agency_reference']], [{ agency_reference: 'REF/TOBIAS' }, undefined],
	];
	for (const [body, expected] of cases) test(JSON.stringify(body), async () => assert.deepEqual(await best(body), expected));

	test('the hub\'s reference, however it is written', async () => {
		const { reference } = await hub.manager.ok('GET', `/v1/referrals/${ids.polish}`);
		for (const text of [reference, reference.toLowerCase(), reference.replaceAll('-', ''), reference.replaceAll('-', ' ')]) assert.deepEqual(await best({ reference: text }), ['polish', 'reference']);
		const [hit] = await search({ reference });
		assert.deepEqual([hit.found, hit.score], [null, 1]);
		assert.deepEqual(await best({ reference: 'R-2222-2222-2' }), undefined);
		assert.deepEqual(await best({ reference, name: 'Wroblewski' }), ['polish', 'reference', 'name']);
	});

	test('a reference that was used again, and one that staff wrote down', async () => {
		const again = await hub.refer(NOW, { children: [{ first_name: 'Ulla', family_name: 'Another', date_of_birth: '2011-01-01' }], agency_reference: 'REF/tobias' });
		const noted = await hub.refer(NOW, { agency_reference: 'REF/tobias', channel: 'phone' }, hub.practitioner);
		assert.deepEqual((await search({ agency_reference: 'REF/tobias' })).map((h) => h.referral_id).toSorted(), [ids.tobias, again.id, noted.id].toSorted());
	});
});

describe('a hit', () => {
	test('tells the referral, who was found, how well it fits, and no more', async () => {
		const [hit] = await search({ name: 'Saskia Thornbery', date_of_birth: '1999-11-23' });
		const { reference } = await hub.manager.ok('GET', `/v1/referrals/${ids.unborn}`);
		const { score, ...rest } = hit;
		assert.ok(score > 0.8 && score < 1, `${score}`);
		assert.deepEqual({ ...rest, found: { ...rest.found, subject_id: undefined } }, {
			referral_id: ids.unborn, reference, received_at: NOW.replace('Z', '.000000Z'), state: 'received', record_kind: 'request_for_service', rating: 'amber', agency_name: 'Oak School',
			matched: ['name_alike', 'date_of_birth'],
			found: { subject: 'household', subject_id: undefined, first_name: 'Saskia', family_name: 'Thornbury', date_of_birth: '1999-11-23', relationship: 'Mother', person_id: null },
		});
	});

	test('the best first; one for each referral, however many on it are alike; no more than asked for', async () => {
		for (const first of ['Bo', 'Bea', 'Ben']) await hub.refer(NOW, { children: [{ first_name: first, family_name: 'Quennell' }, { first_name: `${first}a`, family_name: 'Quennell' }] });
		await hub.compare();
		const hits = await search({ name: 'Bea Quennell' });
		assert.deepEqual([hits.length, hits[0].found.first_name, hits[0].score], [3, 'Bea', 1]);
		assert.deepEqual(hits.map((h) => h.score), hits.map((h) => h.score).toSorted((a, b) => b - a));
		assert.deepEqual((await search({ name: 'Bea Quennell', limit: 1 })).map((h) => h.found.first_name), ['Bea']);
	});

	test('who was recognised is named', async () => {
		const { children } = await hub.manager.ok('GET', `/v1/referrals/${ids.german}`);
		const { person_id } = await hub.manager.at(NOW).ok('POST', `/v1/referrals/${ids.german}/person-links`, { body: { subject_id: children[0].id } });
		assert.equal((await search({ name: 'Strauss' }))[0].found.person_id, person_id);
	});
});

describe('what never happens', () => {
	const everything = { name: 'Tobias Brackenfield', date_of_birth: '2022-08-09', nhs_number: '9990004110', upn: 'B999202600417', agency_reference: 'REF/tobias', limit: 50 };

	test('another partnership\'s child of the same name is invisible, in both directions', async () => {
		for (const body of [everything, { name: 'Tobias Brackenfield' }, { nhs_number: '9990004110' }, { date_of_birth: '2022-08-09' }, { agency_reference: 'REF/tobias' }]) {
			assert.ok(!(await search(body)).some((h) => h.referral_id === foreign));
			assert.deepEqual((await search(body, stranger)).map((h) => h.referral_id), [foreign]);
		}
		const { reference } = await hub.manager.ok('GET', `/v1/referrals/${ids.tobias}`);
		assert.deepEqual(await search({ reference }, stranger), []);
		for (const name of ['Brackenfeild', 'Whitcombe', 'Mya Ng']) assert.ok((await search({ name }, stranger)).every((h) => h.referral_id === foreign));
	});

	test('the function itself gives nothing without a partnership, and nobody else may call it', async () => {
		const call = (options) => hub.db.query("SELECT * FROM found_referrals('Tobias Brackenfield', '2022-08-09', '9990004110', 'B999202600417', NULL, 'REF/tobias', 50)", [], options);
		assert.deepEqual(await call({ as: 'app' }), []);
		assert.ok((await call({ as: 'app', partnership: hub.partnership })).length > 0);
		await assert.rejects(hub.db.query("SELECT * FROM names_alike($1, ARRAY['tobias'], 10)", [hub.partnership], { as: 'app', partnership: hub.partnership }), /permission denied/);
		await hub.db.query('CREATE ROLE search_nobody');
		try {
			await assert.rejects(hub.db.session(async (client) => {
				await client.query('SET LOCAL ROLE search_nobody');
				await client.query('SELECT * FROM found_referrals(NULL, NULL, NULL, NULL, NULL, NULL, 1)');
			}), /permission denied/);
		} finally {
			await hub.db.query('DROP ROLE search_nobody');
		}
	});

	test('what looks like SQL, a pattern or a format is a name like any other', async () => {
		for (const name of ["'; DROP TABLE referral; --", '$1', '%s%n', '\\', '" OR 1=1 --', '{a,b}', "O'); SELECT 1; --", 'a'.repeat(200), 'ab '.repeat(66), 'ᾳ'.repeat(200), '𝔄𝔅 ℌ', '\u202eabc', 'é\u0301'])
			assert.equal((await post({ name })).status, 200, name);
		for (const agency_reference of ["' OR ''='", '%', '{}']) assert.deepEqual(await search({ agency_reference }), []);
		const [{ n }] = await hub.db.query('SELECT count(*)::integer AS n FROM referral');
		assert.ok(n > 10);
	});

	test('nothing that was asked is in a log or an address', async () => {
		await search({ name: 'Cordelia Quicksilver', date_of_birth: '2003-03-03', nhs_number: '9990004110', agency_reference: 'SECRET-REF' });
		assert.equal((await hub.manager.get('/v1/referrals/search?name=Cordelia')).status, 400);
		assert.doesNotMatch(hub.daemon.stderr(), /Quicksilver|2003-03-03|9990004110|SECRET-REF/);
	});

	test('nothing is written, and the same search gives the same again', async () => {
		const count = () => hub.db.query('SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM idempotency_key) AS keys');
		const before = await count();
		const [one, two] = [await post(everything), await post(everything)];
		assert.equal(one.text, two.text);
		assert.deepEqual(await count(), before);
		assert.equal((await hub.practitioner.request('POST', '/v1/referrals/search', { body: everything, headers: { 'idempotency-key': null } })).status, 200);
	});

	test('an agency, an analyst, a nonsense', async () => {
		assert.equal((await post(everything, hub.agency)).status, 403);
		for (const [body, place] of [[{}, ''], [{ limit: 10 }, ''], [{ name: '' }, '/name'], [{ name: 'x'.repeat(201) }, '/name'], [{ name: 'x', limit: 51 }, '/limit'], [{ date_of_birth: '2022-02-30' }, '/date_of_birth'],
			[{ nhs_number: '12345' }, '/nhs_number'], [{ upn: 'UN1' }, '/upn'], [{ reference: '%' }, '/reference'], [{ names: 'x' }, '/names']]) {
			const { status, json } = await post(body);
			assert.deepEqual([status, json.type], [422, '/problems/invalid-body'], JSON.stringify(json));
			assert.ok(json.errors.some((e) => e.pointer === place), JSON.stringify(json));
		}
	});
});
