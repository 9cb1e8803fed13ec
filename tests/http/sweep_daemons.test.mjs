// Four daemons on one database: each sweeps every second, and each missed due instant gets one flag, and one more for each rung
// of the ladder that was reached. By the real clock.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../support/client.mjs';
import { mashctl, startDaemon } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { until } from '../support/raw_http.mjs';

const BREACHES = 10_000;
const HUBS = 2;
// The first rung is reached by all, the second by none, before the test is over.
const LADDER = { escalate: [{ unit: 'elapsed_minutes', amount: 30, role: 'manager', out_of_hours: true }, { unit: 'elapsed_minutes', amount: 10_000, role: 'admin', out_of_hours: true }] };

let db;
let daemons = [];
const partnerships = [];
before(async () => {
	db = await createDatabase('daemons');
	for (let hub = 0; hub < HUBS; hub++) {
		const id = (await mashctl(db, 'partnership', 'add', '--name', `Hub ${hub}`)).stdout.trim();
		partnerships.push(id);
		await db.query(
			`WITH received AS (
			   INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, rating, document)
			   SELECT $1, gen_random_uuid(), 'D' || i, 'api', 'request_for_service', '6', mashd_now() - interval '1 day', 'amber', '{}'
			   FROM generate_series(1, $2) AS i RETURNING id)
			 INSERT INTO follow_up (partnership_id, id, referral_id, kind, policy, rule, source, started_at, unit, amount, due_at, signals)
			 SELECT $1, gen_random_uuid(), id, 'triage', 'p', 'triage', 'local', mashd_now() - interval '1 day', 'elapsed_minutes', 60,
			        mashd_now() - interval '1 hour' - random() * interval '22 hours', $3
			 FROM received`, [id, BREACHES / HUBS, JSON.stringify(LADDER)]);
	}
});
after(async () => {
	for (const daemon of daemons) await daemon.stop();
	await db?.drop();
});

const countFlags = async () => (await db.query('SELECT count(*)::int AS n FROM flag'))[0].n;

test('10,000 breaches, four daemons: 10,000 flags, and as many of the rung above', async () => {
	daemons = await Promise.all([1, 2, 3, 4].map(() => startDaemon(db, { args: ['--sweep-interval-ms', '1000'], ready: '/livez' })));
	await until(async () => await countFlags() >= 2 * BREACHES);
	const [{ now }] = await db.query('SELECT mashd_now() AS now');
	const swept = async (daemon) => Number(/^mashd_sweeps_total(?:\{[^}]*\})? (\d+)/m.exec((await new Client(daemon.url).get('/metrics')).text)[1]);
	// Two whole sweeps more of each: the one that runs now may have begun before the last flag.
	await Promise.all(daemons.map(async (daemon) => {
		const before = await swept(daemon);
		await until(async () => await swept(daemon) >= before + 3);
	}));
	const [found] = await db.query(
		`SELECT count(*)::int AS flags, count(DISTINCT (g.partnership_id, g.follow_up_id, g.timing, g.level))::int AS timings,
		        count(*) FILTER (WHERE g.level = 2 AND g.role = 'manager')::int AS rungs,
		        bool_and(g.breached_at = f.due_at + (g.level - 1) * interval '30 minutes' AND f.flag_level = 2
		                 AND f.next_flag_at = f.due_at + interval '10000 minutes') AS exact,
		        (SELECT count(*)::int FROM event WHERE type = 'flag_raised') AS events,
		        (SELECT count(*)::int FROM event WHERE type = 'flag_escalated') AS escalations
		 FROM flag AS g JOIN follow_up AS f ON f.partnership_id = g.partnership_id AND f.id = g.follow_up_id`);
	assert.deepEqual(found, { flags: 2 * BREACHES, timings: 2 * BREACHES, rungs: BREACHES, exact: true, events: BREACHES, escalations: BREACHES });
	const complete = await db.query('SELECT partnership_id FROM sweep WHERE completed_at > $1', [now]);
	assert.deepEqual(complete.map((s) => s.partnership_id).sort(), partnerships.toSorted());
	for (const daemon of daemons) assert.equal(daemon.logs().filter((line) => line.event === 'sweep_failed').length, 0);
});

test('every daemon tells what is open and overdue', async () => {
	for (const daemon of daemons) {
		const { text } = await new Client(daemon.url).get('/metrics');
		const [, overdue] = /^mashd_follow_ups_overdue\{kind="triage"\} (\d+)/m.exec(text) ?? [];
		assert.equal(Number(overdue), BREACHES, text.split('\n').filter((line) => line.includes('overdue')).join('\n'));
	}
});
