// mashctl policy: checking files offline, trying one out, putting one in force.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { mashctl, programPath, run, tryMashctl } from '../support/daemon.mjs';
import { DAY, startHub } from '../support/hub.mjs';

const policies = join(import.meta.dirname, '../../api/policies');
const NOW = `${DAY}T10:00:00Z`;
let hub, folder;
let number = 0;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'mashd-policy-'));
	hub = await startHub('mashctl_policy');
});
after(async () => {
	await hub?.stop();
	await rm(folder, { recursive: true, force: true });
});

const offline = (args, input) => run(programPath('mashctl'), args, { env: { DATABASE_URL: '' }, input });
const rule = (document, kind) => document.rules.find((r) => r.kind === kind);
async function file(change = () => {}) {
	const document = { ...JSON.parse(await readFile(join(policies, 'england.json'), 'utf8')), name: 'ours', version: `v${++number}` };
	change(document);
	const path = join(folder, `${number}.json`);
	await writeFile(path, JSON.stringify(document));
	return path;
}
const sooner = (document) => Object.assign(rule(document, 'decide_outcome'), { due: [{ unit: 'working_minutes', amount: 240 }] });
const activateAs = (path, ...more) => tryMashctl(hub.db, '--now', NOW, 'policy', 'activate', '--reason', 'Agreed.', ...more, path);
const activate = (path, ...more) => activateAs(path, '--author', hub.staffId, '--activated-by', hub.managerId, ...more);
const versions = async () => (await hub.manager.ok('GET', '/v1/policies')).items;
const dueOf = async (id, kind) => (await hub.followUp(NOW, id, kind)).due_at;

describe('check', () => {
	test('the shipped ones make sense, without a database', async () => {
		const paths = (await readdir(policies)).map((name) => join(policies, name));
		const { code, stdout, stderr } = await offline(['policy', 'check', ...paths]);
		assert.deepEqual([code, stderr], [0, ''], stdout);
		assert.deepEqual(stdout.trim().split('\n').map((line) => / (\w+) \S+ makes sense$/.exec(line)?.[1]).toSorted(), ['england', 'scotland', 'wales']);
	});

	test('every problem of a file with its place, and the other files all the same', async () => {
		const bad = await file((document) => {
			rule(document, 'discuss').met_by = ['disscussion.held'];
			rule(document, 'triage').opens_on = 'full.moon';
		});
		const good = await file();
		const { code, stdout } = await offline(['policy', 'check', bad, good]);
		assert.equal(code, 1);
		assert.deepEqual(stdout.trim().split('\n'), [
			`${bad}: /rules/1/opens_on: unknown_event: follow-up 'triage' can never open: no event is named 'full.moon'`,
			`${bad}: /rules/3/met_by/0: unknown_event: follow-up 'discuss' can never be met: no event is named 'disscussion.held'; is 'discussion.held' meant?`,
			`${good}: ours v${number} makes sense`]);
	});

	test('who is told of a flag can read it', async () => {
		const bad = await file((document) => { rule(document, 'decide_outcome').escalate[1].role = 'admin'; });
		const { code, stdout } = await offline(['policy', 'check', bad]);
		assert.equal(code, 1);
		assert.equal(stdout.trim(), `${bad}: /rules/4/escalate/1/role: cannot_read_flags: follow-up 'decide_outcome' would tell the role admin, which cannot read flags: name one that can, a manager for instance`);
	});

	test('what contradicts itself', async () => {
		const bad = await file((document) => {
			rule(document, 'discuss').pause.max = { unit: 'working_days', amount: 0 };
			rule(document, 'decide_next_steps').due.unshift({ when: { rating: ['red', 'amber', 'green'] }, unit: 'working_days', amount: 3 });
			Object.assign(rule(document, 'written_confirmation').due, [{ when: { channel: 'api' }, unit: 'working_days', amount: 1 }, { unit: 'working_days', amount: 2 }]);
			rule(document, 'feedback').met_by = ['referral.received'];
		});
		const { code, stdout } = await offline(['policy', 'check', bad]);
		assert.equal(code, 1);
		assert.deepEqual(stdout.trim().split('\n').map((line) => line.slice(bad.length).split(': ').slice(1, 3).join(' ')).toSorted(), [
			'/rules/2/due/1 never_reached', '/rules/2/due/2 never_reached', '/rules/3/pause/max no_pause', '/rules/5/met_by/0 always_earlier', '/rules/7/due/0/when contradiction']);
	});

	test('under which referrals would be owed nothing', async () => {
		const bad = await file((document) => {
			document.rules = document.rules.filter((r) => r.kind !== 'triage');
			rule(document, 'discuss').met_by = ['screening.recorded'];
		});
		const { code, stdout } = await offline(['policy', 'check', bad]);
		assert.equal(code, 1);
		assert.deepEqual(stdout.trim().split('\n'), [
			`${bad}: /rules: missing_rule: there is no rule for follow-up 'triage': nobody would have to screen a referral`,
			`${bad}: /rules/2/met_by/0: met_by_another: follow-up 'discuss' would be met by 'screening.recorded' (a screening was recorded), which is not what it asks for: it is met by 'discussion.held'`]);
	});

	test('what is no policy at all', async () => {
		for (const [text, pattern] of [['{', /line 1/], ['{}', /-: .*required/], ['{"name": "x", "version": "1", "rules": []}', /\/rules: min_items/]]) {
			const { code, stdout } = await offline(['policy', 'check', '-'], text);
			assert.equal(code, 1);
			assert.match(stdout, pattern);
		}
		assert.equal((await offline(['policy', 'check', join(folder, 'gone.json')])).code, 1);
		assert.equal((await offline(['policy', 'check'])).code, 2);
	});
});

test('clocks differ between nations', async () => {
	const feedback = async (name) => rule(JSON.parse(await readFile(join(policies, `${name}.json`), 'utf8')), 'feedback').due;
	assert.deepEqual(await feedback('england'), [{ unit: 'working_days', amount: 1 }]);
	assert.deepEqual(await feedback('wales'), [{ unit: 'working_days', amount: 7 }]);
	assert.deepEqual(await feedback('scotland'), [{ unit: 'elapsed_minutes', amount: 10 * 24 * 60 }]);
});

test('dry-run shows what would change, and changes nothing', async () => {
	const receipts = [];
	for (let i = 0; i < 3; i++) receipts.push(await hub.refer(`${DAY}T09:0${i}:00Z`));
	const before_ = await hub.db.query('SELECT f.*, r.version AS of_referral FROM follow_up AS f JOIN referral AS r ON r.id = f.referral_id ORDER BY f.id');
	const { code, stdout, stderr } = await tryMashctl(hub.db, '--now', NOW, 'policy', 'dry-run', await file(sooner));
	assert.equal(code, 0, stderr);
	assert.deepEqual(stdout.trim().split('\n'), receipts.map((r, i) =>
		[r.reference, 'decide_outcome', `2027-03-02T09:0${i}:00.000000Z`, `2027-03-01T13:0${i}:00.000000Z`].join('\t')));
	assert.match(stderr, /^3 would change, 6 would keep their time, 0 have no rule in it$/m);
	assert.deepEqual(await hub.db.query('SELECT f.*, r.version AS of_referral FROM follow_up AS f JOIN referral AS r ON r.id = f.referral_id ORDER BY f.id'), before_);
	assert.deepEqual(await versions(), []);
	const bad = await tryMashctl(hub.db, 'policy', 'dry-run', await file((document) => { rule(document, 'triage').opens_on = 'full.moon'; }));
	assert.deepEqual([bad.code, bad.stdout], [2, '']);
	assert.match(bad.stderr, /\/rules\/1\/opens_on: .*full\.moon/);
});

describe('activate', () => {
	test('in force at once; what is open as it is told', async () => {
		const { id } = await hub.refer(`${DAY}T09:30:00Z`);
		const left = await activate(await file(sooner));
		assert.equal(left.code, 0, left.stderr);
		const [version] = await versions();
		assert.deepEqual([version.id, version.state, version.author, version.activated_by, version.activation_reason, version.retime_open], [left.stdout.trim(), 'active', hub.staffId, hub.managerId, 'Agreed.', false]);
		assert.equal(await dueOf(id, 'decide_outcome'), '2027-03-02T09:30:00.000000Z');
		const next = await hub.refer(`${DAY}T09:40:00Z`);
		assert.equal(await dueOf(next.id, 'decide_outcome'), '2027-03-01T13:40:00.000000Z');
		const retimed = await activate(await file(sooner), '--retime-open');
		assert.equal(retimed.code, 0, retimed.stderr);
		assert.equal(await dueOf(id, 'decide_outcome'), '2027-03-01T13:30:00.000000Z');
		assert.deepEqual((await versions()).map((v) => [v.state, v.retimed_at !== null]), [['active', true], ['superseded', false]]);
	});

	test('in the names of two people, not of one', async () => {
		const both = await activateAs(await file(), '--author', 'P. Practitioner', '--activated-by', 'M. Manager');
		assert.equal(both.code, 0, both.stderr);
		const [version] = await versions();
		assert.deepEqual([version.author, version.activated_by], [hub.staffId, hub.managerId]);
		const one = await activateAs(await file(), '--author', hub.managerId, '--activated-by', hub.managerId);
		assert.equal(one.code, 1);
		assert.match(one.stderr, /second person/);
		assert.equal((await versions())[0].id, version.id, 'not even the draft is there');
		assert.equal((await activateAs(await file(), '--author', 'N. Nobody', '--activated-by', hub.managerId)).code, 1);
	});

	test('not without saying who wrote it, nor without saying who answers for it', async () => {
		const before_ = await versions();
		const unwritten = await activateAs(await file(), '--activated-by', hub.managerId);
		assert.equal(unwritten.code, 1);
		assert.match(unwritten.stderr, /nobody has drafted this version: .*--author/);
		for (const author of [[], ['--author', hub.staffId]]) {
			const unanswered = await activateAs(await file(), ...author);
			assert.equal(unanswered.code, 2);
			assert.match(unanswered.stderr, /activated-by/);
		}
		assert.deepEqual(await versions(), before_, 'not even a draft is there');
	});

	test('a draft that is there is taken, another document under its version is not', async () => {
		const path = await file();
		const { id } = await hub.manager.ok('POST', '/v1/policies', { body: JSON.parse(await readFile(path, 'utf8')) });
		const own = await activateAs(path, '--activated-by', hub.managerId);
		assert.equal(own.code, 1);
		assert.match(own.stderr, /second person/);
		const activated = await activateAs(path, '--activated-by', hub.staffId);
		assert.deepEqual([activated.code, activated.stdout.trim()], [0, id], activated.stderr);
		const again = await activate(path);
		assert.equal(again.code, 1);
		assert.match(again.stderr, /is active/);
		number--;
		const other = await activate(await file(sooner));
		assert.equal(other.code, 1);
		assert.match(other.stderr, /other content/);
		assert.equal((await tryMashctl(hub.db, 'policy', 'activate', path)).code, 2, 'without a reason');
	});
});

test('a version that this program cannot read stops the start', async () => {
	const { stdout } = await mashctl(hub.db, 'policy', 'activate', '--reason', 'x', '--author', hub.staffId, '--activated-by', hub.managerId, await file());
	await hub.db.query(`UPDATE policy SET document = document - 'rules' WHERE id = $1`, [stdout.trim()]);
	const { code, stderr } = await tryMashctl(hub.db, 'config', 'check');
	assert.equal(code, 1);
	assert.match(stderr, new RegExp(`${stdout.trim()} does not fit`));
});
