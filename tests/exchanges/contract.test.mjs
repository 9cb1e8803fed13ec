// Runs last: every answer that the other tests got is as the contract documents it, and nothing that the contract documents
// went untested. ($EXCHANGE_LOG holds the exchanges of all test files: tests/support/client.mjs writes them.)
import assert from 'node:assert/strict';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, test } from 'node:test';
import { faultsOfAnswer, faultsOfProblem, operationOf, operations } from '../support/openapi.mjs';

// Statuses that any request may get (info.description of the contract).
const ANYWHERE = new Set([404, 405, 406, 414, 431, 500]);
// No operation's: requests that never get as far as one.
const isProblem = (exchange) => exchange.response_headers['content-type'] === 'application/problem+json';

// Documented and not asked for by a test through HTTP, with the reason. `*`: every operation.
const EXCEPTIONS = [
	['*', 503, 'only with the database away or a full queue: tests/fault'],
];
const excepted = (id, status) => EXCEPTIONS.some(([operation, s]) => s === status && (operation === '*' || operation === id));

const seen = new Map(operations.map((operation) => [operation.id, new Set()]));
const faults = new Map();
let exchanges = 0;

function note(where, fault, exchange) {
	const key = `${where}: ${fault}`;
	if (!faults.has(key)) faults.set(key, exchange.response_text.slice(0, 300));
}

function check(exchange) {
	exchanges++;
	const { method, path, status, response_headers: headers, response_text: text } = exchange;
	const operation = operationOf(method, path);
	const where = `${operation?.id ?? `${method} nothing`} ${status}`;
	if (!operation || (!operation.statuses.includes(status) && ANYWHERE.has(status))) {
		if (!isProblem(exchange)) note(where, 'not a problem', exchange);
		else if (method !== 'HEAD') for (const fault of faultsOfProblem(text)) note(where, fault, exchange);
		return;
	}
	seen.get(operation.id).add(status);
	if (method === 'HEAD') return;
	for (const fault of faultsOfAnswer(operation, { status, headers, text })) note(where, fault, exchange);
}

before(async () => {
	const folder = process.env.EXCHANGE_LOG;
	assert.ok(folder, 'this runs through `make test`');
	for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
		for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) check(JSON.parse(line));
	}
});

test('every answer is as the contract documents it', () => {
	assert.ok(exchanges > 0, 'no exchange: run this together with the tests that make them (ONLY= without exchanges)');
	assert.deepEqual([...faults].map(([fault, answer]) => `${fault}\n  ${answer}`), []);
});

describe('every documented status of every operation was exercised', () => {
	for (const operation of operations) {
		test(operation.id, () => {
			const missing = operation.statuses.filter((status) => !seen.get(operation.id).has(status) && !excepted(operation.id, status));
			assert.deepEqual(missing, []);
		});
	}
});

test('no exception is out of date', () => {
	for (const [id, status] of EXCEPTIONS.filter(([operation]) => operation !== '*')) {
		assert.ok(operations.some((o) => o.id === id && o.statuses.includes(status)), `${id} ${status} is not documented`);
		assert.ok(!seen.get(id).has(status), `${id} ${status} was exercised`);
	}
});
