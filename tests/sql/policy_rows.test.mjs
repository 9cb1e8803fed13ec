// The rows of policies: whose they are, what nobody can change, how many may govern.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { mashctl } from '../support/daemon.mjs';

let db, partnership, other, author, second;
before(async () => {
	db = await createDatabase('policy_rows');
	const ctl = async (...args) => (await mashctl(db, ...args)).stdout.trim();
	partnership = await ctl('partnership', 'add', '--name', 'One');
	other = await ctl('partnership', 'add', '--name', 'Two');
	author = await ctl('staff', 'add', '--partnership', partnership, '--name', 'A. Author', '--role', 'admin');
	second = await ctl('staff', 'add', '--partnership', partnership, '--name', 'M. Manager', '--role', 'manager');
});
after(() => db?.drop());

const as = (who, sql, values) => db.query(sql, values, { as: 'app', partnership: who });
async function draft(version, more = {}) {
	const row = { partnership_id: partnership, id: randomUUID(), name: 'ours', version, document: '{}', author, ...more };
	await as(partnership, `INSERT INTO policy (${Object.keys(row)}) VALUES (${Object.keys(row).map((_, i) => `$${i + 1}`)})`, Object.values(row));
	return row.id;
}
const activate = (id, who = second) => as(partnership, `UPDATE policy
	SET state = 'active', active_from = mashd_now(), activated_by = $2, activation_reason = 'agreed', retime_open = false WHERE id = $1`, [id, who]);
const fails = (promise, code, constraint) => assert.rejects(promise, (error) => {
	assert.deepEqual([error.code, error.constraint], [code, constraint]);
	return true;
});

test('another partnership sees none of it', async () => {
	await draft('a');
	assert.equal((await as(partnership, 'SELECT FROM policy')).length, 1);
	assert.equal((await as(other, 'SELECT FROM policy')).length, 0);
	await fails(as(other, `INSERT INTO policy (partnership_id, id, name, version, document) VALUES ($1, $2, 'ours', 'x', '{}')`, [partnership, randomUUID()]), '42501', undefined);
});

describe('what was written stays', () => {
	for (const change of [`document = '{"a": 1}'`, `name = 'x'`, `version = 'x'`, 'author = NULL', 'created_at = mashd_now()'])
		test(`no ${change.split(' ')[0]} can be changed`, () => fails(as(partnership, `UPDATE policy SET ${change}`), '42501', undefined));
	test('none can be deleted', () => fails(as(partnership, 'DELETE FROM policy'), '42501', undefined));
});

test('one version of a name, one that governs, a second person', async () => {
	const [b, c] = [await draft('b'), await draft('c')];
	await fails(draft('b'), '23505', 'policy_version_key');
	await draft('b', { name: 'others' });
	await fails(activate(b, author), '23514', 'policy_second_person');
	await activate(b);
	await fails(activate(c), '23505', 'policy_one_active');
	await fails(as(partnership, `UPDATE policy SET state = 'superseded' WHERE id = $1`, [b]), '23514', 'policy_active_until');
	await fails(as(partnership, `UPDATE policy SET state = 'draft', activation_reason = NULL, retime_open = NULL WHERE id = $1`, [b]), '23514', 'policy_active_from');
	for (const half of ['activation_reason', 'retime_open'])
		await fails(as(partnership, `UPDATE policy SET ${half} = NULL WHERE id = $1`, [b]), '23514', 'policy_activation');
	await fails(as(partnership, `UPDATE policy SET retimed_at = mashd_now() WHERE id = $1`, [b]), '23514', 'policy_retimed');
	await as(partnership, `UPDATE policy SET state = 'superseded', active_until = mashd_now() WHERE id = $1`, [b]);
	await activate(c);
	await fails(as(partnership, `UPDATE policy SET state = 'gone' WHERE id = $1`, [c]), '23514', 'policy_state');
	await draft('operator', { author: null });
});
