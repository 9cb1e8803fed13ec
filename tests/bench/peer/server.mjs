// The peer: what a good Fastify application would do for the daemon's three hottest operations. Same statements, same look-up
// of the key on each request, same idempotency, same replies; the body is checked by Fastify's own compiled validator.
// One process, a pool of eight connections in pg's pipeline mode: no round trip more than the work needs.
//   DATABASE_URL=… PORT=… node server.mjs
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Fastify from 'fastify';
import pg from 'pg';
import { parse } from 'yaml';
import { blake2b256 } from './blake2b.mjs';
import { digest, newRecord, receipt, topicWeight } from './receive.mjs';
import { root, statement } from './statements.mjs';

const SQL = {
	enter: statement('auth', 'enter'), key: statement('auth', 'key'), receive: statement('referral', 'receive'),
	storeReplies: statement('call', 'store_replies'), storedReply: statement('call', 'stored_reply'), list: statement('referral', 'list_by_due'),
};
// Lists that an event tells of are read where there is one, as the daemon does.
const TOLD_BY = {
	screenings: ['screened'], contact_attempts: ['contact_attempted', 'discussed'], discussion_confirmations: ['discussion_confirmed', 'discussion_disputed'],
	decisions: ['decided'], feedback: ['feedback_recorded'], notes: ['note_added'], withdrawals: ['withdrawal_requested'], closures: ['closed'], reopenings: ['reopened'],
	flags: ['flag_raised'], assignments: ['assigned'], links: ['linked'], open_cases: ['passed_to_allocated_worker'], handovers: ['handover_offered', 'handover_accepted'],
	births: ['birth_recorded'], transfers: ['transfer_decided'], strategy_discussions: ['strategy_discussion_recorded'], written_confirmations: ['document_received'],
	consultations: ['consultation_linked'], sign_offs: ['sign_off_asked'],
};
const RECORD = statement('referral', 'one');
const HAPPENED = statement('referral', 'happened');
const PARTS = [
	['children', statement('referral', 'children')], ['household', statement('referral', 'household')],
	['submissions', statement('referral', 'submissions')], ['screenings', statement('screening', 'of_referral')],
	['contact_attempts', statement('discussion', 'of_referral')], ['discussion_confirmations', statement('discussion', 'confirmations_of_referral')],
	['decisions', statement('decision', 'of_referral')], ['feedback', statement('feedback', 'of_referral')], ['notes', statement('note', 'of_referral')],
	['withdrawals', statement('withdrawal', 'of_referral')], ['closures', statement('closure', 'of_referral')],
	['reopenings', statement('closure', 'reopenings_of_referral')], ['follow_ups', statement('followup', 'of_referral')],
	['flags', statement('flag', 'of_referral')], ['assignments', statement('change', 'assignments')], ['links', statement('link', 'of_referral')],
	['open_cases', statement('opencase', 'of_referral')], ['handovers', statement('handover', 'of_referral')], ['births', statement('change', 'births')],
	['transfers', statement('transfer', 'of_referral')], ['strategy_discussions', statement('strategy', 'of_referral')],
	['written_confirmations', statement('writing', 'of_referral')], ['consultations', statement('consultation', 'of_referral')],
	['sign_offs', statement('signoff', 'of_referral')], ['earlier_referrals', statement('person', 'earlier')], ['topics', statement('referral', 'topics')],
];

// ---- values as the API writes them

function instant(text) {
	if (text.endsWith('infinity')) return null;
	const fraction = text.slice(20, -3);
	return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(6, '0')}Z`;
}
const array = pg.types.getTypeParser(1009);
const PARSERS = new Map([[16, (v) => v === 't'], [20, Number], [21, Number], [23, Number], [701, Number], [1700, Number], [1184, instant],
	[114, JSON.parse], [3802, JSON.parse], [1009, array], [2951, array]]);
const asIs = (v) => v;
const types = { getTypeParser: (oid) => PARSERS.get(oid) ?? asIs };

// Members of a row for the client: "*" is spliced in, names with _ are for the code.
function write(row) {
	const out = {};
	for (const name in row) {
		if (name === '*') Object.assign(out, row[name]);
		else if (name[0] !== '_') out[name] = row[name];
	}
	return out;
}

// ---- the database

const pool = new pg.Pool({
	connectionString: process.env.DATABASE_URL, max: 8, pipeline: true, types, idleTimeoutMillis: 0,
	options: '-c TimeZone=UTC -c DateStyle=ISO -c enable_seqscan=off -c jit=off -c statement_timeout=10s -c lock_timeout=2s',
});

class Problem extends Error {
	constructor(status, slug) {
		super(slug);
		this.status = status;
	}
}

const run = (client, sql, values) => client.query({ ...sql, values });

// Everything of a request in one transaction. The key's look-up goes out with BEGIN; `work` gets connection and caller, and
// sends COMMIT itself with its last statements.
async function transaction(authorization, begin, work) {
	const [, keyId, secret] = /^Bearer mashd_([0-9a-f-]{36})_(.{43})$/i.exec(authorization ?? '') ?? [];
	if (!keyId) throw new Problem(401, 'unauthenticated');
	const client = await pool.connect();
	try {
		const [, , key] = await Promise.all([client.query(begin), run(client, SQL.enter, [keyId, null]), run(client, SQL.key, [keyId])]);
		const hash = blake2b256(keyId, secret);
		const caller = key.rows[0];
		if (!caller || !timingSafeEqual(Buffer.from(hash), Buffer.from(caller.secret_hash))) throw new Problem(401, 'unauthenticated');
		const result = await work(client, caller);
		client.release();
		return result;
	} catch (error) {
		await client.query('ROLLBACK').catch(() => {});
		client.release();
		throw error;
	}
}
const WRITE = { name: 'begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' };
const READ = { name: 'begin_read', text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' };
const COMMIT = { name: 'commit', text: 'COMMIT' };

// ---- the application

const components = {};
for (const file of readdirSync(join(root, 'api')).filter((name) => name.endsWith('.yaml'))) {
	for (const [kind, members] of Object.entries(parse(readFileSync(join(root, 'api', file), 'utf8')).components ?? {}))
		components[kind] = { ...components[kind], ...members };
}
const app = Fastify({ logger: false, keepAliveTimeout: 60_000, ajv: { customOptions: { strict: false, coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: true } } });
app.addSchema({ $id: 'contract', components: { schemas: components.schemas } });
// The body is kept as it was sent, so it is parsed here.
app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: 1 << 20 }, (request, text, done) => {
	try {
		request.text = text;
		done(null, JSON.parse(text));
	} catch (error) {
		done(error);
	}
});
app.setErrorHandler((error, request, reply) => {
	const status = error.validation ? 422 : (error.status ?? error.statusCode ?? 500);
	reply.code(status).type('application/problem+json').send({ type: `/problems/${error.message}`, status, errors: error.validation });
});
app.addHook('onSend', async (request, reply) => { reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff'); });

const role = (caller, ...roles) => { if (!roles.some((r) => caller.roles.includes(r))) throw new Problem(403, 'forbidden'); };
const JSON_TYPE = 'application/json; charset=utf-8';

async function replay(client, caller, key, bodyDigest) {
	const { rows: [stored] } = await run(client, SQL.storedReply, [caller.partnership_id, caller.first_key_id, 'createReferral', key]);
	await client.query(COMMIT);
	// A reference that was used before, additional information: not part of the comparison.
	if (!stored) throw new Problem(501, 'not-in-the-peer');
	if (stored.body_digest !== bodyDigest) throw new Problem(422, 'idempotency-key-reused');
	return { status: stored.reply_status, fields: { ...JSON.parse(stored.reply_fields), 'Idempotent-Replayed': 'true' }, body: stored.reply_body };
}

async function take(client, caller, request) {
	role(caller, 'agency', 'practitioner', 'manager');
	const key = request.headers['idempotency-key'];
	const record = newRecord(caller, key, request.body, request.text);
	const bodyDigest = `${record.body_digest} /v1/referrals`;
	const { rows } = await run(client, SQL.receive, [caller.partnership_id, caller.calendar_id, JSON.stringify([record])]);
	if (rows.length === 0) return replay(client, caller, key, bodyDigest);
	const body = JSON.stringify(receipt(record, rows, write));
	const fields = { Location: `/v1/referrals/${record.id}`, ETag: '"1"' };
	const stored = { key_id: caller.first_key_id, operation: 'createReferral', idempotency_key: key, body_digest: bodyDigest,
		reply_fields: JSON.stringify(fields), reply_body: body, reply_status: 201 };
	const [, commit] = await Promise.all([run(client, SQL.storeReplies, [caller.partnership_id, JSON.stringify([stored])]), client.query(COMMIT)]);
	if (commit.command !== 'COMMIT') throw new Problem(500, 'internal-error');
	return { status: 201, fields, body };
}

const headers = { type: 'object', required: ['idempotency-key'], properties: { 'idempotency-key': { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' } } };
app.post('/v1/referrals', { schema: { headers, body: { $ref: 'contract#/components/schemas/ReferralRequest' } } }, async (request, reply) => {
	const { status, fields, body } = await transaction(request.headers.authorization, WRITE, (client, caller) => take(client, caller, request));
	return reply.code(status).headers(fields).type(JSON_TYPE).send(body);
});

const byId = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } };
app.get('/v1/referrals/:id', { schema: { params: byId } }, async (request, reply) => {
	const [record, parts] = await transaction(request.headers.authorization, READ, async (client, caller) => {
		role(caller, 'practitioner', 'manager');
		const values = [caller.partnership_id, request.params.id];
		const [found, happened] = await Promise.all([run(client, RECORD, values), run(client, HAPPENED, values)]);
		const types = new Set(happened.rows.map((row) => row.type));
		const wanted = ([member]) => found.rows.length > 0 && (!TOLD_BY[member] || TOLD_BY[member].some((type) => types.has(type)));
		const lists = PARTS.map((part) => (wanted(part) ? run(client, part[1], values) : { rows: [] }));
		const all = await Promise.all([...lists, client.query(COMMIT)]);
		return [found.rows[0], all];
	});
	if (!record) throw new Problem(404, 'not-found');
	const body = write(record);
	for (let i = 0; i < PARTS.length; i++) body[PARTS[i][0]] = parts[i].rows.map(write);
	const last = parts[PARTS.length - 2].rows;
	const earlier = last.filter((row) => !row._waiting).map(write);
	body.earlier_referrals = earlier.length === 0 && last.length > 0 ? null : earlier;
	if (earlier.length > 0 && !body.topics.some((topic) => topic.code === 'earlier_referral'))
		body.topics.push({ code: 'earlier_referral', weight: 'completeness', status: 'offered', reason: null });
	for (const topic of body.topics) topic.weight = topicWeight.get(topic.code);
	for (const code of record._topics_offered) {
		if (!body.topics.some((topic) => topic.code === code)) body.topics.push({ code, weight: topicWeight.get(code), status: 'offered', reason: null });
	}
	return reply.header('etag', `"${body.version}"`).type(JSON_TYPE).send(JSON.stringify(body));
});

const FILTERS = ['state', 'rating', 'record_kind', 'overdue', 'discussed', 'agency', 'source', 'received_from', 'received_to', 'due_from', 'due_to'];
const query = { type: 'object', properties: { limit: { type: 'string', pattern: '^[0-9]{1,3}$' }, cursor: { type: 'string' }, ...Object.fromEntries(FILTERS.map((f) => [f, { type: 'string' }])) } };
const cursorKey = randomBytes(32);
const mac = (caller, request, keys) => createHmac('sha256', cursorKey).update(caller.partnership_id).update(JSON.stringify({ ...request.query, cursor: undefined })).update(keys).digest().subarray(0, 16);

function readCursor(caller, request) {
	if (!request.query.cursor) return [null, null];
	const bytes = Buffer.from(request.query.cursor, 'base64url');
	if (!timingSafeEqual(bytes.subarray(0, 16), mac(caller, request, bytes.subarray(16)))) throw new Problem(400, 'invalid-parameter');
	return JSON.parse(bytes.subarray(16));
}

app.get('/v1/referrals', { schema: { querystring: query } }, async (request, reply) => {
	const limit = Number(request.query.limit ?? 50);
	const { rows, caller } = await transaction(request.headers.authorization, READ, async (client, caller) => {
		role(caller, 'practitioner', 'manager');
		const values = [caller.partnership_id, ...FILTERS.map((f) => request.query[f] ?? null), ...readCursor(caller, request), null, limit + 1];
		const [result] = await Promise.all([run(client, SQL.list, values), client.query(COMMIT)]);
		return { rows: result.rows, caller };
	});
	let next = null;
	if (rows.length > limit) {
		rows.length = limit;
		const keys = Buffer.from(JSON.stringify([rows[limit - 1]._key1, rows[limit - 1]._key2]));
		next = Buffer.concat([mac(caller, request, keys), keys]).toString('base64url');
		reply.header('link', `</v1/referrals?cursor=${next}&limit=${limit}>; rel="next"`);
	}
	return reply.type(JSON_TYPE).send(JSON.stringify({ items: rows.map(write), next }));
});

app.get('/readyz', async () => ({ status: (await pool.query('SELECT 1 AS one')).rows.length === 1 ? 'ready' : 'not_ready' }));

process.on('SIGTERM', () => app.close().then(() => pool.end()).then(() => process.exit(0)));
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
