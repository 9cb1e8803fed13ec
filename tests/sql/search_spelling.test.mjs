// Generated cases: in a partnership of 5,000 made-up children a name with up to one slip (a letter other, more, less, or two
// swapped), in either order, finds the child among the first ten, before those whose names have less to do with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '../support/database.mjs';
import { genericPlan, runStatement } from '../support/statements.mjs';

const CHILDREN = 5000;
const CASES = 400;
const partnership = '01900000-0000-7000-8000-000000000005';
const other = '01900000-0000-7000-8000-000000000006';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
let db;
let children;

// A generator of its own (mulberry32): the same cases in every run.
let seed = 20270301;
function random() {
	seed = (seed + 0x6d2b79f5) | 0;
	let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];

const STARTS = ['Al', 'An', 'Ba', 'Bri', 'Ca', 'Chla', 'Da', 'Do', 'E', 'Ed', 'Fi', 'Fre', 'Ga', 'Gri', 'Ha', 'Hol', 'I', 'Ja', 'Jo', 'Ka', 'Kho', 'La', 'Lu', 'Ma', 'Mo', 'Na', 'No', 'O', 'Pa', 'Pri', 'Ra', 'Ro', 'Sa', 'Sho', 'Ta', 'Tho', 'U', 'Va', 'Wa', 'Whi', 'Ya', 'Ze'];
const MIDDLES = ['', '', 'ba', 'dri', 'la', 'li', 'lo', 'ma', 'mi', 'na', 'no', 'ra', 'ri', 'ro', 'sa', 'shi', 'ta', 'ti', 'va', 'zi'];
const ENDS = ['', 'a', 'an', 'by', 'dge', 'd', 'ey', 'ham', 'ia', 'ie', 'l', 'land', 'm', 'n', 'ne', 'rd', 'sh', 'son', 'ton', 'well', 'x'];
function madeUp() {
	const name = pick(STARTS) + pick(MIDDLES) + pick(ENDS);
	return name.length > 1 ? name : madeUp();
}
const pool = (n) => Array.from({ length: n }, madeUp);

// One slip in the letters of `text`, or none.
function slip(text) {
	const places = [...text].flatMap((c, i) => (/[a-z]/i.test(c) ? [i] : []));
	const i = pick(places);
	switch (Math.floor(random() * 5)) {
	case 0: return text.slice(0, i) + pick(LETTERS) + text.slice(i + 1);
	case 1: return text.slice(0, i) + text.slice(i + 1);
	case 2: return text.slice(0, i) + pick(LETTERS) + text.slice(i);
	case 3: return /[a-z]/i.test(text[i + 1] ?? '') ? text.slice(0, i) + text[i + 1] + text[i] + text.slice(i + 2) : text;
	default: return text;
	}
}

function distance(a, b) {
	let row = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
		row = next;
	}
	return row[b.length];
}
// How far a child's name is from what was asked, in the better order.
function distanceOf(asked, child) {
	const text = asked.toLowerCase();
	return Math.min(distance(text, `${child.first} ${child.family}`.toLowerCase()), distance(text, `${child.family} ${child.first}`.toLowerCase()));
}

async function fill(id, offset, rows) {
	await db.query('INSERT INTO partnership (partnership_id, name) VALUES ($1::uuid, $1::uuid::text)', [id]);
	await db.query(
		`INSERT INTO referral (partnership_id, id, reference, channel, record_kind, source, received_at, rating, document)
		 SELECT $1::uuid, ('01900000-0000-7000-8001-' || lpad(($3::integer + n)::text, 12, '0'))::uuid, 'R-' || n, 'api', 'request_for_service', '6', mashd_now(), 'amber', '{}'
		 FROM generate_series(1, $2::integer) AS n`, [id, rows.length, offset]);
	await db.query(
		`INSERT INTO referral_child (partnership_id, referral_id, id, ordinal, document)
		 SELECT $1::uuid, ('01900000-0000-7000-8001-' || lpad(($3::integer + c.n)::text, 12, '0'))::uuid, gen_random_uuid(), 0, c.document
		 FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS c (document, n)`,
		[id, JSON.stringify(rows.map((c) => ({ first_name: c.first, family_name: c.family }))), offset]);
	await db.query('INSERT INTO uncompared_referral SELECT partnership_id, id, 1 FROM referral WHERE partnership_id = $1', [id]);
	const as = { as: 'app', partnership: id };
	for (let left = rows.length; left > 0; left -= 1000) {
		await db.session(async (client) => {
			const taken = await runStatement(client, 'person/index', [id, 1000]);
			await runStatement(client, 'person/compared', [id, taken.map((row) => row.referral_id), taken.map((row) => row.version)]);
		}, as);
	}
}

before(async () => {
	db = await createDatabase('search_spelling');
	const [firsts, families] = [pool(500), pool(1500)];
	children = Array.from({ length: CHILDREN }, () => ({ first: pick(firsts), family: random() < 0.08 ? `${pick(families)}-${pick(families)}` : pick(families) }));
	await fill(partnership, 0, children);
	// The same names again, of another partnership.
	await fill(other, 100_000, children.slice(0, 1000));
	// What plans are made for: every table as full as the others.
	await db.query(
		`INSERT INTO referral_household (partnership_id, referral_id, id, ordinal, document)
		 SELECT c.partnership_id, c.referral_id, gen_random_uuid(), 0, c.document FROM referral_child AS c`);
	await db.query(
		`INSERT INTO person_match (partnership_id, referral_id, subject_id, other_referral_id, other_subject_id, relation, same_person, confirmed, rule, score, shown, agrees, differs)
		 SELECT a.partnership_id, a.referral_id, a.id, b.referral_id, b.id, 'sibling', false, false, 'name_and_address', 0.4, true, '{}', '{}'
		 FROM referral_child AS a JOIN referral_child AS b ON b.partnership_id = a.partnership_id AND b.document ->> 'first_name' = a.document ->> 'first_name' AND b.id <> a.id`);
	await db.query('ANALYZE');
});
after(() => db?.drop());

const search = (client, values, id = partnership) => runStatement(client, 'search/find', [id, ...values]);
const childOf = (hit) => children[Number(hit.referral_id.slice(-12)) - 1];

test(`${CASES} names with up to one slip, in either order, among ${CHILDREN} children`, async () => {
	const missed = [];
	const outranked = [];
	await db.session(async (client) => {
		for (let i = 0; i < CASES; i++) {
			const child = pick(children);
			const asked = slip(random() < 0.5 ? `${child.first} ${child.family}` : `${child.family}, ${child.first}`);
			const hits = await search(client, [asked, null, null, null, null, null, 10]);
			assert.ok(hits.every((hit) => childOf(hit) !== undefined), 'of this partnership');
			const place = hits.findIndex((hit) => childOf(hit).first === child.first && childOf(hit).family === child.family);
			if (place < 0) missed.push(`${asked} (${child.first} ${child.family})`);
			const own = distanceOf(asked.replace(',', ''), child);
			for (const hit of hits.slice(0, Math.max(place, 0))) {
				if (distanceOf(asked.replace(',', ''), childOf(hit)) > own + 3) outranked.push(`${asked}: ${childOf(hit).first} ${childOf(hit).family} before ${child.first} ${child.family}`);
			}
		}
	}, { as: 'app', partnership });
	assert.deepEqual(missed, []);
	assert.deepEqual(outranked, []);
});

test('names that have nothing to do with anybody find nobody for sure', async () => {
	await db.session(async (client) => {
		for (const asked of ['Qqqxyz Jjjqwk', 'Xwqvjk', 'Zzzzzz Yyyyyy']) {
			const hits = await search(client, [asked, null, null, null, null, null, 10]);
			assert.ok(hits.every((hit) => hit.score < 0.7), JSON.stringify(hits[0]));
		}
	}, { as: 'app', partnership });
});

test('another partnership finds its own thousand alone', async () => {
	await db.session(async (client) => {
		for (let i = 0; i < 50; i++) {
			const child = children[i];
			const hits = await search(client, [`${child.first} ${child.family}`, null, null, null, null, null, 50], other);
			assert.ok(hits.length > 0 && hits.every((hit) => Number(hit.referral_id.slice(-12)) > 100_000));
		}
	}, { as: 'app', partnership: other });
});

// The statements of matching, behind row-level security and however often they run, go by their indexes.
const plans = [
	['person/earlier', [partnership, other], [/person_match_(shown|pkey)/, /uncompared_referral_pkey/]],
	['person/compare', [partnership, `{${other}}`], [/known_subject_by_nhs_number/, /known_subject_by_upn/, /known_subject_by_birth.*known_subject_by_birth.*known_subject_by_birth/s, /known_subject_by_address/, /known_subject_of_person/]],
	['person/forget_matches', [partnership, `{${other}}`], [/person_match_pkey|person_match_shown/, /person_match_of_other/]],
	['person/matches', [partnership, other], [/person_match_pkey/]],
	['person/referrals', [partnership, other], [/referral_child_of_person/, /referral_household_of_person/]],
	['person/relatives', [partnership, other], [/known_subject_of_person/]],
];
for (const [name, values, indexes] of plans) {
	test(`the plan of ${name}`, async () => {
		const plan = await db.session(async (client) => {
			await client.query('SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1');
			return genericPlan(client, name, values);
		}, { as: 'app', partnership });
		for (const index of indexes) assert.match(plan, index, plan);
		assert.doesNotMatch(plan, /Seq Scan/, plan);
	});
}

test('keys of names', async () => {
	const cases = [
		['Smith', 'smith'], ['  O\'Brien ', 'obrien'], ['O’Brien', 'obrien'], ['Ó Briain', 'obriain'], ['MacDonald', 'mcdonald'], ['Mac Donald', 'mcdonald'], ['Mc Donald', 'mcdonald'], ['McDonald', 'mcdonald'],
		['Mack', 'mack'], ['Macey', 'macey'], ['Mackenzie', 'mckenzie'], ['Smith-Jones', 'smith jones'], ['SMITH   JONES', 'smith jones'], ['Ça Élan', 'ca elan'], ['Łukasz', 'lukasz'], ['Strauß', 'strauss'], ['Ærø', 'aero'],
		['Þóra', 'thora'], ['Иван', 'иван'], ['Unknown', null], ['n/a', null], ['', null], ['---', null], ['Baby', null], ['Ng', 'ng'], ['J.P.', 'j p'],
	];
	for (const [name, key] of cases) {
		const [row] = await db.query('SELECT mashd_name_key($1) AS key', [name]);
		assert.equal(row.key, key, name);
	}
});
