// mashctl's validate, routes, config check and sweep.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { mashctl, programPath, run, tryMashctl } from '../support/daemon.mjs';

const examples = join(import.meta.dirname, '../../api/examples');
const offline = (args, input) => run(programPath('mashctl'), args, { env: { DATABASE_URL: '' }, input });

let db;
let folder;
before(async () => {
	db = await createDatabase('operate');
	folder = await mkdtemp(join(tmpdir(), 'operate-'));
});
after(async () => {
	await db?.drop();
	await rm(folder, { recursive: true, force: true });
});

describe('validate', () => {
	const file = async (name, value) => {
		const path = join(folder, name);
		await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
		return path;
	};

	test('every example of the contract is valid, without a database', async () => {
		for (const name of await readdir(examples)) {
			const operation = name.replace(/(-.*)?\.json$/, '');
			const result = await offline(['validate', operation, join(examples, name)]);
			assert.deepEqual([result.code, result.stderr], [0, ''], `${name}: ${result.stdout}`);
		}
	});

	test('faults of the shape come with their places, and the rest is checked all the same', async () => {
		const bad = await file('bad.json', { children: [], concerns: [{ description: 7 }] });
		const worse = await file('worse.json', '{"children": [}');
		const good = join(examples, 'createReferral.json');
		const result = await offline(['validate', 'createReferral', bad, worse, good]);
		assert.equal(result.code, 1);
		assert.match(result.stdout, /bad\.json: \/children: min_items: /);
		assert.match(result.stdout, /bad\.json: \/concerns\/0\/description: type: /);
		assert.match(result.stdout, /worse\.json: line 1, column \d+: /);
		assert.match(result.stdout, /createReferral\.json: valid\n/);
	});

	test('quality issues are shown and refuse nothing', async () => {
		const odd = await file('odd.json', { children: [{ nhs_number: '9434765918', shoe_size: 30 }], concerns: [{ description: 'Hungry.' }] });
		const result = await offline(['validate', 'createReferral', odd]);
		assert.equal(result.code, 0);
		assert.match(result.stdout, /odd\.json: \/children\/0\/nhs_number: invalid_nhs_number: /);
		assert.match(result.stdout, /odd\.json: \/children\/0\/shoe_size: unknown_member: /);
		assert.match(result.stdout, /odd\.json: valid, with quality issues\n$/);
	});

	test('standard input, missing files, operations without a body', async () => {
		const text = await readFile(join(examples, 'createAgency.json'), 'utf8');
		assert.equal((await offline(['validate', 'createAgency', '-'], text)).code, 0);
		const gone = await offline(['validate', 'createAgency', join(folder, 'gone.json')]);
		assert.deepEqual([gone.code, /cannot be opened/.test(gone.stdout)], [1, true]);
		assert.equal((await offline(['validate', 'createNothing', '-'])).code, 2);
		assert.equal((await offline(['validate', 'listAgencies', '-'])).code, 2);
		assert.equal((await offline(['validate', 'createAgency'])).code, 2);
	});
});

test('routes names every operation with its roles', async () => {
	const { code, stdout } = await offline(['routes']);
	assert.equal(code, 0);
	assert.match(stdout, /^POST +\/v1\/referrals +createReferral +referral\.create +agency practitioner manager duty$/m);
	assert.match(stdout, /^GET +\/v1\/metrics\/follow-up +getFollowUpMetrics +metrics\.read +manager analyst$/m);
	assert.match(stdout, /^GET +\/livez +getLivez +none +anybody$/m);
});

test('the database is named by the environment, by a file that it names, or by an option, which comes first', async () => {
	const file = join(folder, 'database-url');
	await writeFile(file, `${db.appUrl}\n`);
	const list = (env, ...options) => run(programPath('mashctl'), [...options, 'partnership', 'list'], { env: { DATABASE_URL: '', ...env } });
	for (const done of [await list({ DATABASE_URL: db.appUrl }), await list({ DATABASE_URL_FILE: file }), await list({ DATABASE_URL: 'host=/nowhere' }, '--database', db.appUrl)])
		assert.equal(done.code, 0, done.stderr);
	for (const [env, pattern] of [[{}, /DATABASE_URL: is not set/], [{ DATABASE_URL_FILE: join(folder, 'gone') }, /DATABASE_URL_FILE: the file it names cannot be read/]]) {
		const done = await list(env);
		assert.notEqual(done.code, 0);
		assert.match(done.stderr, pattern);
	}
});

describe('config check', () => {
	const check = (env, ...args) => run(programPath('mashctl'), ['config', 'check', ...args], { env: { DATABASE_URL: db.appUrl, ...env } });

	test('says what is in force and that it fits, without secrets', async () => {
		const { code, stdout, stderr } = await check({ MASHD_WORKERS: '3', MASHD_CURSOR_KEY: 'a'.repeat(40) });
		assert.equal(code, 0, stderr);
		assert.match(stdout, /MASHD_WORKERS=3\n/);
		assert.match(stdout, /fit together\n$/);
		assert.ok(!stdout.includes('a'.repeat(40)) && !stdout.includes(db.appUrl));
	});

	test('names what does not fit', async () => {
		const file = join(folder, 'mashd.conf');
		await writeFile(file, '# a comment\nMASHD_WORKERS=many\n');
		const cases = [
			[{ MASHD_WORKERS: '0' }, /MASHD_WORKERS/], [{ MASHD_POLICY: 'nowhere' }, /nowhere|polic/i], [{ DATABASE_URL: db.ownerUrl }, /owner|role/],
			[{ DATABASE_URL: db.appUrl.replace(db.name, 'gone') }, /./], [{ DATABASE_URL: '' }, /database/i],
		];
		for (const [env, pattern] of cases) {
			const { code, stderr } = await check(env);
			assert.equal(code, 1, JSON.stringify(env));
			assert.match(stderr, pattern);
		}
		const { code, stderr } = await check({}, '--config', file);
		assert.equal(code, 1);
		assert.match(stderr, /mashd\.conf:2/);
	});
});

test('sweep raises what is overdue in every partnership, once', async () => {
	const now = '2027-03-01T12:00:00Z';
	for (const name of ['One', 'Two']) {
		const partnership = (await mashctl(db, 'partnership', 'add', '--name', name)).stdout.trim();
		await db.session(async (client) => {
			await client.query(
				`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
				 SELECT $1, gen_random_uuid(), 'S' || i, 'api', 'request_for_service', '6', $2, $2, 'amber', '{}' FROM generate_series(1, 3) AS i`, [partnership, now]);
			await client.query(
				`INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, rule, source, started_at, unit, amount, due_at, recorded_at)
				 SELECT partnership_id, gen_random_uuid(), id, 'triage', 'p', 'r', 'local', $1, 'elapsed_minutes', 60, $1::timestamptz + interval '1 hour', $1 FROM referral
				 WHERE partnership_id = $2`, [now, partnership]);
		});
	}
	const sweep = async (at) => (await mashctl(db, '--now', at, 'sweep')).stdout;
	assert.match(await sweep('2027-03-01T12:59:59Z'), /^triage: 6 open, 0 overdue\n0 flags raised\n$/);
	assert.match(await sweep('2027-03-01T13:00:01Z'), /^triage: 6 open, 6 overdue\n6 flags raised\n$/);
	assert.match(await sweep('2027-03-01T13:00:02Z'), /0 flags raised\n$/);
	assert.equal((await tryMashctl(db, '--now', 'tomorrow', 'sweep')).code, 2);
	// The settable clock belongs to the tests' build alone.
	const [flag] = await db.query('SELECT min(raised_at)::text AS raised FROM flag');
	assert.ok(flag.raised.startsWith('2027-03-01'));
});
