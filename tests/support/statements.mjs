// The daemon's own SQL statements, run straight from their files: for tests of what a statement does, and of its plan.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lib = join(import.meta.dirname, '..', '..', 'lib');
const texts = new Map();

// The text of lib/<feature>/sql/<name>.sql, named "feature/name".
export function statementText(name) {
	if (!texts.has(name)) {
		const [feature, file] = name.split('/');
		texts.set(name, readFileSync(join(lib, feature, 'sql', `${file}.sql`), 'utf8'));
	}
	return texts.get(name);
}

// Runs it on a connection (see Database.session) and gives its rows.
export const runStatement = (client, name, values) => client.query(statementText(name), values).then((result) => result.rows);

// One batch of the sweep, as lib/followup/sweep.c runs it, inside the connection's transaction: { seen, raised, warned, resumed }.
export async function sweepBatch(client, partnership, limit = 1000) {
	const found = await runStatement(client, 'followup/sweep_find', [partnership, limit]);
	const [done] = await runStatement(client, 'followup/sweep', [partnership, found.map(({ id }) => id), randomUuid7(), null]);
	return { seen: found.length, ...Object.fromEntries(Object.entries(done).map(([name, n]) => [name, Number(n)])) };
}

// An identifier as lib/base/ident.c makes them.
export function randomUuid7() {
	const random = randomUUID();
	const ms = Date.now().toString(16).padStart(12, '0');
	return `${ms.slice(0, 8)}-${ms.slice(8)}-7${random.slice(15)}`;
}

// The plan, as text, that a prepared statement gets however often it runs: without looking at its parameters' values.
export async function genericPlan(client, name, values) {
	const prepared = `plan_${name.replace('/', '_')}`;
	await client.query(`SET LOCAL plan_cache_mode = force_generic_plan`);
	await client.query(`PREPARE ${prepared} AS ${statementText(name)}`);
	const list = values.map((value) => (value === null ? 'NULL' : `'${String(value).replaceAll(`'`, `''`)}'`)).join(', ');
	const { rows } = await client.query(`EXPLAIN (COSTS OFF) EXECUTE ${prepared}(${list})`);
	await client.query(`DEALLOCATE ${prepared}`);
	return rows.map((row) => row['QUERY PLAN']).join('\n');
}
