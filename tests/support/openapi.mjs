// The contract for tests of the running daemon: its files merged, its operations, which of them a request is, and a check of
// any answer against what the operation documents (by ajv, which shares nothing with the daemon's own interpreter).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '..', '..', 'api');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function merge() {
	const whole = { paths: {}, components: {} };
	for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
		const part = parse(readFileSync(join(folder, file), 'utf8'));
		Object.assign(whole.paths, part.paths);
		for (const [kind, entries] of Object.entries(part.components ?? {})) whole.components[kind] = { ...whole.components[kind], ...entries };
	}
	return whole;
}

const contract = merge();
const follow = (node) => (node?.$ref ? node.$ref.slice(2).split('/').reduce((at, step) => at[step], contract) : node);

// { id, method, path, description, permission, statuses, matches(path) }
export const operations = Object.entries(contract.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => {
	const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`);
	return {
		id: item[method].operationId, method: method.toUpperCase(), path, description: item[method].description, permission: item[method]['x-permission'], responses: item[method].responses,
		statuses: Object.keys(item[method].responses).map(Number), matches: (sent) => pattern.test(sent),
	};
}));

// The operation of a request; a fixed address comes before one with a parameter.
export function operationOf(method, target) {
	const path = target.split('?')[0];
	const asked = method === 'HEAD' ? 'GET' : method;
	const found = operations.filter((operation) => operation.method === asked && operation.matches(path));
	return found.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'contract', components: contract.components });
const compiled = new Map();

// A schema of the contract: its local references made absolute, so that ajv finds them.
function validator(schema) {
	const text = JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/');
	if (!compiled.has(text)) compiled.set(text, ajv.compile(JSON.parse(text)));
	return compiled.get(text);
}

function faultsOf(schema, value) {
	const check = validator(schema);
	return check(value) ? [] : check.errors.slice(0, 5).map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
}

// What of an answer { status, headers, text } is not as `operation` documents it: sentences, none where all is well.
export function faultsOfAnswer(operation, { status, headers, text }) {
	const response = follow(operation.responses[status]);
	if (!response) return [`status ${status} is not documented`];
	const faults = [];
	for (const [name, reference] of Object.entries(response.headers ?? {})) {
		const header = follow(reference);
		const value = headers[name.toLowerCase()];
		if (value === undefined && header.required) faults.push(`no header ${name}`);
		if (value !== undefined) faults.push(...faultsOf(header.schema, value).map((fault) => `header ${name}: ${fault}`));
	}
	const type = (headers['content-type'] ?? '').split(';')[0].trim();
	const [, media] = Object.entries(response.content ?? {}).find(([name]) => name === type) ?? [];
	if (response.content && !media) return [...faults, `content type ${type || 'missing'} is not documented`];
	if (!response.content && text !== '') faults.push('a body that is not documented');
	if (!media?.schema) return faults;
	let value = text;
	try {
		if (/[/+]json$/.test(type)) value = JSON.parse(text);
	} catch {
		return [...faults, 'the body is not JSON'];
	}
	return [...faults, ...faultsOf(media.schema, value)];
}

// A problem that any request may get, whatever the contract says of its operation.
export const faultsOfProblem = (text) => faultsOf({ $ref: '#/components/schemas/Problem' }, JSON.parse(text));
