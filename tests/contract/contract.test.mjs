// The contract by itself, without the daemon: files merge, references resolve, operations are complete, schemas
// compile, examples are valid, problem pages match the table of errors. What the daemon does with it is tested elsewhere.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseDocument } from 'yaml';

const top = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(top + path, 'utf8');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function parse(path) {
	const document = parseDocument(read(path), { uniqueKeys: true });
	assert.deepEqual(document.errors, [], path);
	return document.toJS({ maxAliasCount: 0 });
}

function addAll(target, source, what) {
	for (const [name, value] of Object.entries(source ?? {})) {
		assert.ok(!(name in target), `${what} ${name} stands twice`);
		target[name] = value;
	}
}

// openapi.yaml first, the others in byte order; nothing may stand twice.
function merge() {
	const document = parse('api/openapi.yaml');
	document.paths ??= {};
	const others = readdirSync(`${top}api`)
		.filter((f) => f.endsWith('.yaml') && f !== 'openapi.yaml')
		.sort();
	for (const file of others) {
		const part = parse(`api/${file}`);
		assert.deepEqual(
			Object.keys(part).filter((k) => k !== 'paths' && k !== 'components'),
			[],
			file,
		);
		addAll(document.paths, part.paths, 'path');
		for (const [kind, entries] of Object.entries(part.components ?? {})) {
			document.components[kind] ??= {};
			addAll(document.components[kind], entries, kind);
		}
	}
	return document;
}

const contract = merge();

function* nodes(value, pointer = '') {
	if (value === null || typeof value !== 'object') return;
	yield [pointer, value];
	for (const [name, child] of Object.entries(value))
		yield* nodes(child, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

function resolve(ref) {
	assert.match(ref, /^#\//);
	return ref
		.slice(2)
		.split('/')
		.reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], contract);
}

const deref = (value) => (value?.$ref ? resolve(value.$ref) : value);

const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
	METHODS.filter((m) => item[m]).map((method) => ({
		path,
		method,
		...item[method],
		parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(deref),
	})),
);

const schemas = new Map(); // pointer -> schema, each schema that stands outside another one
for (const [name, schema] of Object.entries(contract.components.schemas))
	schemas.set(`#/components/schemas/${name}`, schema);
for (const [pointer, node] of nodes({ paths: contract.paths, components: { ...contract.components, schemas: {} } }))
	if (node.schema && !pointer.includes('/schema/')) schemas.set(`#${pointer}/schema`, node.schema);

const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
addFormats(ajv);
ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'security', 'paths', 'components', 'x-quality']);
ajv.addSchema(contract, 'contract');
const compile = (pointer) =>
	ajv.compile({
		$ref: `contract${pointer
			.split('/')
			.map((p, i) => (i ? encodeURIComponent(p) : p))
			.join('/')}`,
	});
const bodySchema = (operation) =>
	operation.requestBody && deref(operation.requestBody).content['application/json'].schema;

// Documents that are no bodies of requests, with the files that must be valid.
const DOCUMENTS = { Policy: 'api/policies/' };

test('every reference leads somewhere, and every component is used', () => {
	const used = new Set([
		...Object.keys(contract.components.securitySchemes).map((n) => `#/components/securitySchemes/${n}`),
		...Object.keys(DOCUMENTS).map((n) => `#/components/schemas/${n}`),
	]);
	for (const [pointer, node] of nodes(contract)) {
		if (node.$ref === undefined) continue;
		assert.ok(resolve(node.$ref), `${pointer}: ${node.$ref}`);
		used.add(node.$ref);
	}
	for (const [kind, entries] of Object.entries(contract.components))
		for (const name of Object.keys(entries))
			assert.ok(used.has(`#/components/${kind}/${name}`), `${kind} ${name} is unused`);
});

test('every operation has what it needs', () => {
	const ids = new Set();
	for (const o of operations) {
		const where = `${o.method} ${o.path}`;
		assert.match(o.operationId ?? '', /^[a-z][A-Za-z]+$/, where);
		assert.ok(!ids.has(o.operationId), `${o.operationId} stands twice`);
		ids.add(o.operationId);
		assert.match(o['x-permission'] ?? '', /^(none|[a-z_]+\.[a-z_]+)$/, where);
		assert.ok(o.summary && o.description && o.summary.length < 80, where);
		assert.equal(o.tags?.length, 1, where);
		assert.ok(
			contract.tags.some((t) => t.name === o.tags[0]),
			where,
		);
		const inPath = [...o.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
		assert.deepEqual(
			o.parameters
				.filter((p) => p.in === 'path')
				.map((p) => p.name)
				.sort(),
			inPath.sort(),
			where,
		);
		for (const p of o.parameters)
			assert.ok(p.description && p.schema && (p.in !== 'path' || p.required), `${where} ${p.name}`);
		assert.ok(
			Object.keys(o.responses).some((s) => s.startsWith('2')),
			where,
		);
		const open = o['x-permission'] === 'none';
		assert.equal(open, o.security?.length === 0, `${where}: public exactly where nothing is asked for`);
		assert.equal(
			!open,
			['400', '401', '403', '503'].every((s) => s in o.responses),
			where,
		);
		assert.equal(open, !o.path.startsWith('/v1/'), where);
	}
});

// Posts that write nothing, and so need no Idempotency-Key.
const READING_POSTS = ['dryRunCalendar', 'dryRunPolicy', 'searchReferrals'];
// Transitions that put an end to something which their caller must have seen: posts that need If-Match too.
const TRANSITIONS = ['closeReferral', 'reopenReferral', 'answerWithdrawal', 'transferReferral', 'recordBirth'];
// Appends that judge what their caller has read: they take If-Match where it is sent.
const JUDGEMENTS = ['recordScreening', 'recordContactAttempt', 'recordDecision', 'recordFeedback'];

test('writing operations ask for what makes them safe', () => {
	for (const o of operations.filter((x) => ['post', 'put', 'patch'].includes(x.method) && !READING_POSTS.includes(x.operationId))) {
		const header = (name) => o.parameters.find((p) => p.in === 'header' && p.name === name && p.required);
		assert.equal(Boolean(header('Idempotency-Key')), o.method === 'post', o.operationId);
		const versioned = o.method !== 'post' || TRANSITIONS.includes(o.operationId);
		assert.equal(Boolean(header('If-Match')), versioned, o.operationId);
		for (const status of ['409', '413', '415', '422'])
			assert.ok(o.responses[status], `${o.operationId} ${status}`);
		const optional = o.parameters.some((p) => p.in === 'header' && p.name === 'If-Match' && !p.required);
		assert.equal(optional, JUDGEMENTS.includes(o.operationId), o.operationId);
		assert.equal('412' in o.responses, versioned || optional, o.operationId);
		assert.equal('428' in o.responses, versioned, o.operationId);
		assert.ok(o.requestBody.required, o.operationId);
		assert.ok(bodySchema(o).$ref, `${o.operationId}: the body is a component`);
	}
});

test('responses describe themselves; bodies are exact', () => {
	for (const o of operations)
		for (const [status, response] of Object.entries(o.responses)) {
			const { description, content } = deref(response);
			assert.ok(description && content, `${o.operationId} ${status}`);
		}
	const free = ['ReferralChild', 'ReferralHouseholdPerson', 'Child', 'HouseholdPerson'];
	for (const [name, schema] of Object.entries(contract.components.schemas)) {
		const partOf = /Facts$/.test(name); // closed by the schemas that are made of it
		if (schema.type !== 'object' || schema['x-quality'] || partOf || free.includes(name)) continue;
		assert.ok(schema.additionalProperties === false || schema.unevaluatedProperties === false, name);
	}
});

test('every member of every body is described', () => {
	for (const [name, schema] of Object.entries(contract.components.schemas)) {
		assert.ok(schema.description, name);
		for (const [member, sub] of Object.entries(schema.properties ?? {}))
			assert.ok(sub === false || sub.description || deref(sub).description, `${name}.${member}`);
	}
});

test('documents that ship with the programs are valid', () => {
	for (const [name, folder] of Object.entries(DOCUMENTS)) {
		const check = compile(`#/components/schemas/${name}`);
		for (const file of readdirSync(top + folder).filter((f) => f.endsWith('.json')))
			assert.ok(check(JSON.parse(read(folder + file))), `${file}: ${ajv.errorsText(check.errors)}`);
	}
});

test('every schema compiles in strict mode', () => {
	for (const pointer of schemas.keys()) assert.doesNotThrow(() => compile(pointer), pointer);
	for (const [pointer, node] of nodes(contract.components.schemas, '#/components/schemas'))
		node['x-quality']?.forEach(
			(row, i) =>
				row.schema &&
				assert.doesNotThrow(() => compile(`${pointer}/x-quality/${i}/schema`), pointer),
		);
});

test('rows of x-quality have one of the four forms, and a code that receipts know', () => {
	const known = contract.components.schemas.QualityCode.enum;
	for (const [pointer, node] of nodes(contract.components.schemas))
		for (const row of node['x-quality'] ?? []) {
			const forms = ['schema', 'rule', 'unknown_members', 'blank_members'].filter((k) => k in row);
			assert.equal(forms.length, 1, pointer);
			assert.deepEqual(Object.keys(row).sort(), ['code', ...forms].sort(), pointer);
			assert.ok(known.includes(row.code), `${pointer}: ${row.code}`);
		}
});

function checkExample(file, operation) {
	const body = JSON.parse(read(`api/examples/${file}`));
	const check = compile(bodySchema(operation).$ref);
	assert.ok(check(body), `${file}: ${ajv.errorsText(check.errors)}`);
	return body;
}

test('each operation with a body has a valid example, and no example is left over', () => {
	const files = new Set(readdirSync(`${top}api/examples`));
	for (const o of operations.filter((x) => x.requestBody)) {
		checkExample(`${o.operationId}.json`, o);
		for (const { externalValue } of Object.values(
			deref(o.requestBody).content['application/json'].examples,
		)) {
			const file = externalValue.replace('/docs/', '');
			checkExample(file, o);
			files.delete(file);
		}
	}
	assert.deepEqual([...files], []);
});

// The part of x-quality that is written as schemas, checked here with ajv; the rules written in C are checked in C.
function quality(value, schema, pointer, issues) {
	if (schema.$ref) quality(value, resolve(schema.$ref), pointer, issues);
	for (const row of schema['x-quality'] ?? []) {
		if (
			row.schema &&
			!ajv.compile({
				...structuredClone(row.schema),
				...(row.schema.$ref && { $ref: `contract${row.schema.$ref}` }),
			})(value)
		)
			issues.push(`${pointer} ${row.code}`);
		if (row.unknown_members)
			for (const name of Object.keys(value))
				if (!(name in schema.properties)) issues.push(`${pointer}/${name} ${row.code}`);
	}
	for (const [name, sub] of Object.entries(schema.properties ?? {}))
		if (value[name] !== undefined) quality(value[name], sub, `${pointer}/${name}`, issues);
	if (schema.items) value.forEach((item, i) => quality(item, schema.items, `${pointer}/${i}`, issues));
	return issues;
}

test('the rich referral is without fault, the smallest one lacks what a hub needs', () => {
	const create = operations.find((o) => o.operationId === 'createReferral');
	const issues = (file) => quality(checkExample(file, create), bodySchema(create), '', []);
	assert.deepEqual(issues('createReferral.json'), []);
	assert.deepEqual(issues('createReferral-minimal.json'), [
		' missing',
		'/children/0 missing_name',
		'/children/0 missing',
		'/concerns/0 missing',
	]);
});

test('identifiers in the rich referral are made up and have right check digits', () => {
	const { children } = JSON.parse(read('api/examples/createReferral.json'));
	for (const { nhs_number: number } of children.filter((c) => c.nhs_number)) {
		assert.match(number, /^999[0-9]{7}$/);
		const sum = [...number.slice(0, 9)].reduce((s, digit, i) => s + Number(digit) * (10 - i), 0);
		assert.equal((11 - (sum % 11)) % 11, Number(number[9]));
	}
	for (const { upn } of children.filter((c) => c.upn)) {
		const sum = [...upn.slice(1)].reduce((s, digit, i) => s + Number(digit) * (i + 2), 0);
		assert.equal('ABCDEFGHJKLMNPQRTUVWXYZ'[sum % 23], upn[0]);
	}
});

// A post is never refused for what it leaves blank, nor is a decision that protects: what is missing there is found by rule.
test('a text that must not be empty must hold more than white space, in all that is posted', () => {
	const kept = new Set(['DecisionRequest', 'HistoryConsidered']);
	const posted = new Set();
	const walk = (schema) => {
		for (const [, node] of nodes(schema ?? {})) {
			if (!node.$ref || posted.has(node.$ref)) continue;
			posted.add(node.$ref);
			walk(resolve(node.$ref));
		}
	};
	for (const [, node] of nodes(contract.paths)) if (node.requestBody) walk(node.requestBody);
	const blank = [...posted].filter((ref) => ref.startsWith('#/components/schemas/')).map((ref) => ref.split('/').at(-1)).filter((name) => !kept.has(name)).flatMap((name) =>
		Object.entries(contract.components.schemas[name].properties ?? {}).filter(([, p]) => p.type === 'string' && p.minLength === 1 && !p.pattern && !p.format).map(([member]) => `${name}.${member}`));
	assert.ok(posted.size > 50);
	assert.deepEqual(blank.sort(), ['ActionTarget.if_match', 'CalendarRequest.time_zone', 'Policy.version', 'PolicyRule.source', 'SearchRequest.agency_reference', 'SearchRequest.name']);
});

test('each way of failing has a problem type in the contract and a page', () => {
	const rows = [...read('lib/base/err.h').matchAll(/X\(ERR_\w+, (\d+), "([a-z-]+)", "([^"]+)"\)/g)];
	const slugs = rows.map((r) => r[2]).sort();
	assert.ok(slugs.length > 20);
	assert.deepEqual(
		contract.components.schemas.Problem.properties.type.enum.map((t) => t.replace('/problems/', '')).sort(),
		slugs,
	);
	assert.deepEqual(
		readdirSync(`${top}api/problems`)
			.map((f) => f.replace(/\.md$/, ''))
			.sort(),
		slugs,
	);
	for (const [, status, slug, title] of rows) {
		const page = read(`api/problems/${slug}.md`);
		assert.ok(page.startsWith(`# ${title}\n`), `${slug}: the heading is the title`);
		const body = JSON.parse(page.match(/```json\n([\s\S]*?)\n```/)[1]);
		const check = compile('#/components/schemas/Problem');
		assert.ok(check(body), `${slug}: ${ajv.errorsText(check.errors)}`);
		assert.deepEqual([body.type, body.title, body.status], [`/problems/${slug}`, title, Number(status)]);
	}
});

test('shared responses name types of their own status', () => {
	const status = Object.fromEntries(
		[...read('lib/base/err.h').matchAll(/X\(ERR_\w+, (\d+), "([a-z-]+)"/g)].map((r) => [
			`/problems/${r[2]}`,
			Number(r[1]),
		]),
	);
	for (const [name, response] of Object.entries(contract.components.responses)) {
		const { type, status: told } = response.content['application/problem+json'].schema.properties;
		for (const t of type.enum) assert.equal(status[t], told.const, `${name} ${t}`);
	}
});
