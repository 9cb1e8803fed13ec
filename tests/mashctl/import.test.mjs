// import cin-census: what becomes of records, what is refused, running it again, dying in the middle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryMashctl, programPath } from '../support/daemon.mjs';
import { startHub } from '../support/hub.mjs';

let hub;
let folder;
before(async () => {
	hub = await startHub('census');
	folder = await mkdtemp(join(tmpdir(), 'census-'));
});
after(async () => {
	await hub?.stop();
	await rm(folder, { recursive: true, force: true });
});

const element = (name, value) => (value === undefined ? '' : Array.isArray(value) ? value.map((v) => element(name, v)).join('')
	: `<${name}>${typeof value === 'object' ? Object.entries(value).map(([n, v]) => element(n, v)).join('') : value}</${name}>`);
const child = (identifiers, details, characteristics = { Ethnicity: 'WBRI' }) => `<Child>\n${element('ChildIdentifiers', { PersonBirthDate: '2015-03-27', Sex: 'F', ...identifiers })}\n`
	+ `${element('ChildCharacteristics', characteristics)}\n${details.map((d) => element('CINdetails', { ReferralSource: '6', PrimaryNeedCode: 'N1', ReferralNFA: 'false', ...d })).join('\n')}\n</Child>`;
const message = (...children) => `<Message>\n<Header><Source><LEA>975</LEA></Source></Header>\n<Children>\n${children.join('\n')}\n</Children>\n</Message>\n`;

let number = 0;
async function importText(text) {
	const path = join(folder, `${++number}.xml`);
	await writeFile(path, text);
	const result = await tryMashctl(hub.db, 'import', 'cin-census', path);
	return { ...result, lines: result.stdout.trimEnd().split('\n').map((line) => line.replace(`${path}:`, '')), path };
}
const count = async (table = 'referral') => (await hub.db.query(`SELECT count(*)::int AS n FROM ${table}`))[0].n;

describe('a record', () => {
	test('becomes a closed referral with its child, what was read, and no follow-up', async () => {
		const details = { CINreferralDate: '2022-07-01', CINclosureDate: '2022-12-01', ReasonForClosure: 'RC7', DateOfInitialCPC: '2022-09-01',
			Assessments: [{ FactorsIdentifiedAtAssessment: { AssessmentFactors: ['3B', '16A'] } }] };
		const done = await importText(message(child({ LAchildID: 'FIRST1', UPN: 'A243731687508' }, [details], { Ethnicity: 'MWBC', Disabilities: { Disability: ['MOB', 'LD'] } })));
		assert.deepEqual([done.code, done.stdout, done.stderr], [0, '1 accepted, 0 refused, 0 already there\n', '']);
		const [{ id }] = await hub.db.query(`SELECT id FROM referral WHERE channel = 'census_import'`);
		const { status, json } = await hub.practitioner.get(`/v1/referrals/${id}`);
		assert.equal(status, 200);
		// Local midnight of a summer day.
		assert.equal(json.received_at, '2022-06-30T23:00:00.000000Z');
		const { state, rating, rating_source: by, record_kind: kind, channel, source, follow_ups: followUps, flags, next_due_at: due, agency, quality_issues: issues, concerns } = json;
		assert.deepEqual({ state, rating, by, kind, channel, source, followUps, flags, due, agency, issues, concerns },
			{ state: 'closed', rating: 'amber', by: 'provisional_rule', kind: 'request_for_service', channel: 'census_import', source: '6', followUps: [], flags: [], due: null, agency: null, issues: [], concerns: [] });
		const [{ id: childId, ...told }] = json.children;
		assert.deepEqual(told, { date_of_birth: '2015-03-27', sex: 'F', ethnicity: 'MWBC', upn: 'A243731687508', disability: ['MOB', 'LD'], origin: 'named_by_referrer', person_id: null });
		assert.deepEqual(json.further.census, { local_authority: '975', local_child_id: 'FIRST1', primary_need: 'N1', no_further_action: 'false', closed_on: '2022-12-01',
			reason_for_closure: 'RC7', initial_conference_on: '2022-09-01', details: { Assessments: { FactorsIdentifiedAtAssessment: { AssessmentFactors: ['3B', '16A'] } } } });
		const [row] = await hub.db.query('SELECT upn, date_of_birth, nhs_number FROM referral_child WHERE id = $1', [childId]);
		assert.deepEqual(row, { upn: 'A243731687508', date_of_birth: '2015-03-27', nhs_number: null });
		const [{ body }] = await hub.db.query('SELECT body FROM submission WHERE referral_id = $1', [id]);
		assert.deepEqual(JSON.parse(body).CINdetails.ReasonForClosure, 'RC7');
		const { items } = await hub.practitioner.ok('GET', `/v1/referrals/${id}/timeline`);
		assert.deepEqual(items.map((event) => [event.type, event.occurred_at, event.actor.kind]), [['received', json.received_at, 'system']]);
	});

	test('is history: not on the worklist of open work, not in the figures', async () => {
		const { items } = await hub.practitioner.ok('GET', '/v1/referrals');
		assert.ok(items.every((item) => item.channel !== 'census_import'));
		const { items: closed } = await hub.practitioner.ok('GET', '/v1/referrals?state=closed&order=received');
		assert.ok(closed.some((item) => item.channel === 'census_import'));
		const { figures } = await hub.manager.ok('GET', '/v1/metrics/follow-up?from=2022-01-01&to=2023-01-01');
		const received = figures.find((figure) => figure.figure === 1);
		assert.equal(received.numerator, 0);
	});

	test('with faults is stored with its quality issues and the values as they stand', async () => {
		const done = await importText(message(child({ LAchildID: 'faulty_identifier_of_a_child', UPN: 'A123456789123', PersonBirthDate: '2024-01-01', Sex: 'X' },
			[{ CINreferralDate: '2022-07-01', ReferralSource: '1Z', PrimaryNeedCode: undefined }])));
		assert.deepEqual([done.code, done.stderr, done.lines], [0, '', [
			'7: accepted with an issue: /ChildIdentifiers/LAchildID: not of up to 20 letters and digits (1570, 1580)',
			'7: accepted with an issue: /ChildIdentifiers/UPN: no valid UPN',
			'7: accepted with an issue: /ChildIdentifiers/PersonBirthDate: more than 280 days after the referral (8606)',
			'7: accepted with an issue: /ChildIdentifiers/Sex: no code of the census',
			'7: accepted with an issue: /CINdetails/ReferralSource: no code of the census',
			'7: accepted with an issue: /CINdetails/PrimaryNeedCode: is missing',
			'1 accepted, 0 refused, 0 already there',
		]]);
		const [{ id }] = await hub.db.query(`SELECT id FROM referral WHERE document -> 'census' ->> 'local_child_id' = 'faulty_identifier_of_a_child'`);
		const { json } = await hub.practitioner.get(`/v1/referrals/${id}`);
		assert.deepEqual(json.quality_issues, [
			{ pointer: '/ChildIdentifiers/LAchildID', code: 'invalid_local_id', value_as_sent: 'faulty_identifier_of_a_child' },
			{ pointer: '/ChildIdentifiers/UPN', code: 'invalid_upn', value_as_sent: 'A123456789123' },
			{ pointer: '/ChildIdentifiers/PersonBirthDate', code: 'referral_before_conception', value_as_sent: '2024-01-01' },
			{ pointer: '/ChildIdentifiers/Sex', code: 'unknown_code', value_as_sent: 'X' },
			{ pointer: '/CINdetails/ReferralSource', code: 'unknown_code', value_as_sent: '1Z' },
			{ pointer: '/CINdetails/PrimaryNeedCode', code: 'missing', value_as_sent: null },
		]);
		assert.equal(json.source, '10');
		const [row] = await hub.db.query('SELECT upn FROM referral_child WHERE referral_id = $1', [id]);
		assert.equal(row.upn, null);
	});

	test('that cannot be history is refused with its line and the reason, the others are taken', async () => {
		const before = await count();
		const done = await importText(message(
			child({ LAchildID: 'R1' }, [{ CINreferralDate: '2199-01-01' }, { CINreferralDate: '2021-02-29' }, {}, { CINreferralDate: '2021-03-01' }]),
			child({}, [{ CINreferralDate: '2021-03-01' }])));
		assert.equal(done.code, 3);
		assert.deepEqual(done.lines, [
			'7: refused: CINreferralDate lies in the future',
			'8: refused: CINreferralDate is not a date (YYYY-MM-DD)',
			'9: refused: CINreferralDate is missing',
			'15: refused: LAchildID is missing: nothing to recognise the child by',
			'1 accepted, 4 refused, 0 already there',
		]);
		assert.equal(await count(), before + 1);
	});

	test('with any other day still to come is refused, except where a day is expected', async () => {
		const future = [{ CINclosureDate: '2199-01-01' }, { Assessments: { AssessmentActualStartDate: '2199-01-01' } }, { Assessments: [{ AssessmentAuthorisationDate: '2020-01-01' }, { AssessmentAuthorisationDate: '2199-01-01' }] },
			{ Section47: { S47ActualStartDate: '2199-01-01' } }, { DateOfInitialCPC: '2199-01-01' }, { ChildProtectionPlans: { CPPendDate: '2199-01-01' } }, { StepDecisionDate: '2199-01-01' }];
		const before = await count();
		const done = await importText(message(
			child({ LAchildID: 'AHEAD1' }, future.map((more) => ({ CINreferralDate: '2021-03-01', ...more }))),
			child({ LAchildID: 'AHEAD2', PersonBirthDate: '2199-01-01' }, [{ CINreferralDate: '2021-03-01' }]),
			child({ LAchildID: 'AHEAD3', PersonBirthDate: undefined, ExpectedPersonBirthDate: '2021-08-01', Sex: 'U' }, [{ CINreferralDate: '2021-03-01', Assessments: { AssessmentInternalReviewDate: '2199-01-01' } }])));
		const names = ['CINclosureDate', 'AssessmentActualStartDate', 'AssessmentAuthorisationDate', 'S47ActualStartDate', 'DateOfInitialCPC', 'CPPendDate', 'StepDecisionDate'];
		assert.deepEqual([done.code, done.lines], [3, [
			...names.map((name, i) => `${7 + i}: refused: ${name} lies in the future`), '18: refused: PersonBirthDate lies in the future', '1 accepted, 8 refused, 0 already there']]);
		assert.equal(await count(), before + 1);
		const unborn = message(child({ LAchildID: 'AHEAD4', PersonBirthDate: undefined, ExpectedPersonBirthDate: '2027-09-01', Sex: 'U' }, [{ CINreferralDate: '2027-05-01' }]));
		const path = join(folder, 'unborn.xml');
		await writeFile(path, unborn);
		const taken = await tryMashctl(hub.db, '--now', '2027-06-01T10:00:00Z', 'import', 'cin-census', path);
		assert.deepEqual([taken.code, taken.stdout], [0, '1 accepted, 0 refused, 0 already there\n']);
	});

	test('what is wrong is told in the order of the file, once', async () => {
		const text = message(child({ LAchildID: 'ORDER', Sex: 'X' }, [{ CINreferralDate: '2021-03-01' }, { CINreferralDate: '2199-01-01' }, { CINreferralDate: '2021-03-02', ReferralSource: '1Z' }]));
		const issue = (line, place) => `${line}: accepted with an issue: ${place}: no code of the census`;
		const refused = '8: refused: CINreferralDate lies in the future';
		assert.deepEqual((await importText(text)).lines, [issue(7, '/ChildIdentifiers/Sex'), refused, issue(9, '/ChildIdentifiers/Sex'), issue(9, '/CINdetails/ReferralSource'), '2 accepted, 1 refused, 0 already there']);
		assert.deepEqual((await importText(text)).lines, [refused, '0 accepted, 1 refused, 2 already there']);
	});

	test('of today is taken, of tomorrow not', async () => {
		const text = message(child({ LAchildID: 'TODAY' }, [{ CINreferralDate: '2027-06-01' }]));
		const path = join(folder, 'today.xml');
		await writeFile(path, text);
		// Shortly after midnight in London it is still yesterday in UTC.
		const early = await tryMashctl(hub.db, '--now', '2027-05-31T22:59:00Z', 'import', 'cin-census', path);
		const late = await tryMashctl(hub.db, '--now', '2027-05-31T23:01:00Z', 'import', 'cin-census', path);
		assert.deepEqual([early.code, late.code], [3, 0], early.stdout + late.stdout);
	});
});

describe('again', () => {
	const twice = message(
		child({ LAchildID: 'TWICE' }, [{ CINreferralDate: '2020-01-01' }, { CINreferralDate: '2020-01-01' }, { CINreferralDate: '2020-01-02' }]),
		child({ LAchildID: 'OTHER' }, [{ CINreferralDate: '2020-01-01' }]));

	test('running it twice adds nothing', async () => {
		assert.deepEqual((await importText(twice)).lines, ['4 accepted, 0 refused, 0 already there']);
		const tables = ['referral', 'referral_child', 'submission', 'event', 'follow_up'];
		const before = await Promise.all(tables.map(count));
		const again = await importText(twice);
		assert.deepEqual([again.code, again.lines], [0, ['0 accepted, 0 refused, 4 already there']]);
		assert.deepEqual(await Promise.all(tables.map(count)), before);
	});

	test('a later file brings what is new in it', async () => {
		const later = await importText(twice.replace('</Children>', `${child({ LAchildID: 'NEW' }, [{ CINreferralDate: '2020-01-01' }])}</Children>`));
		assert.deepEqual([later.code, later.lines], [0, ['1 accepted, 0 refused, 4 already there']]);
	});

	test('killed in the middle it leaves whole records, and the next run completes them', async () => {
		const before = await count();
		const total = 3000;
		const path = join(folder, 'large.xml');
		await writeFile(path, message(...Array.from({ length: total }, (_, i) => child({ LAchildID: `L${i}` }, [{ CINreferralDate: '2019-05-01' }]))));
		const killed = spawn(programPath('mashctl'), ['import', 'cin-census', path], { env: { ...process.env, DATABASE_URL: hub.db.appUrl }, stdio: 'ignore' });
		const ended = once(killed, 'exit');
		while (await count() === before && killed.exitCode === null) await sleep(5);
		killed.kill('SIGKILL');
		await ended;
		// What it had sent is still worked on, and may be committed.
		const working = `SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mashctl'`;
		while ((await hub.db.query(working, [hub.db.name])).length > 0) await sleep(10);
		const there = await count() - before;
		assert.ok(there > 0 && there % 100 === 0, `${there}`);
		const [whole] = await hub.db.query(
			`SELECT count(*)::int AS n, count(c.id)::int AS children, count(s.id)::int AS submissions, count(e.id)::int AS events
			 FROM referral AS r LEFT JOIN referral_child AS c ON c.referral_id = r.id LEFT JOIN submission AS s ON s.referral_id = r.id
			 LEFT JOIN event AS e ON e.referral_id = r.id WHERE r.received_at BETWEEN '2019-04-30' AND '2019-05-02'`);
		assert.deepEqual(whole, { n: there, children: there, submissions: there, events: there });
		const rest = await tryMashctl(hub.db, 'import', 'cin-census', path);
		assert.deepEqual([rest.code, rest.stdout], [0, `${total - there} accepted, 0 refused, ${there} already there\n`]);
	});
});

test('a child of whom nothing is known that was referred is refused with its line', async () => {
	const done = await importText(message(child({ LAchildID: 'N1' }, []), child({ LAchildID: 'N2' }, [{ CINreferralDate: '2021-03-01' }]).replaceAll('CINdetails', 'CINDetails')));
	assert.equal(done.code, 3);
	assert.equal(done.lines.at(-1), '0 accepted, 2 refused, 0 already there');
	for (const line of done.lines.slice(0, 2)) assert.match(line, /^\d+: refused: the child has no CINdetails/);
});

describe('files that are none', () => {
	test('end with 1 and the place, and store nothing', async () => {
		const before = await count();
		const good = child({ LAchildID: 'CUT' }, [{ CINreferralDate: '2020-01-01' }]);
		const cases = [
			[message(good).slice(0, -20), /line \d+: not well-formed/],
			['<html/>', /line 1: this is no census file/],
			[`<!DOCTYPE Message [<!ENTITY big "x">]>${message(good)}`, /line 1: a document type is not accepted/],
			[message(good.replace('6', '&unknown;')), /line \d+: not well-formed/],
			['', /not well-formed/],
			['<Message/>', /there is no child in this file/],
			[message(good.replaceAll('Child>', 'Pupil>')), /there is no child in this file/],
		];
		for (const [text, pattern] of cases) {
			const done = await importText(text);
			assert.deepEqual([done.code, done.stdout], [1, ''], done.stderr);
			assert.match(done.stderr, pattern);
			assert.ok(done.stderr.includes(done.path));
		}
		assert.equal(await count(), before);
		const gone = await tryMashctl(hub.db, 'import', 'cin-census', join(folder, 'gone.xml'));
		assert.deepEqual([gone.code, /cannot be opened/.test(gone.stderr)], [1, true]);
		assert.equal((await tryMashctl(hub.db, 'import', 'cin-census')).code, 2);
		assert.equal((await tryMashctl(hub.db, 'import', 'cin-census', folder)).code, 1);
	});
});
