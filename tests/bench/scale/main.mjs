// How the cost of a request and of a sweep follows the history: loads databases of several sizes, with the same number of open
// referrals in each, measures at all of them in turn and prints a table of milliseconds and of ratios to the smallest.
import { statfsSync } from 'node:fs';
import { query, freshDatabase, restartPostgres } from '../targets.mjs';
import { loadScale } from './load.mjs';
import { READS, SWEEP, SWEEP_IDLE, measureRound, median } from './measure.mjs';

const ORDINARY = [10_000, 1_000_000];
const LARGEST = 10_000_000;
const SIZES = process.env.BENCH_SCALE?.split(',').map(Number).sort((a, b) => a - b) ?? ORDINARY;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const BYTES_EACH = 5000; // of a referral, with what is needed while its indexes are made
const AIM = 1.5;
const short = (n) => (n >= 1e6 ? `${n / 1e6} M` : `${n / 1000} k`);
const gb = (bytes) => (bytes / 1e9).toFixed(1);

// ---- loading

async function loadingSettings(on) {
	const settings = { wal_level: 'minimal', max_wal_senders: '0', fsync: 'off', full_page_writes: 'off', shared_buffers: "'1GB'" };
	for (const [name, value] of Object.entries(settings)) await query('postgres', on ? `ALTER SYSTEM SET ${name} = ${value}` : `ALTER SYSTEM RESET ${name}`);
	await restartPostgres();
}

// What a search is asked for: children of the measured partnership, some old, some new.
const people = (database, house) => query(database, `
	SELECT c.document ->> 'first_name' AS first_name, c.document ->> 'family_name' AS family_name, c.date_of_birth::text, c.nhs_number
	FROM (SELECT r.id FROM referral AS r WHERE r.partnership_id = $1 ORDER BY r.received_at DESC OFFSET 3000 LIMIT 400) AS r
	JOIN referral_child AS c ON c.partnership_id = $1 AND c.referral_id = r.id AND c.nhs_number IS NOT NULL LIMIT 40`, [house.partnership]);

const inMonth = (database, house) => query(database, `
	SELECT count(*)::int AS n FROM referral AS r
	WHERE r.partnership_id = $1 AND r.electronic AND r.record_kind = 'request_for_service'
	  AND r.received_at >= date_trunc('month', now()) - interval '1 month' AND r.received_at < date_trunc('month', now())`, [house.partnership]);

// A copy of the migrated database for each size that there is room for.
export async function loadAll(say) {
	const sizes = [];
	const left = [];
	await loadingSettings(true);
	for (const total of SIZES) {
		const disk = statfsSync(process.env.BENCH_PGHOME);
		if (disk.bavail * disk.bsize < total * BYTES_EACH + 5e9) {
			left.push(`${short(total)} (needs ${gb(total * BYTES_EACH + 5e9)} GB, there are ${gb(disk.bavail * disk.bsize)})`);
			continue;
		}
		say(`loading ${short(total)} referrals`);
		const database = `scale_${total}`;
		await freshDatabase(database, 'mashd');
		const loaded = await loadScale(database, total, say);
		const house = loaded.houses[0];
		say(`  ${loaded.rows.toFixed(0)} rows, ${gb(loaded.bytes)} GB in ${loaded.seconds.toFixed(0)} s: rows ${loaded.rowsSeconds.toFixed(0)}, indexes ${loaded.indexSeconds.toFixed(0)}, vacuum ${loaded.vacuumSeconds.toFixed(0)} s`);
		sizes.push({ total, database, loaded, house, people: await people(database, house), month: (await inMonth(database, house))[0].n });
	}
	await loadingSettings(false);
	if (!SIZES.includes(LARGEST)) left.push(`${short(LARGEST)} (BENCH_SCALE=${[...ORDINARY, LARGEST].join(',')}: about 55 GB free and most of an hour)`);
	return { sizes, left };
}

// ---- the table

function print({ sizes, left }, results, skipped) {
	const rows = [];
	const value = (size, title) => {
		const times = results.get(`${size.total} ${title}`);
		return times.includes(null) ? null : median(times);
	};
	const add = (title, aim, scaleOf = () => 1, unit = '') => {
		const all = sizes.map((size) => value(size, title) === null ? null : value(size, title) / scaleOf(size));
		const ratios = all.slice(1).map((ms) => (ms === null || all[0] === null ? null : ms / all[0]));
		const met = aim === undefined || ratios.length === 0 ? '' : ratios.every((ratio) => ratio !== null && ratio <= aim) ? 'yes' : 'NO';
		rows.push([title + unit, ...all.map((ms) => (ms === null ? 'timeout' : ms.toFixed(2))), ...ratios.map((ratio) => (ratio === null ? '-' : `${ratio.toFixed(2)}×`)), aim === undefined ? '' : `≤ ${aim}×`, met]);
	};
	for (const what of READS.filter((r) => !skipped.has(r.operation))) {
		add(what.title, what.aim);
		if (what.perCohort) add(what.title, undefined, (size) => size.month / 1000, ', for 1,000 of its referrals');
	}
	add(SWEEP, AIM);
	add(SWEEP_IDLE, undefined);
	rows.push(['  referrals of the month', ...sizes.map((size) => String(size.month)), ...sizes.slice(1).map(() => ''), '', '']);
	rows.push(['  loaded, referrals a second', ...sizes.map((size) => (size.total / size.loaded.seconds).toFixed(0)), ...sizes.slice(1).map(() => ''), '', '']);
	rows.push(['  GB on disk', ...sizes.map((size) => gb(size.loaded.bytes)), ...sizes.slice(1).map(() => ''), '', '']);
	const head = ['milliseconds', ...sizes.map((size) => short(size.total)), ...sizes.slice(1).map((size) => `${short(size.total)} : ${short(sizes[0].total)}`), 'aim', 'met'];
	const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
	const line = (cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd();
	console.log([line(head), widths.map((n) => '-'.repeat(n)).join('  '), ...rows.map(line)].join('\n'));
	console.log(`Medians of ${ROUNDS} interleaved rounds; ${sizes[0].house.open} open referrals of the measured partnership, which has ${(100 * sizes[0].house.referrals / sizes[0].total).toFixed(0)} % of all.`);
	for (const operation of skipped) console.log(`Left out: ${operation}; the contract has no such operation.`);
	for (const text of left) console.log(`Left out: ${text}.`);
}

// Rounds over all sizes, and the table.
export async function measureAll(loaded, say) {
	const { sizes } = loaded;
	const results = new Map();
	const skipped = new Set(READS.map((what) => what.operation));
	for (let round = 0; round < ROUNDS; round++) {
		for (const size of round % 2 ? [...sizes].reverse() : sizes) {
			say(`scale, round ${round + 1} of ${ROUNDS}: ${short(size.total)}`);
			for (const [title, ms] of await measureRound(size, round)) {
				results.set(`${size.total} ${title}`, [...(results.get(`${size.total} ${title}`) ?? []), ms]);
				const what = READS.find((w) => w.title === title);
				if (what) skipped.delete(what.operation);
				say(`  ${title.padEnd(40)} ${ms === null ? 'timeout' : `${ms.toFixed(2)} ms`}`);
			}
		}
	}
	if (sizes.length > 0) print(loaded, results, skipped);
}

export async function scale(say) {
	const loaded = await loadAll(say);
	await measureAll(loaded, say);
	for (const { database } of loaded.sizes) await query('postgres', `DROP DATABASE ${database}`);
}
