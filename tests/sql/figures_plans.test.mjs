// A month of figures out of many years is read by indexes, with a plan of its own and a generic one, as the application role.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mashctl } from '../support/daemon.mjs';
import { createDatabase } from '../support/database.mjs';
import { statementText } from '../support/statements.mjs';

let db, partnership, calendar;
before(async () => {
	db = await createDatabase('figures_plans');
	partnership = (await mashctl(db, 'partnership', 'add', '--name', 'Big hub')).stdout.trim();
	await mashctl(db, 'staff', 'add', '--name', 'M. Example', '--role', 'manager');
	await db.query(`WITH r AS (
			INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, recorded_at, rating, document)
			SELECT $1, gen_random_uuid(), n::text, 'api', 'request_for_service', '6', t, t, 'amber', '{}'
			FROM generate_series(1, 40000) AS n CROSS JOIN LATERAL (SELECT '2018-01-01'::timestamptz + n * interval '90 minutes' AS t) AS s
			RETURNING id, received_at),
		child AS (
			INSERT INTO referral_child (partnership_id, referral_id, id, ordinal, document, recorded_at)
			SELECT $1, r.id, gen_random_uuid(), 0, '{}', r.received_at FROM r)
		INSERT INTO follow_up (partnership_id, id, referral_id, kind, state, policy, rule, source, started_at, unit, amount, due_at, recorded_at)
		SELECT $1, gen_random_uuid(), r.id, k, 'open', 'p', 'r', 'local', received_at, 'elapsed_minutes', 1, received_at, received_at
		FROM r CROSS JOIN unnest(ARRAY['decide_outcome', 'discuss']) AS k`, [partnership]);
	await db.query(`INSERT INTO flag (partnership_id, id, follow_up_id, referral_id, kind, timing, breached_at, raised_at)
		SELECT $1, gen_random_uuid(), id, referral_id, kind, 1, due_at, due_at FROM follow_up`, [partnership]);
	await db.query(`INSERT INTO event (partnership_id, referral_id, id, version, type, occurred_at, actor_kind)
		SELECT $1, r.id, gen_random_uuid(), n, 'note_added', r.received_at, 'system' FROM referral AS r CROSS JOIN generate_series(1, 3) AS n`, [partnership]);
	await db.query(`INSERT INTO contact_attempt (partnership_id, referral_id, id, version, result, method, counterpart, held_by, held_at, recorded_by, recorded_at, children,
			counts_as_discussion)
		SELECT $1, r.id, gen_random_uuid(), 2, 'no_answer', 'phone', 'referrer', s.id, r.received_at, s.id, r.received_at, '{}', false
		FROM referral AS r CROSS JOIN staff AS s`, [partnership]);
	// A decision about each child; staff have recognised it on nine referrals, and on another said that it is somebody else.
	await mashctl(db, 'staff', 'add', '--name', 'P. Example', '--role', 'practitioner');
	await db.query(`INSERT INTO decision (partnership_id, referral_id, id, version, stage, outcome, legal_basis, level_of_need, rationale, history_considered, authorised_by, decided_by,
			decided_at, recorded_at)
		SELECT $1, r.id, gen_random_uuid(), 3, 'final', 'no_further_action', 's17', 'x', 'x', '{}', m.id, s.id, r.received_at, r.received_at
		FROM referral AS r JOIN staff AS s ON s.name = 'P. Example' JOIN staff AS m ON m.id <> s.id`, [partnership]);
	await db.query(`INSERT INTO decision_child (partnership_id, referral_id, decision_id, child_id, ordinal, stage, first_final, in_effect_at)
		SELECT $1, d.referral_id, d.id, k.id, 1, 'final', true, d.recorded_at FROM decision AS d JOIN referral_child AS k ON k.referral_id = d.referral_id`, [partnership]);
	await db.query(`INSERT INTO person (partnership_id, id, created_by) SELECT $1, gen_random_uuid(), s.id FROM staff AS s CROSS JOIN generate_series(1, 2000)`, [partnership]);
	await db.query(`INSERT INTO person_link (partnership_id, id, referral_id, version, subject, subject_id, person_id, status, decided_by)
		SELECT $1, gen_random_uuid(), k.referral_id, 4, 'child', k.id, p.id, CASE WHEN k.n % 10 = 0 THEN 'rejected' ELSE 'confirmed' END, s.id
		FROM (SELECT k.*, row_number() OVER () AS n FROM referral_child AS k) AS k
		JOIN (SELECT p.*, row_number() OVER () AS n FROM person AS p) AS p ON p.n = 1 + k.n % 4000
		JOIN staff AS s ON s.name = 'P. Example'`, [partnership]);
	await db.query(`INSERT INTO open_case (partnership_id, referral_id, id, version, children, worker_name, worker_team, passed_by)
		SELECT $1, k.referral_id, gen_random_uuid(), 5, ARRAY[k.id], 'x', 'x', s.id FROM referral_child AS k JOIN staff AS s ON s.name = 'P. Example'`, [partnership]);
	await db.query(`UPDATE referral_child AS k SET nhs_number = (9990000000 + n.n % 8000)::text
		FROM (SELECT id, row_number() OVER () AS n FROM referral_child) AS n WHERE n.id = k.id`);
	await db.query('ANALYZE');
	[{ id: calendar }] = await db.query('SELECT id FROM calendar');
});
after(() => db?.drop());

const statements = {
	figures: { types: 'uuid, uuid, date, date, text, timestamptz', values: [] },
	records: {
		types: 'uuid, uuid, date, date, text, timestamptz, text, text, text, text, timestamptz, uuid, uuid, integer',
		values: [`'ever_overdue'`, 'NULL', `'numerator'`, 'NULL', 'NULL', 'NULL', 'NULL', '51'],
	},
};
for (const [name, { types, values }] of Object.entries(statements)) {
	for (const mode of ['force_custom_plan', 'force_generic_plan']) {
		for (const asAt of ['NULL', `'2024-03-20'`]) {
			test(`${name}, ${mode}, as at ${asAt}`, async () => {
				const plan = await db.session(async (client) => {
					await client.query(`SET plan_cache_mode = ${mode}`);
					await client.query(`PREPARE f (${types}) AS ${statementText(`report/${name}`)}`);
					const list = [`'${partnership}'`, `'${calendar}'`, `'2024-03-01'`, `'2024-04-01'`, 'NULL', asAt, ...values].join(', ');
					const { rows } = await client.query(`EXPLAIN ANALYZE EXECUTE f (${list})`);
					return rows.map((r) => r['QUERY PLAN']).join('\n');
				}, { as: 'app', partnership });
				assert.doesNotMatch(plan, /Seq Scan on (referral|referral_child|follow_up|flag|contact_attempt|event|working_interval|decision|decision_child|person_link|open_case)\b/, plan);
				assert.match(plan, /referral_by_received/, plan);
			});
		}
	}
}
