// The database that every target gets a copy of: one partnership with two keys and some 10,000 referrals of the last 90 days,
// put in by the product's own statements; and the files that the load generators read.
import { readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { blake2b256 } from './peer/blake2b.mjs';
import { newRecord, receipt, uuid7 } from './peer/receive.mjs';
import { root, statement } from './peer/statements.mjs';

const AT_ONCE = 100;
const DAYS = 90;

// The contract's example without what makes it longer than an ordinary referral: about 3 KB.
export function exampleBody() {
	const body = JSON.parse(readFileSync(join(root, 'api', 'examples', 'createReferral.json'), 'utf8'));
	body.children.length = 1;
	body.household.length = 1;
	body.concerns.length = 1;
	for (const member of ['history', 'knows_child_best', 'earlier_consultation', 'place']) delete body[member];
	return body;
}

// The same about another family: posts are about as many children as there are posts. Numbers and dates of birth are left out,
// which only this one child has.
export function bodyOf(reference) {
	const body = { ...exampleBody(), agency_reference: reference };
	const { nhs_number: _, upn: __, date_of_birth: ___, ...child } = body.children[0];
	const { date_of_birth: ____, ...parent } = body.household[0];
	body.children = [{ ...child, family_name: `Brackenfield ${reference}`, date_of_birth_status: 'not_known' }];
	body.household = [{ ...parent, family_name: `Brackenfield ${reference}` }];
	return body;
}

export async function addKey(client, partnership, { agency = null, staff = null, roles }) {
	const id = uuid7();
	const secret = randomBytes(32).toString('base64url');
	await client.query({ ...statement('apikey', 'insert'), values: [partnership, id, agency, staff, null, JSON.stringify(roles), 'bench', null, blake2b256(id, secret)] });
	return { id, text: `mashd_${id}_${secret}` };
}

export async function addPartnership(client, name = 'Bench') {
	const ids = { partnership: uuid7(), calendar: uuid7(), agency: uuid7(), staff: uuid7() };
	await client.query('SELECT set_config($1, $2, false)', ['mashd.partnership', ids.partnership]);
	const calendar = readFileSync(join(root, 'api', 'calendars', 'england-and-wales.json'), 'utf8');
	const run = (feature, name, values) => client.query({ ...statement(feature, name), values });
	await run('partnership', 'insert', [ids.partnership, name]);
	await run('calendar', 'insert', [ids.partnership, ids.calendar, true, calendar, null]);
	await run('calendar', 'insert_hours', [ids.partnership, ids.calendar, calendar]);
	await run('calendar', 'insert_days', [ids.partnership, ids.calendar, calendar]);
	await run('calendar', 'fill_working_intervals', [ids.partnership, ids.calendar]);
	await run('agency', 'insert', [ids.partnership, ids.agency, 'Example Vale Community Health', 'health', '3B', null]);
	await run('staff', 'insert', [ids.partnership, ids.staff, 'Bench Practitioner', null, '["practitioner"]', true]);
	const agency = await addKey(client, ids.partnership, { agency: ids.agency, roles: ['agency'] });
	const practitioner = await addKey(client, ids.partnership, { staff: ids.staff, roles: ['practitioner'] });
	return { ...ids, agencyKey: agency.text, practitionerKey: practitioner.text, agencyKeyId: agency.id,
		poster: { id: agency.id, first_key_id: agency.id, agency_id: ids.agency, staff_id: null, default_source: '3B' } };
}

async function addReferrals(client, house, count) {
	const receive = statement('referral', 'receive');
	const ids = [];
	for (let from = 0; from < count; from += AT_ONCE) {
		const records = [];
		for (let i = from; i < Math.min(from + AT_ONCE, count); i++) {
			const body = bodyOf(`LOADED-${String(i).padStart(8, '0')}`);
			const record = newRecord(house.poster, `loaded-${i}`, body, JSON.stringify(body));
			record.received_at = new Date(Date.now() - (DAYS * 86_400_000 * (count - i)) / count).toISOString();
			record.rating = ['amber', 'amber', 'green', 'red'][i % 4];
			ids.push(record.id);
			records.push(record);
		}
		await client.query({ ...receive, values: [house.partnership, house.calendar, JSON.stringify(records)] });
	}
	return ids;
}

// Makes of the people what they are found and compared by, so that the daemon's job has nothing to do while something is measured.
async function comparePeople(client, house) {
	const run = (name, values) => client.query({ ...statement('person', name), values: [house.partnership, ...values] });
	for (;;) {
		const { rows } = await run('index', [1000]);
		if (rows.length === 0) return;
		const ids = rows.map((row) => row.referral_id);
		await run('forget_matches', [ids]);
		await run('compare', [ids]);
		await run('compared', [ids, rows.map((row) => row.version)]);
	}
}

// For load.lua: a table with keys, ids and the body in pieces, between which its reference stands.
function writeLua(file, house, ids) {
	const pieces = JSON.stringify(bodyOf('@@')).split('@@');
	const size = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
	writeFileSync(file, `return { practitioner = "${house.practitionerKey}", agency = "${house.agencyKey}", size = ${size},\n` +
		`pieces = { ${pieces.map((piece) => `[==[${piece}]==]`).join(',\n')} },\nids = { ${ids.map((id) => `"${id}"`).join(',\n')} } }\n`);
	return size + 20 * (pieces.length - 1);
}

export async function load(url, count, luaFile) {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		const house = await addPartnership(client);
		const ids = await addReferrals(client, house, count);
		await comparePeople(client, house);
		const bodySize = writeLua(luaFile, house, ids);
		return { house, ids, bodySize };
	} finally {
		await client.end();
	}
}

// ---- pgbench

// A record and its stored reply as pgbench sends them: every identifier is made of `@@@@@@@@`, which the statement replaces by a
// number of eight digits that no other transaction has. pgbench cannot do it; PostgreSQL needs a few microseconds for it.
export const MARK = '@@@@@@@@';

function withMarks(value, number) {
	return JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
		(id) => number.get(id) ?? number.set(id, `${MARK}-0000-7000-8000-${String(number.size).padStart(12, '0')}`).get(id)));
}

export function pgbenchFiles(dir, house) {
	const body = bodyOf(`BENCH-${MARK}`);
	const made = newRecord(house.poster, `bench-${MARK}`, body, JSON.stringify(body));
	const keep = [house.agencyKeyId, house.agency, house.partnership].map((id) => [id, id]);
	const record = { ...withMarks(made, new Map(keep)), reference: `B-${MARK}` };
	const at = '2026-03-02T09:00:00.000000Z';
	const rows = record.follow_ups.map((f) => ({ _received_at: at, _recorded_at: at, _for_agency: f.kind === 'acknowledge', id: f.id, referral_id: record.id, kind: f.kind, state: 'open', timing: 1, started_at: at,
		unit: f.unit, amount: f.amount, due_at: at, due_problem: null, overdue: false, paused_until: null, pause_reason: null, warned_at: null, level: 0, met_at: at, met_recorded_at: at, ended_at: at, ended_by: null, waived_reason: null, source: f.source, responsible: null }));
	const write = (row) => Object.fromEntries(Object.entries(row).filter(([name]) => name[0] !== '_'));
	const reply = { key_id: record.first_key_id, operation: record.operation, idempotency_key: record.idempotency_key, body_digest: `${record.body_digest} /v1/referrals`,
		reply_fields: JSON.stringify({ Location: `/v1/referrals/${record.id}`, ETag: '"1"' }), reply_body: JSON.stringify(receipt(record, rows, write)), reply_status: 201 };
	const put = (sql, values) => sql.text.replace(/\$(\d+)/g, (_, n) => values[n - 1]);
	const unique = (name) => `(replace(:${name}::text, '${MARK}', (:n + 10000000)::text))`;
	const script = [
		'\\set i :i + 1', '\\set n :i * :clients + :client_id',
		'\\startpipeline', put(statement('auth', 'enter'), [':key', 'NULL']), put(statement('auth', 'key'), [':key']), '\\endpipeline',
		'\\startpipeline', 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;', "SELECT set_config('mashd.partnership', :partnership, true);",
		put(statement('referral', 'receive'), [':partnership', ':calendar', unique('record')]), '\\endpipeline',
		'\\startpipeline', put(statement('call', 'store_replies'), [':partnership', unique('reply')]), 'COMMIT;', '\\endpipeline', '',
	].join('\n');
	writeFileSync(join(dir, 'post.pgbench'), script);
	return { script: join(dir, 'post.pgbench'),
		variables: { key: house.agencyKeyId, partnership: house.partnership, calendar: house.calendar, record: JSON.stringify([record]), reply: JSON.stringify([reply]) } };
}
