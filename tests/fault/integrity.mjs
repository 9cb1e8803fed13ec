// What must hold of a database whatever was killed: every answer that stands is stored with all that belongs to it, and
// nothing is half there. The tables that a receipt fills have no foreign keys, so both directions are looked at.
import assert from 'node:assert/strict';

const ORPHANS = ['submission', 'referral_child', 'referral_household', 'follow_up', 'event'];

// Each gives the ids of what is wrong.
const WRONG = {
	...Object.fromEntries(ORPHANS.map((table) => [`${table} without its referral`,
		`SELECT t.id FROM ${table} AS t LEFT JOIN referral AS r ON r.partnership_id = t.partnership_id AND r.id = t.referral_id
		 WHERE r.id IS NULL`])),
	'referral without exactly one first submission':
		`SELECT r.id FROM referral AS r LEFT JOIN submission AS s ON s.referral_id = r.id AND s.kind = 'first' GROUP BY r.id HAVING count(s.id) <> 1`,
	'referral without exactly one event of its receipt':
		`SELECT r.id FROM referral AS r LEFT JOIN event AS e ON e.referral_id = r.id AND e.type = 'received' GROUP BY r.id HAVING count(e.id) <> 1`,
	'referral whose children are not those that were sent':
		`SELECT r.id FROM referral AS r JOIN submission AS s ON s.referral_id = r.id AND s.kind = 'first'
		 LEFT JOIN LATERAL (SELECT count(*) AS n, count(DISTINCT ordinal) AS ordinals FROM referral_child AS c WHERE c.referral_id = r.id) AS c ON true
		 WHERE c.n <> jsonb_array_length(s.body::jsonb -> 'children') OR c.ordinals <> c.n OR r.child_count <> c.n`,
	'referral whose household is not the one that was sent':
		`SELECT r.id FROM referral AS r JOIN submission AS s ON s.referral_id = r.id AND s.kind = 'first'
		 LEFT JOIN LATERAL (SELECT count(*) AS n FROM referral_household AS h WHERE h.referral_id = r.id) AS h ON true
		 WHERE h.n <> jsonb_array_length(coalesce(s.body::jsonb -> 'household', '[]'))`,
	'referral without an event for each submission':
		`SELECT r.id FROM referral AS r
		 WHERE (SELECT count(*) FROM submission AS s WHERE s.referral_id = r.id) <>
		       (SELECT count(*) FROM event AS e WHERE e.referral_id = r.id AND e.type IN ('received', 'additional_information_received'))`,
	'referral whose next due instant is not that of its open follow-ups':
		`SELECT r.id FROM referral AS r
		 WHERE r.next_due_at <> coalesce((SELECT min(f.due_at) FROM follow_up AS f WHERE f.referral_id = r.id AND f.state = 'open'), 'infinity')`,
	'follow-up without exactly one event of its opening':
		`SELECT f.id FROM follow_up AS f LEFT JOIN event AS e ON e.follow_up_id = f.id AND e.type = 'follow_up_opened' GROUP BY f.id HAVING count(e.id) <> 1`,
	'met follow-up without exactly one event of it':
		`SELECT f.id FROM follow_up AS f LEFT JOIN event AS e ON e.follow_up_id = f.id AND e.type = 'follow_up_met'
		 GROUP BY f.id, f.state HAVING count(e.id) <> (f.state = 'met')::int`,
	'event of a follow-up that is not there':
		`SELECT e.id FROM event AS e LEFT JOIN follow_up AS f ON f.id = e.follow_up_id WHERE e.follow_up_id IS NOT NULL AND f.id IS NULL`,
	'idempotency key without an answer':
		`SELECT idempotency_key AS id FROM idempotency_key WHERE reply_status IS NULL OR reply_body IS NULL`,
	'stored answer whose referral is not there':
		`SELECT k.idempotency_key AS id FROM idempotency_key AS k LEFT JOIN referral AS r ON r.id = (k.reply_body::jsonb ->> 'id')::uuid WHERE r.id IS NULL`,
	'stored answer with a follow-up that is not there':
		`SELECT k.idempotency_key AS id FROM idempotency_key AS k CROSS JOIN jsonb_array_elements(k.reply_body::jsonb -> 'follow_ups') AS told
		 LEFT JOIN follow_up AS f ON f.id = (told ->> 'id')::uuid AND f.referral_id = (k.reply_body::jsonb ->> 'id')::uuid WHERE f.id IS NULL`,
	'referral with follow-ups that its receipt does not tell of':
		`SELECT r.id FROM referral AS r JOIN idempotency_key AS k ON (k.reply_body::jsonb ->> 'id')::uuid = r.id AND k.reply_body::jsonb ->> 'outcome' = 'created'
		 WHERE r.version = 1 AND jsonb_array_length(k.reply_body::jsonb -> 'follow_ups') <> (SELECT count(*) FROM follow_up AS f WHERE f.referral_id = r.id)`,
	'referral without exactly one stored answer of its receipt':
		`SELECT r.id FROM referral AS r LEFT JOIN idempotency_key AS k
		   ON (k.reply_body::jsonb ->> 'id')::uuid = r.id AND k.reply_body::jsonb ->> 'outcome' = 'created'
		 GROUP BY r.id HAVING count(k.idempotency_key) <> 1`,
};

export async function nothingIsHalfThere(db) {
	const found = {};
	await db.session(async (client) => {
		await client.query('SET LOCAL jit = off');
		for (const [what, statement] of Object.entries(WRONG)) {
			const { rows } = await client.query(`${statement} LIMIT 5`);
			if (rows.length > 0) found[what] = rows.map((row) => row.id);
		}
	});
	assert.deepEqual(found, {});
}

// Each post with a receipt: that very answer is stored, and the referral it tells of with its children and the rest.
export async function allAnsweredAreThere(db, posts) {
	const answered = posts.filter((post) => post.receipt);
	const stored = new Map((await db.query(
		`SELECT k.idempotency_key, k.reply_body, k.reply_status, r.id, r.agency_reference,
		        (SELECT count(*) FROM referral_child AS c WHERE c.referral_id = r.id) AS children,
		        (SELECT count(*) FROM referral_household AS h WHERE h.referral_id = r.id) AS household
		 FROM idempotency_key AS k JOIN referral AS r ON r.id = (k.reply_body::jsonb ->> 'id')::uuid`)).map((row) => [row.idempotency_key, row]));
	for (const post of answered) {
		const row = stored.get(post.key);
		assert.ok(row, `lost: ${post.receiptText}`);
		assert.deepEqual([row.reply_body, row.reply_status, row.id], [post.receiptText, String(post.status), post.receipt.id]);
		assert.equal(row.agency_reference, post.body.agency_reference ?? null);
		if (post.receipt.outcome === 'created') assert.deepEqual([row.children, row.household], [post.body.children.length, post.body.household.length]);
	}
	return stored;
}

// Once every post has been answered: each took effect exactly once.
export async function eachOnce(db, posts) {
	const of = (outcome) => posts.filter((post) => post.receipt.outcome === outcome).length;
	const [{ referrals, first, additional, keys }] = await db.query(
		`SELECT (SELECT count(*) FROM referral) AS referrals, (SELECT count(*) FROM submission WHERE kind = 'first') AS first,
		        (SELECT count(*) FROM submission WHERE kind = 'additional') AS additional, (SELECT count(*) FROM idempotency_key) AS keys`);
	assert.deepEqual({ referrals, first, additional, keys },
		{ referrals: of('created'), first: of('created'), additional: of('additional_information'), keys: posts.length });
	const reused = await db.query('SELECT reference FROM referral WHERE reference_reused');
	assert.deepEqual(reused, []);
}
