// What must hold of a database whatever was killed: every answer that stands is stored with all that belongs to it, and
// nothing is half there. The tables that a receipt fills have no foreign keys, so both directions are looked at.
import assert from 'node:assert/strict';

// The rows of a table that belong to referral r.
const of = (table, more = 'true') => `SELECT count(*) FROM ${table} AS t WHERE t.partnership_id = r.partnership_id AND t.referral_id = r.id AND ${more}`;
const FIRST = `FROM referral AS r JOIN submission AS s ON s.partnership_id = r.partnership_id AND s.referral_id = r.id AND s.kind = 'first'`;
const events = (type) => `FROM follow_up AS f LEFT JOIN event AS e ON e.follow_up_id = f.id AND e.type = '${type}'`;

// The stored answers, taken apart once.
const TOLD = `CREATE TEMPORARY TABLE told ON COMMIT DROP AS
	SELECT k.idempotency_key, k.reply_status, (a.answer ->> 'id')::uuid AS referral_id, a.answer ->> 'outcome' AS outcome, a.answer -> 'follow_ups' AS follow_ups
	FROM idempotency_key AS k CROSS JOIN LATERAL (SELECT k.reply_body::jsonb AS answer OFFSET 0) AS a`;

// Each gives the ids of what is wrong.
const WRONG = {
	...Object.fromEntries(['submission', 'referral_child', 'referral_household', 'follow_up', 'event'].map((table) => [`${table} without its referral`,
		`SELECT t.id FROM ${table} AS t LEFT JOIN referral AS r ON r.partnership_id = t.partnership_id AND r.id = t.referral_id WHERE r.id IS NULL`])),
	'referral without exactly one first submission': `SELECT r.id FROM referral AS r WHERE (${of('submission', `t.kind = 'first'`)}) <> 1`,
	'referral without exactly one event of its receipt': `SELECT r.id FROM referral AS r WHERE (${of('event', `t.type = 'received'`)}) <> 1`,
	'referral whose children are not those that were sent':
		`SELECT r.id ${FIRST} WHERE r.child_count <> jsonb_array_length(s.body::jsonb -> 'children')
		    OR r.child_count <> (${of('referral_child')}) OR r.child_count <> (${of('referral_child').replace('count(*)', 'count(DISTINCT t.ordinal)')})`,
	'referral whose household is not the one that was sent':
		`SELECT r.id ${FIRST} WHERE (${of('referral_household')}) <> jsonb_array_length(coalesce(s.body::jsonb -> 'household', '[]'))`,
	'referral without an event for each submission':
		`SELECT r.id FROM referral AS r WHERE (${of('submission')}) <> (${of('event', `t.type IN ('received', 'additional_information_received')`)})`,
	'referral whose next due instant is not that of its open follow-ups':
		`SELECT r.id FROM referral AS r
		 WHERE r.next_due_at <> coalesce((${of('follow_up', `t.state = 'open'`).replace('count(*)', 'min(t.due_at)')}), 'infinity')`,
	'follow-up without exactly one event of its opening': `SELECT f.id ${events('follow_up_opened')} GROUP BY f.id HAVING count(e.id) <> 1`,
	'met follow-up without exactly one event of it':
		`SELECT f.id ${events('follow_up_met')} GROUP BY f.id, f.state HAVING count(e.id) <> (f.state = 'met')::integer`,
	'event of a follow-up that is not there':
		`SELECT e.id FROM event AS e LEFT JOIN follow_up AS f ON f.id = e.follow_up_id WHERE e.follow_up_id IS NOT NULL AND f.id IS NULL`,
	'idempotency key without an answer': `SELECT idempotency_key AS id FROM told WHERE reply_status IS NULL OR referral_id IS NULL`,
	'answer whose referral is not there':
		`SELECT k.idempotency_key AS id FROM told AS k LEFT JOIN referral AS r ON r.id = k.referral_id WHERE r.id IS NULL`,
	'answer with a follow-up that is not there':
		`SELECT k.idempotency_key AS id FROM told AS k CROSS JOIN jsonb_array_elements(k.follow_ups) AS f
		 LEFT JOIN follow_up AS there ON there.id = (f ->> 'id')::uuid AND there.referral_id = k.referral_id WHERE there.id IS NULL`,
	'referral with follow-ups that its receipt does not tell of':
		`SELECT r.id FROM referral AS r JOIN told AS k ON k.referral_id = r.id AND k.outcome = 'created'
		 WHERE r.version = 1 AND jsonb_array_length(k.follow_ups) <> (${of('follow_up', `(r.agency_id IS NULL OR t.kind IN ('acknowledge', 'discuss', 'feedback'))`)})`,
	'referral without exactly one answer of its receipt':
		`SELECT r.id FROM referral AS r LEFT JOIN told AS k ON k.referral_id = r.id AND k.outcome = 'created' GROUP BY r.id HAVING count(k.idempotency_key) <> 1`,
};

export async function nothingIsHalfThere(db) {
	const found = {};
	await db.session(async (client) => {
		await client.query('SET LOCAL jit = off');
		await client.query(TOLD);
		await client.query('ANALYZE');
		for (const [what, statement] of Object.entries(WRONG)) {
			const { rows } = await client.query(statement); // a LIMIT would make the planner hope for an early end, and compare all with all
			if (rows.length > 0) found[what] = rows.slice(0, 5).map((row) => row.id);
		}
	});
	assert.deepEqual(found, {});
}

// Each post with a receipt: that very answer is stored, and the referral it tells of with the children and the others sent.
export async function allAnsweredAreThere(db, posts) {
	const rows = await db.query(
		`SELECT k.idempotency_key, k.reply_body, k.reply_status::integer AS status, r.id, r.agency_reference,
		        (${of('referral_child')})::integer AS children, (${of('referral_household')})::integer AS household
		 FROM idempotency_key AS k JOIN referral AS r ON r.partnership_id = k.partnership_id AND r.id = (k.reply_body::jsonb ->> 'id')::uuid`);
	const stored = new Map(rows.map((row) => [row.idempotency_key, row]));
	for (const post of posts.filter((p) => p.receipt)) {
		const row = stored.get(post.key);
		assert.ok(row, `lost: ${post.receiptText}`);
		assert.deepEqual([row.reply_body, row.status, row.id], [post.receiptText, post.status, post.receipt.id]);
		assert.equal(row.agency_reference, post.body.agency_reference ?? null);
		if (post.receipt.outcome === 'created') assert.deepEqual([row.children, row.household], [post.body.children.length, post.body.household.length]);
	}
}

export async function storedKeys(db) {
	return new Set((await db.query('SELECT idempotency_key FROM idempotency_key')).map((row) => row.idempotency_key));
}

// Once every post has been answered: each took effect exactly once.
export async function eachOnce(db, posts) {
	const told = (outcome) => posts.filter((post) => post.receipt.outcome === outcome).length;
	const [found] = await db.query(
		`SELECT (SELECT count(*) FROM referral)::integer AS referrals, (SELECT count(*) FROM submission WHERE kind = 'first')::integer AS first,
		        (SELECT count(*) FROM submission WHERE kind = 'additional')::integer AS additional,
		        (SELECT count(*) FROM idempotency_key)::integer AS keys, (SELECT count(*) FROM referral WHERE reference_reused)::integer AS reused`);
	const created = told('created');
	assert.deepEqual(found, { referrals: created, first: created, additional: told('additional_information'), keys: posts.length, reused: 0 });
}
