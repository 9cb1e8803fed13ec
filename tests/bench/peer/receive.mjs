// What a post becomes before it meets the database, as in lib/referral/record.c and topics.c: the record that
// receive.sql takes, and the receipt. Left out, to the peer's advantage: the quality rules (the benchmark's body breaks none).
import { createHash, randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './statements.mjs';

const policy = JSON.parse(readFileSync(join(root, 'api', 'policies', 'england.json'), 'utf8'));
const policyTitle = `${policy.name} ${policy.version}`;
export const NOTICE = 'This is not an emergency service. If a child is in immediate danger, call 999 now. The hub reads referrals in its ' +
	'working hours and will contact the referrer where something needs to be clarified.';

// ---- identifiers

const random = Buffer.alloc(4096);
let used = random.length;
function bytes(n) {
	if (used + n > random.length) {
		randomFillSync(random);
		used = 0;
	}
	used += n;
	return random.subarray(used - n, used);
}

export function uuid7() {
	const time = Date.now().toString(16).padStart(12, '0');
	const hex = bytes(10).toString('hex');
	const variant = (8 + (parseInt(hex[3], 16) & 3)).toString(16);
	return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
function reference() {
	let text = '';
	let sum = 0;
	for (const [i, byte] of bytes(8).entries()) {
		const value = byte % 30;
		text += ALPHABET[value];
		sum += value * (i + 2);
	}
	return sum % 31 === 30 ? reference() : `${text.slice(0, 4)}-${text.slice(4)}-${ALPHABET[sum % 31]}`;
}

// ---- the body's digest: SHA-256 of the sorted compact JSON

function sorted(value) {
	if (value === null || typeof value !== 'object') return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
	return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${sorted(value[name])}`).join(',')}}`;
}
export const digest = (body) => createHash('sha256').update(sorted(body)).digest('hex');

// ---- topics

const known = (answer) => answer?.answer === 'known';
const FACTORS = ['domestic_abuse', 'mental_ill_health', 'mental_ill_health_effect_on_parenting', 'substance_misuse',
	'learning_difficulty', 'own_adverse_childhood_experiences'];
const TOPICS = [
	['nature_of_concern', 'material', (b) => !b.concerns.some((c) => c.category)],
	['cause_of_concern', 'material', (b) => !b.why_now],
	['significant_harm', 'material', (b) => typeof b.immediate_protection_needed !== 'boolean'],
	['urgent_action', 'material', (b) => b.immediate_protection_needed === true],
	['direct_or_third_party', 'material', (b) => !b.concerns.some((c) => c.basis)],
	['who_has_been_told', 'material', (b) => !known(b.information_sharing?.parents_informed)],
	['whereabouts_of_child', 'material', (b) => b.children.some((c) => !c.whereabouts)],
	['how_to_reach_referrer', 'material', (b) => !b.referrer?.phone && !b.referrer?.email],
	['neglect_without_description', 'material', (b) => b.concerns.some((c) => c.category === 'neglect' && Buffer.byteLength(c.description) < 80)],
	['unborn_without_date', 'material', (b) => b.children.some((c) => c.sex === 'U' && !c.date_of_birth && !c.expected_date_of_delivery)],
	['needs', 'completeness', (b) => !b.hoped_for_outcome],
	['parental_factor_not_asked', 'completeness', (b) => FACTORS.some((f) => (b.parental_factors?.[f]?.answer ?? 'not_asked') === 'not_asked')],
	['parents_not_informed_without_reason', 'completeness', (b) => known(b.information_sharing?.parents_informed) &&
		b.information_sharing.parents_informed.value === false && !b.information_sharing.parents_not_informed_reason],
	['neglect_without_tool', 'completeness', (b) => b.concerns.some((c) => c.category === 'neglect' && !known(c.neglect_tool_used))],
	['father_or_carer_missing', 'completeness', (b) => !b.household?.some((p) => /father|dad/i.test(p.relationship) && !/grand/i.test(p.relationship))],
	['level_of_need_missing', 'completeness', (b) => !b.level_of_need],
	['short_or_generic_text', 'completeness', (b) => !b.concerns.some((c) => Buffer.byteLength(c.description) >= 120)],
];
export const topicWeight = new Map(TOPICS.map(([code, weight]) => [code, weight])
	.concat([['level_of_need_differs', 'material'], ['no_further_action_proposed', 'material'], ['earlier_referral', 'completeness']]));

// ---- the record

const listed = (value) => (Array.isArray(value) ? value : [value]);
// The conditions that the shipped policy's rules for a receipt have; out_of_hours is the calendar's.
const fits = (when = {}, facts) => Object.entries(when).every(([name, wanted]) => name === 'out_of_hours' || listed(wanted).includes(facts[name]));
const words = (when = {}) => (when.rating ? `/${when.rating}` : '') + (when.immediate_protection_needed ? '/immediate_protection' : '');

// What each timing keeps of the rule: its warning and its ladder, as lib/followup/policy_read.c writes them.
function signals(rule) {
	const escalate = rule.escalate?.map(({ after, role, out_of_hours: always }) => ({ ...after, role, ...(always && { out_of_hours: true }) }));
	return rule.warn_before || escalate ? { warn_before: rule.warn_before, escalate } : undefined;
}

// The openings of rules on an event under these facts.
const opens = (event, facts) => policy.rules.flatMap((rule) => {
	const openings = Array.isArray(rule.opens_on) ? rule.opens_on : [{ event: rule.opens_on }];
	const opening = openings.find((o) => o.event === event && fits(o.when, facts));
	return opening && fits(rule.when, facts) ? [{ rule, when_closed: opening.when?.out_of_hours }] : [];
});

// A red one's: duty takes it over where it falls due out of hours, as lib/referral/openings.c says it.
function opened(channel, immediate) {
	const facts = { channel, immediate_protection_needed: immediate, rating: immediate ? 'red' : 'amber' };
	const row = (rule, more) => {
		const due = rule.due.find((d) => fits(d.when, facts));
		const met = rule.kind === 'acknowledge' && channel === 'api';
		return { id: uuid7(), kind: rule.kind, unit: due.unit, amount: due.amount, source: rule.source, met, opened_event: uuid7(),
			rule: rule.kind + words(due.when), signals: met ? undefined : signals(rule), met_event: met ? uuid7() : undefined, ...more };
	};
	const received = opens('referral.received', facts);
	const duty = immediate ? opens('out_of_hours.needed', facts) : [];
	return [
		...received.map(({ rule, when_closed }) => row(rule, { when_closed, urgent: (duty.length > 0 && rule.due.length > 1) || undefined })),
		...duty.map(({ rule }) => row(rule, { when_closed: received.some((r) => r.rule === rule) ? false : undefined, for_duty: true })),
	];
}

const initial = (child) => [child.first_name && `${[...child.first_name][0]}.`, child.family_name].filter(Boolean).join(' ');

// `caller` as auth found it; `text` the body as it came, `body` the same as an object.
export function newRecord(caller, key, body, text, { plain = true } = {}) {
	const { children, household = [], ...document } = body;
	const immediate = body.immediate_protection_needed === true;
	const channel = caller.agency_id ? 'api' : (body.channel ?? 'phone');
	return {
		plain, key_id: caller.id, first_key_id: caller.first_key_id, operation: 'createReferral', idempotency_key: key, id: uuid7(), reference: reference(),
		agency_id: caller.agency_id ?? undefined, agency_reference: body.agency_reference, folded_reference: body.agency_reference, reference_reused: false,
		incident_reference: body.incident_reference, channel, record_kind: body.record_kind ?? 'request_for_service',
		source: body.source ?? caller.default_source ?? '10', received_at: caller.agency_id ? undefined : body.received_at,
		rating: immediate ? 'red' : 'amber', immediate_protection_needed: immediate,
		child_names: children.map(initial).filter(Boolean).join(', '), submission_id: uuid7(), contract_version: '1',
		body_digest: digest(body), policy: policyTitle, actor_kind: caller.agency_id ? 'agency' : 'staff',
		actor_id: caller.agency_id ?? caller.staff_id, request_id: uuid7(),
		topics_offered: `{${TOPICS.filter(([, , offered]) => offered(body)).map(([code]) => code).join(',')}}`,
		event_id: uuid7(), document, quality_issues: [], body: text,
		children: children.map((child, ordinal) => ({ id: uuid7(), ordinal, date_of_birth: child.date_of_birth, nhs_number: child.nhs_number,
			expected_date_of_delivery: child.expected_date_of_delivery, upn: child.upn, document: child })),
		household: household.map((person, ordinal) => ({ id: uuid7(), ordinal, date_of_birth: person.date_of_birth, document: person })),
		follow_ups: opened(channel, immediate),
	};
}

const forAgency = ({ id, kind, state, started_at, due_at, met_at }) => ({ id, kind, state, started_at, due_at, met_at });

// The receipt, from the record and the rows of receive.sql.
export function receipt(record, rows, write) {
	const codes = record.topics_offered.slice(1, -1).split(',').filter(Boolean);
	return {
		id: record.id, reference: record.reference, version: 1, outcome: 'created', agency_reference: record.agency_reference ?? null,
		channel: record.channel, record_kind: record.record_kind, source: record.source, received_at: rows[0]._received_at,
		recorded_at: rows[0]._recorded_at, state: 'received', provisional_rating: record.rating,
		...(record.agency_id ? {} : { rating: record.rating, rating_source: 'provisional_rule' }),
		immediate_protection_needed: record.immediate_protection_needed, discussed: 'no',
		follow_ups: record.agency_id ? rows.filter((row) => row._for_agency).map((row) => forAgency(write(row))) : rows.map(write),
		topics: codes.map((code) => ({ code, weight: topicWeight.get(code) })), quality_issues: record.quality_issues, notice: NOTICE,
	};
}
