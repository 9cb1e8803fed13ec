// getFollowUpMetrics against the same figures worked out in JavaScript from the raw rows, its forms and refusals, and the
// plans of its statement on a big table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { generate, rawRows, recompute } from '../support/figures.mjs';

const DAY = 86_400_000;
const now = Date.now();
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
// The middle of this year's summer time or of last year's: its midnight is 23:00 UTC.
const year = new Date(now).getUTCFullYear() - (day(now).slice(5) < '09-01' ? 1 : 0);
const summer = `${year}-07-01`;
const edge = Date.parse(`${summer}T00:00:00+01:00`);

let database, daemon, manager, agencyKey, raw;

async function hub(name, seed) {
	const ctl = async (...args) => (await mashctl(database, ...args)).stdout.trim();
	const id = await ctl('partnership', 'add', '--name', name);
	const of = ['--partnership', id];
	const agencies = [];
	for (const agency of ['=Beech School', 'Ash, "Elm" & Oak']) {
		agencies.push(await ctl('agency', 'add', ...of, '--name', agency, '--kind', 'school', '--source', '2A'));
	}
	const staff = await ctl('staff', 'add', ...of, '--name', 'M. Example', '--role', 'manager');
	await generate(database, { partnership: id, staff, agencies, now, days: 500, count: 500, edges: [edge], seed });
	return {
		id, manager: await ctl('key', 'issue', ...of, '--staff', staff, '--role', 'manager'),
		agency: await ctl('key', 'issue', ...of, '--agency', agencies[0]),
	};
}

before(async () => {
	database = await createDatabase('figures');
	const first = await hub('First hub', 7);
	await hub('Second hub', 11);
	daemon = await startDaemon(database);
	// A sweep may still raise flags: of what is open and overdue, which counts as ever overdue without one.
	raw = await rawRows(database, first.id);
	manager = new Client(daemon.url, { key: first.manager });
	agencyKey = first.agency;
});
after(async () => {
	await daemon?.stop();
	await database?.drop();
});

const path = (from, to, groupBy) => `/v1/metrics/follow-up?from=${from}&to=${to}${groupBy ? `&group_by=${groupBy}` : ''}`;

function assertSame(told, own) {
	assert.deepEqual(told.map(({ value, ...rest }) => rest), own.map(({ value, ...rest }) => rest));
	for (const [i, { value }] of told.entries()) {
		const near = value === null ? own[i].value === null : own[i].value !== null && Math.abs(value - own[i].value) < 0.0501;
		assert.ok(near, `${JSON.stringify(told[i])}, worked out: ${own[i].value}`);
	}
}

describe('the figures are those of the raw rows', () => {
	const periods = {
		'long past and far ahead': [day(now - 520 * DAY), day(now + DAY)],
		'one month': [summer, `${year}-08-01`],
		'one day': [summer, `${year}-07-02`],
		'the day before': [`${year}-06-30`, summer],
		'nothing received': [day(now - 900 * DAY), day(now - 800 * DAY)],
	};
	for (const [name, [from, to]] of Object.entries(periods)) {
		for (const groupBy of [undefined, 'agency', 'source', 'rating', 'month']) {
			test(`${name}, by ${groupBy ?? 'nothing'}`, async () => {
				const { figures, as_at: asAt, ...told } = await manager.ok('GET', path(from, to, groupBy));
				assert.deepEqual(told, { from, to, group_by: groupBy ?? null });
				assertSame(figures, recompute(raw, { from, to, groupBy, now: Date.parse(asAt) * 1000 }));
			});
		}
	}

	test('the data exercise every figure', async () => {
		const [from, to] = periods['long past and far ahead'];
		const { figures } = await manager.ok('GET', path(from, to));
		for (const f of figures) assert.ok(f.numerator > 0 && f.denominator > 0, JSON.stringify(f));
		assert.ok(figures.some((f) => f.name === 'p90_to_discussion' && f.numerator < f.denominator && f.value > 0));
	});
});

test('nothing received is nought of nought, not a percentage', async () => {
	const { figures } = await manager.ok('GET', path('2015-01-01', '2015-02-01'));
	assert.equal(figures.length, 14);
	for (const f of figures) assert.deepEqual([f.numerator, f.denominator, f.value], [0, 0, f.unit === 'count' ? 0 : null]);
});

test('as CSV: a line for each figure, cells that start a formula are defused', async () => {
	const url = path(day(now - 520 * DAY), day(now + DAY), 'agency');
	const answer = await manager.get(url, { headers: { accept: 'text/csv' } });
	const { figures } = await manager.ok('GET', url);
	assert.equal(answer.status, 200);
	assert.match(answer.type, /^text\/csv/);
	const lines = answer.text.split('\r\n');
	assert.equal(lines[0], 'figure,name,group,band,numerator,denominator,value,unit');
	assert.equal(lines.length, figures.length + 2);
	assert.ok(lines.some((l) => l.startsWith('1,electronic_received,"Ash, ""Elm"" & Oak",,')));
	assert.ok(lines.some((l) => l.startsWith('1,electronic_received,\'=Beech School,,')));
});

test('a period is refused that is empty, turned round, too long or no period', async () => {
	const wrong = [['2026-03-02', '2026-03-02'], ['2026-03-02', '2026-03-01'], ['2014-01-01', '2024-01-02'], ['2026-02-30', '2026-03-05'], ['1', '2']];
	for (const [from, to] of wrong) {
		const answer = await manager.get(path(from, to));
		assert.equal(answer.status, 400, `${from} ${to}`);
		assert.equal(answer.json.type, '/problems/invalid-parameter');
	}
	assert.equal((await manager.get('/v1/metrics/follow-up?from=2026-03-01')).status, 400);
	assert.equal((await manager.get(path('2026-01-01', '2026-02-01', 'child'))).status, 400);
	assert.equal((await manager.get(path('2014-01-01', '2024-01-01'))).status, 200);
});

test('an agency gets no figures', async () => {
	assert.equal((await manager.as(agencyKey).get(path('2026-01-01', '2026-02-01'))).status, 403);
});

// ---- plans

const statement = readFileSync(join(import.meta.dirname, '../../lib/report/sql/follow_up_figures.sql'), 'utf8');

async function fill(big, id) {
	await big.query(`WITH r AS (
			INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
			SELECT $1, gen_random_uuid(), n::text, 'api', 'request_for_service', '6', t, t, 'amber', '{}'
			FROM generate_series(1, 60000) AS n CROSS JOIN LATERAL (SELECT '2018-01-01'::timestamptz + n * interval '1 hour' AS t) AS s
			RETURNING id, received_at)
		INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, started_at, unit, amount, due_at)
		SELECT $1, gen_random_uuid(), r.id, k, 'open', 'p', 'r', 'local', received_at, 'elapsed_minutes', 1, received_at
		FROM r CROSS JOIN unnest(ARRAY['triage', 'discuss']) AS k`, [id]);
	await big.query(`INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at)
		SELECT $1, gen_random_uuid(), id, referral_id, kind, 1, due_at FROM follow_up`, [id]);
	await big.query(`INSERT INTO contact_attempt (partnership_id, referral_id, id, version, result, method, counterpart, held_by, held_at, recorded_by, children,
			counts_as_discussion)
		SELECT $1, r.id, gen_random_uuid(), 2, 'no_answer', 'phone', 'referrer', s.id, r.received_at, s.id, '{}', false
		FROM referral AS r CROSS JOIN staff AS s`, [id]);
	await big.query('ANALYZE');
}

test('a month is read by index, as the application role, with a plan of its own and a generic one', async () => {
	const big = await createDatabase('figures_big');
	try {
		const id = (await mashctl(big, 'partnership', 'add', '--name', 'Big hub')).stdout.trim();
		await mashctl(big, 'staff', 'add', '--name', 'M. Example', '--role', 'manager');
		await fill(big, id);
		const [{ id: calendar }] = await big.query('SELECT id FROM calendar');
		for (const mode of ['force_custom_plan', 'force_generic_plan']) {
			const plan = await big.session(async (client) => {
				await client.query(`SET plan_cache_mode = ${mode}`);
				await client.query(`PREPARE f (uuid, uuid, date, date, text) AS ${statement}`);
				const { rows } = await client.query(`EXPLAIN ANALYZE EXECUTE f ('${id}', '${calendar}', '2024-03-01', '2024-04-01', 'agency')`);
				return rows.map((r) => r['QUERY PLAN']).join('\n');
			}, { as: 'app', partnership: id });
			assert.doesNotMatch(plan, /Seq Scan on (referral|follow_up|flag|contact_attempt|working_interval)\b/, plan);
			assert.match(plan, /referral_by_received/, plan);
		}
	} finally {
		await big.drop();
	}
});
