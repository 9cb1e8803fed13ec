// mashctl's partnerships, agencies, staff and keys; its usage errors, and what it says when it cannot reach the database.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../support/database.mjs';
import { programPath, run, startDaemon, tryMashctl } from '../support/daemon.mjs';
import { Client } from '../support/client.mjs';

let db;
let partnership;
const ctl = (...args) => tryMashctl(db, ...args);
const ok = async (...args) => {
	const result = await ctl(...args);
	assert.deepEqual([result.code, result.stderr], [0, ''], `mashctl ${args.join(' ')}: ${result.stderr}`);
	return result.stdout.trim();
};
const fails = async (code, pattern, ...args) => {
	const result = await ctl(...args);
	assert.equal(result.code, code, `mashctl ${args.join(' ')}: ${result.stdout}${result.stderr}`);
	assert.match(result.stderr, pattern);
};

before(async () => {
	db = await createDatabase('mashctl');
	partnership = await ok('partnership', 'add', '--name', 'Vale');
});
after(() => db?.drop());

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a partnership comes with one default calendar, filled', async () => {
	assert.match(partnership, UUID7);
	assert.equal(await ok('partnership', 'list'), `${partnership}  Vale`);
	const [calendar] = await db.query(
		`SELECT c.name, c.time_zone, (SELECT count(*)::int FROM working_interval AS w WHERE w.calendar_id = c.id) > 4000 AS filled
		 FROM calendar AS c WHERE c.partnership_id = $1 AND c.is_default`, [partnership]);
	assert.deepEqual(calendar, { name: 'england-and-wales', time_zone: 'Europe/London', filled: true });
	await fails(1, /exists already/, 'partnership', 'add', '--name', 'Vale');
	await fails(2, /name/, 'partnership', 'add', '--name', '');
});

describe('agencies and staff', () => {
	test('are added, and checked by the contract', async () => {
		const id = await ok('agency', 'add', '--name', 'Oak School', '--kind', 'school', '--source', '2A', '--email', 'a@oak.example');
		const [agency] = await db.query('SELECT name, kind, default_source, secure_email FROM agency WHERE id = $1', [id]);
		assert.deepEqual(agency, { name: 'Oak School', kind: 'school', default_source: '2A', secure_email: 'a@oak.example' });
		await fails(1, /\/name: an agency of this name/, 'agency', 'add', '--name', 'Oak School', '--kind', 'school', '--source', '2A');
		await fails(2, /\/kind: .*\n.*\/default_source: /, 'agency', 'add', '--name', 'Elm', '--kind', 'scool', '--source', '2Z');
		const person = await ok('staff', 'add', '--name', 'Q. Qualified', '--role', 'practitioner', '--role', 'duty', '--qualified');
		const [staff] = await db.query('SELECT roles::text, social_work_qualified, email FROM staff WHERE id = $1', [person]);
		assert.deepEqual(staff, { roles: '{practitioner,duty}', social_work_qualified: true, email: null });
		await fails(2, /\/roles\/0: /, 'staff', 'add', '--name', 'X', '--role', 'king');
		await ok('staff', 'add', '--name', 'Same', '--role', 'support', '--email', 'same@hub.example');
		await fails(1, /\/email: /, 'staff', 'add', '--name', 'Same too', '--role', 'support', '--email', 'same@hub.example');
	});

	test('a partnership must be named where there are several', async () => {
		const other = await ok('partnership', 'add', '--name', 'Hill');
		const agency = ['agency', 'add', '--name', 'Elm School', '--kind', 'school', '--source', '2A'];
		await fails(2, /several partnerships/, ...agency);
		await fails(1, /no such partnership/, ...agency, '--partnership', 'Dale');
		await ok(...agency, '--partnership', 'Hill');
		await ok(...agency, '--partnership', partnership.toUpperCase());
		const rows = await db.query(`SELECT partnership_id FROM agency WHERE name = 'Elm School' ORDER BY 1`);
		assert.deepEqual(rows.map((row) => row.partnership_id), [partnership, other].sort());
	});
});

describe('keys', () => {
	const at = ['--partnership', 'Vale'];
	const add = (name, ...roles) => ok('staff', 'add', ...at, '--name', name, ...roles.flatMap((role) => ['--role', role]));

	test('are issued to a holder named or numbered, and open the daemon\'s doors', async () => {
		const id = await add('K. Keeper', 'manager', 'admin');
		const named = await ok('key', 'issue', ...at, '--staff', 'K. Keeper', '--role', 'manager', '--label', 'desk');
		const numbered = await ok('key', 'issue', ...at, '--staff', id, '--role', 'admin');
		assert.match(named, /^mashd_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
		await ok('agency', 'add', ...at, '--name', 'Ash School', '--kind', 'school', '--source', '2A');
		const agency = await ok('key', 'issue', ...at, '--agency', 'Ash School');
		const daemon = await startDaemon(db);
		try {
			const status = async (key, path) => (await new Client(daemon.url, { key }).get(path)).status;
			assert.equal(await status(named, '/v1/flags'), 200);
			assert.equal(await status(numbered, '/v1/keys'), 200);
			assert.equal(await status(numbered, '/v1/flags'), 403);
			assert.equal(await status(agency, `/v1/referrals/${randomUUID()}`), 404);
			assert.equal(await ok('key', 'revoke', ...at, named.slice(6, 42), '--reason', 'Lost.'), '');
			assert.equal(await status(named, '/v1/flags'), 401);
		} finally {
			await daemon.stop();
		}
		await fails(1, /revoked/, 'key', 'revoke', ...at, named.slice(6, 42), '--reason', 'Again.');
		const list = await ok('key', 'list', ...at);
		assert.match(list, new RegExp(`^${named.slice(6, 42)}.* revoked +staff +K\\. Keeper +manager +desk$`, 'm'));
		assert.ok(!list.includes(named.slice(-43)));
	});

	test('are refused where the holder or a role does not fit', async () => {
		await add('Two', 'support');
		await add('Two', 'support');
		await fails(1, /no agency of this name/, 'key', 'issue', ...at, '--agency', 'Nowhere');
		await fails(1, /nobody has this name/, 'key', 'issue', ...at, '--staff', 'Nobody', '--role', 'manager');
		await fails(1, /several people/, 'key', 'issue', ...at, '--staff', 'Two', '--role', 'manager');
		await add('One', 'support');
		await fails(1, /\/roles\/0: /, 'key', 'issue', ...at, '--staff', 'One', '--role', 'manager');
		await fails(2, /\/roles\/0: /, 'key', 'issue', ...at, '--system', 'S', '--role', 'king');
		await fails(1, /\/expires_at: /, 'key', 'issue', ...at, '--system', 'S', '--role', 'analyst', '--expires', '2020-01-01T00:00:00Z');
		await fails(2, /\/expires_at: /, 'key', 'issue', ...at, '--system', 'S', '--role', 'analyst', '--expires', 'soon');
		await fails(2, /one of --agency/, 'key', 'issue', ...at, '--role', 'analyst');
		await fails(2, /one of --agency/, 'key', 'issue', ...at, '--system', 'S', '--staff', 'One', '--role', 'analyst');
		await fails(2, /--role/, 'key', 'issue', ...at, '--system', 'S');
		await fails(1, /no record/, 'key', 'revoke', ...at, randomUUID(), '--reason', 'x');
		await fails(2, /UUID/, 'key', 'revoke', ...at, '7', '--reason', 'x');
	});
});

describe('the command line', () => {
	test('wrong ones end with 2 and say how it goes', async () => {
		await fails(2, /no such command: fly/, 'fly');
		await fails(2, /no such command: key/, 'key');
		await fails(2, /no such option/, '--fly', 'key', 'list');
		await fails(2, /no such option: --fly\nusage: mashctl key list/, 'key', 'list', '--fly');
		await fails(2, /missing option: name/, 'partnership', 'add');
		await fails(2, /value is missing after --name/, 'partnership', 'add', '--name');
		await fails(2, /given twice: name/, 'partnership', 'add', '--name', 'a', '--name=b');
		await fails(2, /not expected here: b/, 'partnership', 'add', '--name', 'a', 'b');
		await fails(2, /missing: ID/, 'key', 'revoke', '--reason', 'x');
		await fails(2, /takes no value/, 'staff', 'add', '--name', 'a', '--role', 'support', '--qualified=yes');
	});

	test('help lists every command, and shows one', async () => {
		const all = await ok('help');
		for (const command of ['partnership add', 'agency add', 'staff add', 'key issue', 'key list', 'key revoke', 'import cin-census', 'calendar list', 'calendar show', 'calendar import', 'sweep', 'validate', 'routes', 'states', 'config check', 'demo load']) {
			assert.ok(all.includes(command), command);
		}
		assert.match(await ok('help', 'key', 'issue'), /^mashctl key issue .*--expires INSTANT/);
		assert.match(await ok('help', 'key', 'issue'), /agency practitioner manager duty allocated_worker analyst admin/);
		assert.match(await ok('--help'), /usage/);
		await fails(2, /no such command/, 'help', 'fly');
		assert.equal((await ctl()).code, 2);
	});

	test('the database is named by --database too; without one, or with one that is not there, it says so', async () => {
		const program = programPath('mashctl');
		const named = await run(program, ['--database', db.appUrl, 'partnership', 'list'], { env: { DATABASE_URL: '' } });
		assert.equal(named.code, 0, named.stderr);
		const none = await run(program, ['partnership', 'list'], { env: { DATABASE_URL: '' } });
		assert.deepEqual([none.code, /DATABASE_URL/.test(none.stderr)], [2, true]);
		const gone = await run(program, ['partnership', 'list'], { env: { DATABASE_URL: `${db.appUrl.replace(/\/[^/?]+\?/, '/gone?')}` } });
		assert.equal(gone.code, 1, gone.stderr);
		// The owner of the tables does not stand behind row-level security.
		const owner = await run(program, ['partnership', 'list'], { env: { DATABASE_URL: db.ownerUrl } });
		assert.equal(owner.code, 1, owner.stdout);
	});
});
