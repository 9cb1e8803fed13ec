// Load for the fault tests: many keep-alive connections that post referrals, and remember of each post what was answered. A
// post whose answer never came, or that was told to come again, is kept for trying again with the same Idempotency-Key.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../support/figures_story.mjs';
import { Connection } from '../support/raw_http.mjs';

// The seed of this run: $SEED, or the one given; printed, so that a failure can be repeated.
export function seeded(fallback) {
	const seed = Number(process.env.SEED ?? fallback);
	console.log(`seed ${seed}`);
	return generator(seed);
}

const people = (n, of) => Array.from({ length: n }, (_, i) => ({ first_name: `${of} ${i}`, family_name: 'Example' }));

// A referral's body: one to four children, none to three others, sometimes urgent.
export function makeBody(random, members = {}) {
	return {
		agency_reference: randomUUID(),
		children: people(1 + random.below(4), 'Child'),
		household: people(random.below(4), 'Adult'),
		concerns: [{ description: `Often hungry. ${'x'.repeat(random.below(2000))}` }],
		...(random.chance(0.1) ? { immediate_protection_needed: true } : {}),
		...members,
	};
}

export class Post {
	constructor(body) {
		Object.assign(this, { key: randomUUID(), body, text: JSON.stringify(body), refusals: [], sent: 0 });
	}

	bytes(apiKey) {
		return `POST /v1/referrals HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer ${apiKey}\r\nIdempotency-Key: ${this.key}\r\n`
			+ `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(this.text)}\r\n\r\n${this.text}`;
	}

	// Takes a reply: an answer that stands (2xx), or a problem.
	take(reply) {
		if (reply.status === 200 || reply.status === 201) {
			this.status = reply.status;
			this.receipt = JSON.parse(reply.body);
			this.receiptText = reply.body;
			return;
		}
		assert.equal(reply.headers['content-type'], 'application/problem+json', `${reply.status} ${reply.body}`);
		const problem = JSON.parse(reply.body);
		assert.equal(problem.status, reply.status);
		assert.doesNotMatch(reply.body, /constraint|relation|SQL|socket|server closed|terminat|test_fail/i, 'no text of PostgreSQL');
		this.refusals.push({ status: reply.status, type: problem.type.replace('/problems/', ''), retryAfter: reply.headers['retry-after'] });
	}
}

export class Load {
	// `makeNext(random, lane)` gives the next post of a lane; by default new referrals, and now and then a second post about
	// the same children, which goes the daemon's other way.
	constructor({ port, apiKey, random, lanes = 32, pause = 150, makeNext }) {
		Object.assign(this, { port, apiKey, random, pause, makeNext: makeNext ?? Load.mixed, posts: [], lost: 0 });
		this.lanes = Array.from({ length: lanes }, () => ({ done: [] }));
	}

	static mixed(random, lane) {
		const earlier = random.chance(0.05) ? lane.done.at(-1) : undefined;
		if (earlier) return new Post({ ...earlier.body, concerns: [{ description: `More: ${random.below(1e9)}` }] });
		return new Post(makeBody(random, random.chance(0.05) ? { agency_reference: undefined } : {}));
	}

	start() {
		this.stopping = false;
		this.running = Promise.all(this.lanes.map((lane) => this.run(lane)));
		this.running.catch(() => {}); // stop() tells
	}

	async stop() {
		this.stopping = true;
		await this.running;
		for (const lane of this.lanes) this.leave(lane);
	}

	leave(lane) {
		lane.connection?.close();
		lane.connection = undefined;
	}

	async run(lane) {
		while (!this.stopping) {
			const post = this.makeNext(this.random, lane);
			if (!post) break;
			this.posts.push(post);
			await this.send(lane, post);
			if (post.receipt?.outcome === 'created' && post.body.agency_reference) lane.done = [post];
		}
	}

	// Sends it once. A connection that is refused has carried nothing: it is tried again.
	async send(lane, post) {
		while (true) {
			const connection = lane.connection ??= new Connection(this.port);
			try {
				connection.send(post.bytes(this.apiKey));
				const reply = await connection.reply();
				post.sent++;
				post.take(reply);
				if (reply.headers.connection === 'close') this.leave(lane);
				if (!post.receipt && this.pause) await sleep(this.pause);
				return;
			} catch (error) {
				if (error instanceof assert.AssertionError) throw error;
				const refused = connection.reset === 'ECONNREFUSED';
				this.leave(lane);
				await sleep(20);
				if (refused && !this.stopping) continue;
				post.sent++;
				this.lost++;
				return;
			}
		}
	}

	// Waits until so many more posts are stored, however fast the machine is.
	async stores(more) {
		const stored = () => this.posts.filter((post) => post.receipt).length;
		const wanted = stored() + more;
		for (const deadline = Date.now() + 60_000; stored() < wanted;) {
			assert.ok(Date.now() < deadline, 'it does not store again');
			await sleep(10);
		}
	}

	unanswered() {
		return this.posts.filter((post) => !post.receipt);
	}

	// Sends all that has no standing answer again, with the same keys, until it has one.
	async again(milliseconds = 60_000) {
		const deadline = Date.now() + milliseconds;
		let waiting = this.unanswered();
		while (waiting.length > 0) {
			const queue = [...waiting];
			await Promise.all(this.lanes.map(async (lane) => {
				for (let post = queue.shift(); post; post = queue.shift()) await this.send(lane, post);
			}));
			waiting = waiting.filter((post) => !post.receipt);
			assert.ok(waiting.length === 0 || Date.now() < deadline, `${waiting.length} never answered: ${JSON.stringify(waiting[0]?.refusals.at(-1))}`);
		}
		for (const lane of this.lanes) this.leave(lane);
	}

	say(what) {
		const count = (type) => this.posts.filter((post) => post.refusals.some((r) => r.type === type)).length;
		const types = [...new Set(this.posts.flatMap((post) => post.refusals.map((r) => r.type)))];
		console.log(`${what}: ${this.posts.length} posts, ${this.posts.length - this.unanswered().length} stored, ${this.lost} cut off`
			+ types.map((type) => `, ${count(type)} ${type}`).join(''));
	}
}
