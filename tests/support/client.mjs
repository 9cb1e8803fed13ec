// An HTTP client for tests. It adds the key and an Idempotency-Key, and writes every exchange as a line of JSON into
// $EXCHANGE_LOG, where tests/exchanges compares them with the contract.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const exchangeFile = process.env.EXCHANGE_LOG
	? join(process.env.EXCHANGE_LOG, `${basename(process.argv[1] ?? 'test')}-${process.pid}.jsonl`) : undefined;

function record(exchange) {
	if (exchangeFile) appendFileSync(exchangeFile, `${JSON.stringify(exchange)}\n`);
}

function parse(text, type = '') {
	if (!/[/+]json\b/.test(type)) return undefined;
	try { return JSON.parse(text); } catch { return undefined; }
}

export class Client {
	// `key`: the API key's text; `now`: the instant that the test build's clock shows, e.g. '2026-03-02T09:00:00Z'.
	constructor(url, { key, now, headers = {} } = {}) {
		Object.assign(this, { url, key, now, headers });
	}

	// The same client with another key, another clock or more headers.
	as(key) {
		return new Client(this.url, { ...this, key });
	}

	at(now) {
		return new Client(this.url, { ...this, now });
	}

	// -> { status, headers, type, text, json }. `body`: a string or bytes as they are, anything else as JSON.
	// A header given as null is left out, also those that are added by default.
	async request(method, path, { body, headers = {} } = {}) {
		const raw = typeof body === 'string' || body instanceof Uint8Array;
		const all = {
			...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
			...(this.now ? { 'mashd-test-now': this.now } : {}),
			...(body !== undefined ? { 'content-type': 'application/json' } : {}),
			...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
			...this.headers,
			...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
		};
		for (const name of Object.keys(all)) if (all[name] === null || all[name] === undefined) delete all[name];
		const sent = body === undefined ? undefined : raw ? body : JSON.stringify(body);
		const answer = await fetch(this.url + path, { method, headers: all, body: sent, redirect: 'manual' });
		const text = await answer.text();
		const type = answer.headers.get('content-type') ?? '';
		const result = { status: answer.status, headers: Object.fromEntries(answer.headers), type, text, json: parse(text, type) };
		const { authorization, ...told } = all;
		record({
			method, path, authenticated: authorization !== undefined, request_headers: told,
			request_body: body instanceof Uint8Array ? undefined : body, status: result.status, response_headers: result.headers, response_text: text,
		});
		return result;
	}

	get(path, options) { return this.request('GET', path, options); }
	delete(path, options) { return this.request('DELETE', path, options); }
	post(path, body, headers) { return this.request('POST', path, { body, headers }); }
	put(path, body, headers) { return this.request('PUT', path, { body, headers }); }
	patch(path, body, headers) { return this.request('PATCH', path, { body, headers }); }

	// As the verbs, but throws unless the answer is a success; returns its JSON.
	async ok(method, path, options) {
		const answer = await this.request(method, path, options);
		if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
		return answer.json;
	}
}
