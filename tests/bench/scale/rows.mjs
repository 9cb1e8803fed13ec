// What the loader writes, table by table: the one place that knows the columns of the schema. A column that a migration adds is
// a line here; a table of a later migration has `only`, and is left out where the database lacks it.
//
// Referral number i of n is a pure function of its partnership and i, so that the same sizes give the same rows: everything that
// differs hangs on bits of two hashes. They are spread evenly over five years, by day and evening; the open ones lie among the
// latest. Left out, because nothing that is measured reads it: submissions, household, closures, feedback, and of the ledger
// what only a clock's explanation reads. Of the six follow-ups of an ordinary referral three are there.

export const YEARS = 5;
const FIRST = `'{Ada,Alfie,Amelia,Arthur,Ava,Bella,Ben,Callum,Chloe,Daisy,Daniel,Ella,Emily,Ethan,Eva,Evie,Finley,Freya,George,Grace,Hannah,Harry,Henry,Holly,Isaac,Isla,Ivy,Jack,Jacob,James,Jasmine,Joseph,Joshua,Layla,Leo,Lily,Logan,Lola,Lucas,Lucy,Luna,Mason,Max,Mia,Millie,Mohammed,Molly,Noah,Oliver,Olivia,Oscar,Phoebe,Poppy,Riley,Rosie,Ruby,Sophie,Thea,Theo,Zara}'`;
const NAME_A = `'{Ash,Black,Bram,Brad,Burn,Chad,Cole,Cram,Dal,Den,East,Farn,Garf,Hal,Hart,Kirk,Lang,Lin,Marsh,Mill,Nor,Oak,Pem,Rad,Red,Sand,Shel,Stan,Thorn,Wal,West,Whit}'`;
const NAME_B = `'{berry,bridge,brook,by,combe,croft,dale,den,ey,field,ford,gate,ham,head,hill,house,hurst,land,ley,man,more,ridge,shaw,side,son,stead,ston,ton,wick,well,wood,worth}'`;

// The identifier of a referral's thing of that kind: version 7, in the order of receipt, so that indexes grow at their end.
// `stamp` and `tail` are columns of `made`: its time, and its number.
const id = (kind, of = '') => `(${of}stamp || '7${kind.toString(16).padStart(3, '0')}8' || ${of}tail)::uuid`;
const bits = (from, mask) => `((h1 >> ${from}) & ${mask})::integer`;
const minutes = (number) => `(${number}) * interval '1 minute'`;

// One row a referral, with all that its rows in the tables have in common. p: { partnership, calendar, number, referrals, open },
// from and to: numbers of referrals; `now`: the load's moment, the same for all of it.
// OFFSET 0 keeps what is worked out in one step from being worked out again wherever the next one names it.
export const made = (p, from, to, now) => `
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT t.*, ${id(0)} AS referral_id, ${id(0x101)} AS child_id, ${id(0x201)} AS last_attempt_id, ${id(0x300)} AS decision_id,
       t.open AND ${bits(28, 3)} = 0 AS unread,
       least(t.received_at + ${minutes(`5 + ${bits(32, 127)} * 0.9 + CASE WHEN t.late = 0 THEN 70 ELSE 0 END`)}, '${now}') AS screened_at,
       least(t.received_at + ${minutes(`180 + ${bits(39, 255)}`)}, '${now}') AS attempted_at,
       least(t.received_at + ${minutes(`480 + ${bits(40, 511)} * 1.5 + CASE WHEN t.late = 1 THEN 1440 ELSE 0 END`)}, '${now}') AS decided_at,
       least(t.received_at + ${minutes(`3200 + ${bits(40, 511)}`)}, '${now}') AS closed_at,
       '${now}'::timestamptz + ${minutes(`60 * (${bits(44, 255)} - 64) + ${bits(32, 63)}`)} AS next_due,
       (${FIRST}::text[])[1 + t.child % 60] AS first_name,
       (${NAME_A}::text[])[1 + t.child / 60 % 32] || (${NAME_B}::text[])[1 + t.child / 1920 % 32] AS family_name,
       date '2026-01-01' - t.child % 6205 AS date_of_birth,
       CASE WHEN t.check_digit < 10 THEN '999' || lpad(t.digits::text, 6, '0') || t.check_digit END AS nhs_number
FROM (
  SELECT s.*, lpad(to_hex((extract(epoch FROM s.received_at)::double precision * 1000)::bigint), 12, '0') AS stamp, lpad(to_hex(s.i), 15, '0') AS tail,
         (11 - (243 + s.digits / 100000 * 7 + s.digits / 10000 % 10 * 6 + s.digits / 1000 % 10 * 5 + s.digits / 100 % 10 * 4
                + s.digits / 10 % 10 * 3 + s.digits % 10 * 2) % 11) % 11 AS check_digit
  FROM (
    SELECT e.*, e.child % 1000000 AS digits, e.i > ${p.referrals - p.window} AND (${p.referrals} - e.i) % ${Math.max(Math.floor(p.window / p.open), 1)} = 0 AS open,
           ${bits(16, 15)} < 7 AS needed, ${bits(20, 15)} AS reached, ${bits(24, 15)} AS late, 1 + ${bits(8, 15)} * 3 / 4 AS agency,
           (ARRAY['red', 'amber', 'green'])[CASE WHEN ${bits(12, 15)} < 2 THEN 1 WHEN ${bits(12, 15)} < 9 THEN 2 ELSE 3 END] AS rating,
           date_trunc('day', '${now}'::timestamptz) - interval '${YEARS} years'
             + (floor(e.day) * 1440 + 420 + (e.day - floor(e.day)) * 840) * interval '1 minute' AS received_at
    FROM (SELECT g.i, hashint8extended(g.i, ${p.number}) & 9223372036854775807 AS h1,
                 ((hashint8extended(g.i, ${p.number + 1000}) & 9223372036854775807) % ${Math.ceil(p.referrals * 0.75)})::integer AS child,
                 (g.i - 0.5) / ${p.referrals} * ${Math.floor(YEARS * 365.25) - 1}::double precision AS day
          FROM generate_series(${from}::bigint, ${to}::bigint) AS g (i)
          OFFSET 0) AS e
    OFFSET 0) AS s
  OFFSET 0) AS t`;

// The obligations of the referrals in `made`. All are counted in elapsed time, so that a due instant is what the rule says; those
// that are open began as long before their due instant as they have time.
export const owed = (now) => `
CREATE TEMPORARY TABLE owed ON COMMIT DROP AS
SELECT m.referral_id, m.stamp, m.tail, f.kind, f.id, f.amount, f.state, CASE WHEN f.state = 'open' THEN f.due_at - ${minutes('f.amount')} ELSE f.started_at END AS started_at,
       CASE WHEN f.state = 'open' THEN f.due_at ELSE f.started_at + ${minutes('f.amount')} END AS due_at, CASE WHEN f.state <> 'open' THEN f.ended_at END AS ended_at
FROM made AS m
CROSS JOIN LATERAL (VALUES
  ('triage', ${id(0x400, 'm.')}, 120, CASE WHEN m.unread THEN 'open' ELSE 'met' END, m.received_at, m.next_due, m.screened_at),
  ('decide_outcome', ${id(0x401, 'm.')}, 1440, CASE WHEN m.open THEN 'open' ELSE 'met' END, m.received_at, m.next_due + interval '4 hours', m.decided_at),
  ('discuss', ${id(0x402, 'm.')}, 1440, CASE WHEN m.reached < 12 THEN 'met' WHEN m.open THEN 'open' ELSE 'waived' END, m.screened_at,
   m.next_due + interval '1 hour', CASE WHEN m.reached < 12 THEN m.attempted_at ELSE m.decided_at END)
) AS f (kind, id, amount, state, started_at, due_at, ended_at)
WHERE f.kind <> 'discuss' OR (m.needed AND NOT m.unread)`;

// Tables in the order in which a foreign key wants them. `from`: made AS m, owed AS o, and what is joined to them.
export const tables = (p, now) => [
	{ table: 'referral', from: 'made AS m', columns: {
		partnership_id: `'${p.partnership}'`, id: 'm.referral_id', version: 'CASE WHEN m.unread THEN 1 WHEN m.open THEN 3 ELSE 5 END',
		reference: `'S-' || lpad(m.i::text, 8, '0')`, agency_id: `('${p.agencies}'::uuid[])[m.agency]`, agency_reference: `'AG-' || m.i`,
		channel: `(ARRAY['api', 'web_form', 'secure_email', 'phone'])[CASE WHEN ${bits(0, 15)} < 10 THEN 1 WHEN ${bits(0, 15)} < 13 THEN 2 WHEN ${bits(0, 15)} = 13 THEN 3 ELSE 4 END]`,
		record_kind: `CASE WHEN ${bits(4, 15)} < 12 THEN 'request_for_service' ELSE 'notification' END`,
		source: `(ARRAY['6', '3B', '2A', '3E', '4', '5A'])[1 + m.agency % 6]`,
		received_at: 'm.received_at', recorded_at: 'm.received_at', state: `CASE WHEN NOT m.open THEN 'closed' WHEN m.unread THEN 'received' ELSE 'in_progress' END`,
		rating: 'm.rating', rating_source: `CASE WHEN m.unread THEN 'provisional_rule' ELSE 'screening' END`,
		clarification: `CASE WHEN m.unread THEN NULL WHEN m.needed THEN 'needed' ELSE 'not_needed' END`, clarification_ever_needed: 'm.needed AND NOT m.unread',
		discussed: `CASE WHEN m.unread THEN 'no' WHEN NOT m.needed THEN 'not_needed' WHEN m.reached < 12 THEN 'yes' WHEN m.reached < 14 THEN 'attempted' ELSE 'no' END`,
		topics_offered: `CASE WHEN m.needed THEN '{significant_harm}'::text[] ELSE '{}' END`,
		next_due_at: `CASE WHEN NOT m.open THEN 'infinity' WHEN m.unread THEN m.next_due WHEN m.needed AND m.reached >= 12 THEN m.next_due + interval '1 hour' ELSE m.next_due + interval '4 hours' END`,
		next_due_kind: `CASE WHEN NOT m.open THEN NULL WHEN m.unread THEN 'triage' WHEN m.needed AND m.reached >= 12 THEN 'discuss' ELSE 'decide_outcome' END`,
		child_names: `m.first_name || ' ' || m.family_name`, child_count: '1',
		document: `'{"concerns": [{"category": "neglect", "description": "Often hungry, and late most days."}], "referrer": {"kind": "professional"}}'::jsonb` } },
	{ table: 'referral_child', from: 'made AS m', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', id: 'm.child_id', ordinal: '1', date_of_birth: 'm.date_of_birth', nhs_number: 'm.nhs_number',
		document: `jsonb_build_object('first_name', m.first_name, 'family_name', m.family_name)` } },
	{ table: 'screening', from: 'made AS m', where: 'NOT m.unread', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', id: id(0x500, 'm.'), ordinal: '1', version: '2', rating: 'm.rating', reason: `'Read twice.'`,
		clarification_needed: 'm.needed', topics: `CASE WHEN m.needed THEN '{significant_harm}'::text[] ELSE '{}' END`,
		not_needed_reason: `CASE WHEN NOT m.needed THEN 'complete_and_consistent' END`, screened_by: `'${p.staff}'`, screened_at: 'm.screened_at', recorded_at: 'm.screened_at' } },
	{ table: 'clarification_topic', from: 'made AS m', where: 'm.needed AND NOT m.unread', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', code: `'significant_harm'`, weight: `'material'`, status: `CASE WHEN m.reached < 12 THEN 'resolved' ELSE 'open' END`,
		raised_at: 'm.screened_at', changed_at: 'greatest(m.screened_at, m.attempted_at)',
		settled_by: `CASE WHEN m.reached < 12 THEN 'discussion' END`, settled_at: 'CASE WHEN m.reached < 12 THEN m.attempted_at END' } },
	// Every fourth needs a second try; two in sixteen are never reached, and as many never tried.
	{ table: 'contact_attempt', from: `made AS m CROSS JOIN LATERAL generate_series(CASE WHEN m.reached % 4 = 0 THEN 2 ELSE 1 END, 1, -1) AS a (nth)`, where: 'm.needed AND NOT m.unread AND m.reached < 14', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', id: `CASE WHEN a.nth = 1 THEN m.last_attempt_id ELSE ${id(0x202, 'm.')} END`, version: '3',
		result: `CASE WHEN a.nth = 1 AND m.reached < 12 THEN 'discussed' ELSE 'no_answer' END`, method: `'phone'`, counterpart: `'referrer'`,
		held_by: `'${p.staff}'`, held_at: `m.attempted_at - (a.nth - 1) * interval '1 hour'`, recorded_by: `'${p.staff}'`, recorded_at: `m.attempted_at - (a.nth - 1) * interval '1 hour'`,
		children: 'ARRAY[m.child_id]', working_minutes: `180 + ${bits(39, 255)}`, counts_as_discussion: 'a.nth = 1 AND m.reached < 12' } },
	{ table: 'decision', from: 'made AS m', where: 'NOT m.open', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', id: 'm.decision_id', version: '4', stage: `'final'`,
		outcome: `(ARRAY['no_further_action', 'advice_given', 'early_help', 'child_and_family_assessment'])[1 + ${bits(50, 3)}]`, legal_basis: `CASE WHEN ${bits(50, 3)} = 3 THEN 's17' ELSE 'none' END`,
		level_of_need: `'Level 3'`, rationale: `'All that is known was considered.'`, history_considered: `'{"child": true}'::jsonb`, undiscussed_reason: `CASE WHEN m.needed AND m.reached >= 12 THEN 'unreached_after_attempts' END`,
		decided_by: `'${p.staff}'`, authorised_by: `'${p.manager}'`, decided_at: 'm.decided_at', recorded_at: 'm.decided_at' } },
	{ table: 'decision_child', from: 'made AS m', where: 'NOT m.open', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', decision_id: 'm.decision_id', child_id: 'm.child_id', ordinal: '1', stage: `'final'`, first_final: 'true' } },
	{ table: 'decision_discussion', from: 'made AS m', where: 'NOT m.open AND m.needed AND m.reached < 12', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', decision_id: 'm.decision_id', contact_attempt_id: 'm.last_attempt_id', effect: `'confirmed'` } },
	{ table: 'follow_up', from: 'owed AS o', columns: {
		partnership_id: `'${p.partnership}'`, id: 'o.id', referral_id: 'o.referral_id', kind: 'o.kind', state: 'o.state', policy: `'england'`, rule: 'o.kind', source: `'local'`,
		started_at: 'o.started_at', counted_from: 'o.started_at', timed_at: 'o.started_at', recorded_at: 'o.started_at', unit: `'elapsed_minutes'`, amount: 'o.amount', due_at: 'o.due_at',
		signals: `CASE WHEN o.state = 'open' THEN '{"escalate": [{"unit": "working_days", "amount": 5, "role": "manager", "out_of_hours": false}]}'::jsonb END`,
		flag_level: 'CASE WHEN o.ended_at > o.due_at THEN 1 ELSE 0 END', met_at: `CASE WHEN o.state = 'met' THEN o.ended_at END`, met_recorded_at: `CASE WHEN o.state = 'met' THEN o.ended_at END`, ended_at: 'o.ended_at',
		ended_by: `CASE WHEN o.state = 'waived' THEN '${p.manager}'::uuid END`, waived_reason: `CASE WHEN o.state = 'waived' THEN 'Nobody was reached.' END` } },
	{ table: 'flag', from: 'owed AS o', where: 'o.ended_at > o.due_at', columns: {
		partnership_id: `'${p.partnership}'`, id: `(o.stamp || CASE o.kind WHEN 'triage' THEN '76008' WHEN 'discuss' THEN '76018' ELSE '76028' END || o.tail)::uuid`, follow_up_id: 'o.id', referral_id: 'o.referral_id', kind: 'o.kind',
		timing: '1', breached_at: 'o.due_at', raised_at: 'o.due_at', cleared_at: 'o.ended_at', cleared_by: 'o.state' } },
	{ table: 'event', from: `made AS m CROSS JOIN LATERAL (VALUES
	    (1, 'received', m.received_at, 'agency', ('${p.agencies}'::uuid[])[m.agency], true), (2, 'screened', m.screened_at, 'staff', '${p.staff}'::uuid, NOT m.unread),
	    (3, 'discussed', m.attempted_at, 'staff', '${p.staff}'::uuid, m.needed AND NOT m.unread AND m.reached < 12), (4, 'decided', m.decided_at, 'staff', '${p.staff}'::uuid, NOT m.open),
	    (5, 'closed', m.closed_at, 'staff', '${p.staff}'::uuid, NOT m.open)) AS e (version, type, at, actor_kind, actor_id, happened)`, where: 'e.happened', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', version: 'e.version', recorded_at: 'e.at', id: `(m.stamp || '770' || e.version || '8' || m.tail)::uuid`,
		type: 'e.type', occurred_at: 'e.at', actor_kind: 'e.actor_kind', actor_id: 'e.actor_id' } },
	{ table: 'known_subject', only: true, from: 'made AS m', columns: {
		partnership_id: `'${p.partnership}'`, referral_id: 'm.referral_id', subject_id: 'm.child_id', subject: `'child'`, role: `'child'`, first_key: 'lower(m.first_name)', family_key: 'lower(m.family_name)',
		date_of_birth: 'm.date_of_birth', nhs_number: 'm.nhs_number' } },
	{ table: 'known_name', only: true, from: `(SELECT DISTINCT lower(n.name) AS name FROM made AS m CROSS JOIN LATERAL (VALUES (m.first_name), (m.family_name)) AS n (name)) AS n`,
		conflict: true, columns: { partnership_id: `'${p.partnership}'`, name: 'n.name' } },
];

export const insert = ({ table, from, where = 'true', conflict, columns }) =>
	`INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${from} WHERE ${where}${conflict ? ' ON CONFLICT DO NOTHING' : ''}`;
