// Fills a database with so many referrals of several partnerships over five years, with set-based SQL in one transaction on
// emptied tables: nothing of that goes through the log (wal_level minimal), and indexes that hold no constraint are made
// afterwards. Foreign keys are looked at up to CHECKED rows; the same rows are made beyond it, where that would take longer than
// everything else.
import pg from 'pg';
import { addKey, addPartnership } from '../data.mjs';
import { uuid7 } from '../peer/receive.mjs';
import { databaseUrl, query } from '../targets.mjs';
import { insert, made, owed, tables } from './rows.mjs';

const CHUNK = 50_000;
const CHECKED = 100_000;
// The partnership that is measured has most of all history; what is open does not grow with it.
const SHARES = [{ name: 'Large hub', share: 0.7, open: 3000 }, { name: 'Hub', share: 0.15, open: 300 }, { name: 'Next hub', share: 0.1, open: 200 }, { name: 'Small hub', share: 0.05, open: 100 }];
const AGENCIES = 12;
const RECENT = 90 / (5 * 365.25); // the open ones are of the last 90 days, where these have so many

async function addHouse(client, { name, share, open }, number, total) {
	const house = await addPartnership(client, name);
	const manager = uuid7();
	await client.query(`INSERT INTO staff (partnership_id, id, name, roles, social_work_qualified) VALUES ($1, $2, 'Bench Manager', '{manager}', true)`, [house.partnership, manager]);
	const key = await addKey(client, house.partnership, { staff: manager, roles: ['manager'] });
	const agencies = [];
	for (let i = 0; i < AGENCIES; i++) {
		agencies.push(uuid7());
		await client.query(`INSERT INTO agency (partnership_id, id, name, kind, default_source) VALUES ($1, $2, $3, 'other', '8')`, [house.partnership, agencies[i], `Agency ${i + 1}`]);
	}
	const referrals = Math.round(total * share);
	const most = Math.min(open, Math.floor(referrals / 2));
	return { ...house, manager, managerKey: key.text, agencies: `{${agencies.join(',')}}`, anAgency: agencies[4], number, referrals, open: most,
		window: Math.min(referrals, Math.max(most, Math.floor(referrals * RECENT))) };
}

// Indexes of the tables, but for those behind a constraint: [{ name, definition }].
async function takeIndexesAway(client, names) {
	const { rows } = await client.query(
		`SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
		 WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)`, [names]);
	for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
	return rows;
}

async function addReferrals(client, house, now, list, onChunk) {
	for (let from = 1; from <= house.referrals; from += CHUNK) {
		await client.query('DROP TABLE IF EXISTS pg_temp.made, pg_temp.owed');
		await client.query(made(house, from, Math.min(from + CHUNK - 1, house.referrals), now));
		await client.query(owed(now));
		for (const table of list) await client.query(insert(table));
		onChunk(Math.min(CHUNK, house.referrals - from + 1));
	}
}

async function fill(client, houses, total, say) {
	const all = tables(houses[0], 'now');
	const { rows } = await client.query('SELECT t AS name FROM unnest($1::text[]) AS t WHERE to_regclass(t) IS NOT NULL', [all.map((t) => t.table)]);
	const there = new Set(rows.map((row) => row.name));
	for (const { table, only } of all) if (!only && !there.has(table)) throw new Error(`no table ${table}: tests/bench/scale/rows.mjs is older than the migrations`);
	const now = new Date().toISOString();
	const started = performance.now();
	await client.query('BEGIN');
	await client.query(`SET LOCAL synchronous_commit = off; SET LOCAL maintenance_work_mem = '1GB'; SET LOCAL work_mem = '256MB'; SET LOCAL jit = off`);
	if (total > CHECKED) await client.query(`SET LOCAL session_replication_role = replica`);
	await client.query(`TRUNCATE ${[...there].join(', ')} CASCADE`);
	const indexes = await takeIndexesAway(client, [...there]);
	let done = 0;
	let told = 0;
	for (const house of houses) {
		await addReferrals(client, house, now, tables(house, now).filter((t) => there.has(t.table)), (n) => {
			done += n;
			if (done - told < total / 10 || total <= CHECKED) return;
			told = done;
			say(`  ${done} rows of referral, ${((done * 1000) / (performance.now() - started)).toFixed(0)}/s`);
		});
	}
	const filled = performance.now();
	for (const { definition } of indexes) await client.query(definition);
	await client.query('COMMIT');
	return { rowsSeconds: (filled - started) / 1000, indexSeconds: (performance.now() - filled) / 1000 };
}

// -> { houses, seconds, bytes, rows }; houses[0] is the one to measure.
export async function loadScale(database, total, say) {
	const client = new pg.Client({ connectionString: databaseUrl('postgres', database) });
	await client.connect();
	try {
		const houses = [];
		for (const [i, share] of SHARES.entries()) houses.push(await addHouse(client, share, i + 1, total));
		const times = await fill(client, houses, total, say);
		const before = performance.now();
		await client.query('VACUUM (ANALYZE)');
		await client.query('CHECKPOINT');
		const vacuumSeconds = (performance.now() - before) / 1000;
		const [{ bytes, rows }] = await query(database, `SELECT pg_database_size(current_database())::float8 AS bytes,
			(SELECT sum(greatest(reltuples, 0))::float8 FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) AS rows`);
		return { houses, ...times, vacuumSeconds, seconds: times.rowsSeconds + times.indexSeconds + vacuumSeconds, bytes, rows };
	} finally {
		await client.end();
	}
}
