// getFollowUpMetrics against the same figures worked out in JavaScript from the raw rows of a generated year, for several
// periods, moments and groups; its forms and refusals; the records behind each number; and the plans of its statement.
// MASHD_FIGURES_SEED=n makes another year.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { rawTables, recompute } from '../support/figures_oracle.mjs';
import { generateYear } from '../support/figures_year.mjs';

const seed = Number(process.env.MASHD_FIGURES_SEED ?? 7);
const now = '2028-03-01T12:00:00.000000Z'; // far ahead: the daemon's own jobs leave that year alone
// Midnight in summer time is 23:00 UTC.
const edge = Date.parse('2027-07-01T00:00:00+01:00');
const moments = ['2027-07-12T10:00:00.000000Z', '2027-04-01T00:00:00.000000Z', '2027-12-24T16:30:00.000000Z'];

let database, daemon, manager, analyst, agencyKey, raw;

async function hub(name, seedOf, count) {
	const ctl = async (...args) => (await mashctl(database, ...args)).stdout.trim();
	const id = await ctl('partnership', 'add', '--name', name);
	const of = ['--partnership', id];
	const agencies = [];
	for (const agency of ['=Beech School', 'Ash, "Elm" & Oak']) {
		agencies.push(await ctl('agency', 'add', ...of, '--name', agency, '--kind', 'school', '--source', '2A'));
	}
	const staff = await ctl('staff', 'add', ...of, '--name', 'P. Example', '--role', 'practitioner');
	const head = await ctl('staff', 'add', ...of, '--name', 'M. Example', '--role', 'manager', '--role', 'analyst');
	await generateYear(database, { partnership: id, staff, manager: head, agencies, from: Date.parse('2027-01-01'), days: 365, count, edges: [edge], lateAt: moments.map(Date.parse), seed: seedOf });
	const key = (...who) => ctl('key', 'issue', ...of, ...who);
	return { id, manager: await key('--staff', head, '--role', 'manager'), analyst: await key('--staff', head, '--role', 'analyst'), agency: await key('--agency', agencies[0]) };
}

before(async () => {
	database = await createDatabase('figures');
	const first = await hub('First hub', seed, 500);
	await hub('Second hub', seed + 4, 50);
	daemon = await startDaemon(database);
	raw = await rawTables(database, first.id);
	manager = new Client(daemon.url, { key: first.manager, now });
	analyst = manager.as(first.analyst);
	agencyKey = first.agency;
});
after(async () => {
	await daemon?.stop();
	await database?.drop();
});

const query = (members) => Object.entries(members).filter(([, v]) => v !== undefined && v !== null).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&');
const path = (from, to, groupBy, asAt, more = {}) => `/v1/metrics/follow-up?${query({ from, to, group_by: groupBy, as_at: asAt, ...more })}`;

function assertSame(told, own) {
	assert.deepEqual(told.map(({ value, records, ...rest }) => rest), own.map(({ value, ...rest }) => ({ ...rest })));
	for (const [i, { value }] of told.entries()) {
		const near = value === null ? own[i].value === null : own[i].value !== null && Math.abs(value - own[i].value) < 0.0501;
		assert.ok(near, `${JSON.stringify(told[i])}, worked out: ${own[i].value}`);
	}
}

describe(`the figures are those of the raw rows (seed ${seed})`, () => {
	const periods = {
		'the whole year': ['2027-01-01', '2028-01-01'],
		'one month': ['2027-07-01', '2027-08-01'],
		'one day': ['2027-07-01', '2027-07-02'],
		'the day before': ['2027-06-30', '2027-07-01'],
		'nothing received': ['2016-01-01', '2016-02-01'],
	};
	for (const [name, [from, to]] of Object.entries(periods)) {
		for (const groupBy of [undefined, 'agency', 'source', 'rating', 'month']) {
			for (const asAt of name === 'nothing received' ? [undefined] : [undefined, ...moments]) {
				test(`${name}, by ${groupBy ?? 'nothing'}, as at ${asAt ?? 'now'}`, async () => {
					const { figures, as_at: told, ...rest } = await manager.ok('GET', path(from, to, groupBy, asAt));
					assert.deepEqual(rest, { from, to, group_by: groupBy ?? null, suppressed: false });
					assert.equal(told, asAt ?? now);
					assertSame(figures, recompute(raw, { from, to, groupBy, at: Date.parse(told) * 1000 }));
				});
			}
		}
	}

	test('the data exercise every figure', async () => {
		const { figures } = await manager.ok('GET', path('2027-01-01', '2028-01-01'));
		for (const f of figures) {
			// What is overdue a quarter after the year's end is long overdue.
			if (f.name !== 'overdue_now') assert.ok(f.numerator > 0 && f.denominator > 0, JSON.stringify(f));
			if (f.name !== 'electronic_received' && f.name !== 'overdue_now') assert.ok(f.numerator < f.denominator, JSON.stringify(f));
		}
		for (const asAt of moments) {
			const then = await manager.ok('GET', path('2027-01-01', '2028-01-01', undefined, asAt));
			assert.ok(then.figures.every((f) => !f.band || f.numerator > 0), asAt);
		}
	});

	test('the headline and what stands beside it add up', async () => {
		const { figures } = await manager.ok('GET', path('2027-01-01', '2028-01-01', 'month'));
		for (const group of new Set(figures.map((f) => f.group))) {
			const of = Object.fromEntries(figures.filter((f) => f.group === group).map((f) => [f.name, f]));
			const sum = (...names) => names.reduce((n, name) => n + of[name].numerator, 0);
			const due = of.fully_discussed.denominator;
			assert.equal(sum('fully_discussed', 'discussed_incompletely', 'discussed_after', 'written_or_deputy_only', 'declined', 'attempted', 'not_attempted'), due);
			assert.equal(due + sum('not_yet_due', 'duplicates_and_errors', 'anonymous_public', 'protection_first', 'passed_to_allocated_worker', 'judged_not_needed'), of.electronic_received.numerator);
		}
	});
});

describe('the records behind a number', () => {
	async function listed(client, link) {
		const items = [];
		for (let next = `${link}&limit=90`; next;) {
			const page = await client.ok('GET', next);
			items.push(...page.items);
			next = page.next && `${link}&limit=90&cursor=${page.next}`;
		}
		return items;
	}

	for (const groupBy of [undefined, 'agency']) {
		test(`are as many as it says, by ${groupBy ?? 'nothing'}`, async () => {
			const { figures } = await manager.ok('GET', path('2027-06-01', '2027-09-01', groupBy, '2027-08-20T09:00:00Z'));
			for (const f of figures) {
				for (const part of ['numerator', 'denominator']) {
					const items = await listed(manager, f.records[part]);
					assert.equal(items.length, f[part], `${part} of ${JSON.stringify(f)}`);
					assert.equal(new Set(items.map((i) => i.follow_up_id ?? i.child_id ?? i.referral_id)).size, items.length);
					if (f.group) assert.ok(items.every((i) => (i.agency_name ?? 'no agency') === f.group));
				}
			}
		});
	}

	test('are nothing for who may not see referrals', async () => {
		const { figures } = await analyst.ok('GET', path('2027-06-01', '2027-09-01'));
		assert.ok(figures.every((f) => f.records === null));
		const link = (await manager.ok('GET', path('2027-06-01', '2027-09-01'))).figures[0].records.numerator;
		assert.equal((await analyst.get(link)).status, 403);
	});

	test('are refused of a moment to come, a period turned round, a figure that there is not', async () => {
		const link = (more) => `/v1/metrics/follow-up/records?${query({ name: 'declined', part: 'numerator', from: '2027-01-01', to: '2027-02-01', ...more })}`;
		for (const more of [{ as_at: '2029-01-01T00:00:00Z' }, { to: '2026-01-01' }, { name: 'happy' }, { cursor: 'x' }]) {
			assert.equal((await manager.get(link(more))).status, 400, JSON.stringify(more));
		}
		assert.equal((await manager.as(`${manager.key}x`).get(link({}))).status, 401);
		assert.deepEqual((await manager.ok('GET', link({ group_by: 'agency', group: 'Nobody' }))).items, []);
	});
});

describe('small numbers', () => {
	const shown = (figures) => figures.flatMap((f) => [f.numerator, f.denominator]).filter((n) => n !== null);
	const rest = (f) => (f.numerator === null || f.denominator === null || f.name === 'electronic_received' ? null : f.denominator - f.numerator);

	for (const groupBy of [undefined, 'agency', 'source', 'rating', 'month']) {
		test(`are left out when asked, and always for who may not see referrals, by ${groupBy ?? 'nothing'}`, async () => {
			const all = await manager.ok('GET', path('2027-01-01', '2028-01-01', groupBy));
			const left = await manager.ok('GET', path('2027-01-01', '2028-01-01', groupBy, undefined, { suppress: true }));
			const told = await analyst.ok('GET', path('2027-01-01', '2028-01-01', groupBy, undefined, { suppress: false }));
			assert.deepEqual(told.figures, left.figures);
			assert.ok(left.suppressed && told.suppressed);
			assert.ok(shown(left.figures).every((n) => n >= 5));
			assert.ok(left.figures.every((f) => (rest(f) ?? 5) >= 5), 'what a numerator leaves of its denominator');
			for (const [i, f] of left.figures.entries()) {
				const { numerator, denominator, value } = all.figures[i];
				assert.ok(f.numerator === null || f.numerator === numerator);
				assert.ok(f.denominator === null || f.denominator === denominator);
				assert.ok(f.numerator === null || f.denominator === null ? f.value === null : f.value === value);
				assert.equal(f.records, null);
			}
		});
	}

	test('of a group are never what the total and the other groups leave', async () => {
		const { figures: totals } = await analyst.ok('GET', path('2027-01-01', '2028-01-01'));
		for (const groupBy of ['agency', 'source', 'rating', 'month']) {
			const { figures } = await analyst.ok('GET', path('2027-01-01', '2028-01-01', groupBy));
			for (const total of totals) {
				for (const part of ['numerator', 'denominator', 'rest']) {
					const of = part === 'rest' ? rest : (f) => f[part];
					const cells = figures.filter((f) => f.name === total.name && f.band === total.band).map(of);
					const hidden = cells.filter((n) => n === null).length;
					if (of(total) === null || hidden === 0) continue;
					const left = of(total) - cells.reduce((a, b) => a + (b ?? 0), 0);
					assert.ok(hidden > 1 && left >= 5, `${groupBy}, ${part} of ${total.name}: ${hidden} hidden, ${left} left`);
				}
			}
		}
	});

	test('in CSV leave empty cells', async () => {
		const answer = await analyst.get(path('2027-07-01', '2027-07-02'), { headers: { accept: 'text/csv' } });
		assert.match(answer.text, /\r\n0,declined,,,,,,count,[^,]+Z,2027-07-01,2027-07-02,true\r\n/);
	});
});

test('nothing received is nought of nought, not a percentage', async () => {
	const { figures } = await manager.ok('GET', path('2015-01-01', '2015-02-01'));
	assert.equal(figures.length, 46);
	for (const f of figures) assert.deepEqual([f.numerator, f.denominator, f.value], [0, 0, f.unit === 'count' ? 0 : null]);
});

test('as CSV: a line for each figure, cells that start a formula are defused', async () => {
	const url = path('2027-01-01', '2028-01-01', 'agency');
	const answer = await manager.get(url, { headers: { accept: 'text/csv' } });
	const { figures } = await manager.ok('GET', url);
	assert.equal(answer.status, 200);
	assert.match(answer.type, /^text\/csv/);
	const lines = answer.text.split('\r\n');
	assert.equal(lines[0], 'figure,name,group,band,numerator,denominator,value,unit,as_at,from,to,suppressed');
	assert.equal(lines.length, figures.length + 2);
	for (const line of lines.slice(1, -1)) assert.match(line, /,\d{4}-\d\d-\d\dT[\d:.]+Z,2027-01-01,2028-01-01,false$/);
	assert.ok(lines.some((l) => l.startsWith('1,electronic_received,"Ash, ""Elm"" & Oak",,')));
	assert.ok(lines.some((l) => l.startsWith('1,electronic_received,\'=Beech School,,')));
});

test('a period is refused that is empty, turned round, too long or no period; a moment that is to come', async () => {
	const wrong = [['2026-03-02', '2026-03-02'], ['2026-03-02', '2026-03-01'], ['2014-01-01', '2024-01-02'], ['2026-02-30', '2026-03-05'], ['1', '2']];
	for (const [from, to] of wrong) {
		const answer = await manager.get(path(from, to));
		assert.equal(answer.status, 400, `${from} ${to}`);
		assert.equal(answer.json.type, '/problems/invalid-parameter');
	}
	assert.equal((await manager.get('/v1/metrics/follow-up?from=2026-03-01')).status, 400);
	assert.equal((await manager.get(path('2026-01-01', '2026-02-01', 'child'))).status, 400);
	assert.equal((await manager.get(path('2026-01-01', '2026-02-01', undefined, '2028-03-01T12:00:01Z'))).status, 400);
	assert.equal((await manager.get(path('2026-01-01', '2026-02-01', undefined, now))).status, 200);
	assert.equal((await manager.get(path('2014-01-01', '2024-01-01'))).status, 200);
});

test('an agency gets no figures', async () => {
	assert.equal((await manager.as(agencyKey).get(path('2026-01-01', '2026-02-01'))).status, 403);
});
