// HTTP over a bare socket, for tests that must send what no client library would; and the echo server's start and stop.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

const PROGRAM = `${process.env.BUILD ?? 'build'}/test/support/http_echo`;

/** Starts the echo server with settings such as {'request-ms': 200}. */
export async function startEcho(settings = {}) {
  const options = { stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(PROGRAM, Object.entries(settings).map(([name, value]) => `${name}=${value}`), options);
  const server = { child, output: '', errors: '' };
  child.stdout.on('data', (data) => { server.output += data; });
  child.stderr.on('data', (data) => { server.errors += data; });
  server.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  await until(() => /listening \d+\n/.test(server.output) || child.exitCode !== null);
  server.port = Number(/listening (\d+)/.exec(server.output)?.[1]);
  server.stats = async () => JSON.parse((await ask(server.port, 'GET', '/stats')).body);
  server.release = () => ask(server.port, 'GET', '/release');
  /** Resolves once the server's figures satisfy `wanted`. */
  server.reach = (wanted) => until(async () => wanted(await server.stats()));
  /** SIGTERM; gives the totals that it prints, after checking that it ended well. */
  server.stop = async () => {
    child.kill('SIGTERM');
    const { code, signal } = await server.ended;
    if (code !== 0) throw new Error(`http_echo ended with ${code ?? signal}: ${server.errors}`);
    return JSON.parse(server.output.trim().split('\n').at(-1));
  };
  return server;
}

/** Asks again and again, closely, until `condition` holds; fails after a minute, which is long for the slowest machine. */
export async function until(condition) {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await pause(3);
  }
}

/** One connection. Replies come in order from reply(); `closed` resolves when the server ended it. */
export class Connection {
  constructor(port) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.received = Buffer.alloc(0);
    this.ended = false;
    this.reset = false;
    this.wake = [];
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.tell();
    });
    this.socket.on('error', (error) => { this.reset = error.code; });
    for (const event of ['end', 'close']) this.socket.on(event, () => { this.ended = true; this.tell(); });
  }

  tell() {
    for (const wake of this.wake.splice(0)) wake();
  }

  send(...parts) {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  get(path) {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`);
  }

  async more() {
    if (this.ended) throw new Error(`closed (${this.reset || 'end'}) after ${JSON.stringify(String(this.received))}`);
    await new Promise((resolve) => this.wake.push(resolve));
  }

  /** The next reply: {status, headers, body}. `method` HEAD has no body; status 100 is a reply of its own. */
  async reply(method = 'GET') {
    let end;
    while ((end = this.received.indexOf('\r\n\r\n')) < 0) await this.more();
    const [first, ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const status = Number(first.split(' ')[1]);
    const size = method === 'HEAD' || status < 200 ? 0 : Number(headers['content-length'] ?? 0);
    while (this.received.length < end + 4 + size) await this.more();
    const body = this.received.subarray(end + 4, end + 4 + size).toString();
    this.received = this.received.subarray(end + 4 + size);
    return { status, headers, body };
  }

  close() {
    this.socket.destroy();
  }
}

/** One request on a connection of its own. */
export async function ask(port, method, path, headers = '', body = '') {
  const connection = new Connection(port);
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  connection.send(`${method} ${path} HTTP/1.1\r\nHost: t\r\n${headers}${length}\r\n`, body);
  try {
    return await connection.reply(method);
  } finally {
    connection.close();
  }
}

/** The slug of a problem's type, after checking that the reply agrees with it. */
export function problemOf(reply) {
  assert.equal(reply.headers['content-type'], 'application/problem+json');
  const problem = JSON.parse(reply.body);
  assert.equal(problem.status, reply.status);
  assert.equal(problem.request_id, reply.headers['x-request-id']);
  assert.equal(problem.instance, `urn:uuid:${problem.request_id}`);
  return problem.type.replace('/problems/', '');
}

/** A server for one group of tests, stopped (and checked by the sanitizers) behind it. */
export function withServer(settings) {
  const holder = {};
  before(async () => { Object.assign(holder, await startEcho(settings)); });
  after(() => holder.stop());
  return holder;
}
