// lib/http alone, by bare sockets: its bounds (queue, deadlines, connections) and its end. Deadlines are set short, so
// that nothing waits long for one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, Connection, problemOf, startEcho, until, withServer } from '../support/raw_http.mjs';

describe('the queue', () => {
  test('refuses what does not fit, and serves the rest in order', async () => {
    const server = await startEcho({ workers: 1, 'queue-max': 2 });
    const first = ask(server.port, 'GET', '/hold');
    await server.reach((stats) => stats.held === 1);
    const waiting = [ask(server.port, 'GET', '/echo'), ask(server.port, 'GET', '/echo')];
    await server.reach((stats) => stats.queued === 2);
    const refused = await ask(server.port, 'GET', '/echo');
    assert.equal(refused.status, 503);
    assert.equal(problemOf(refused), 'busy');
    assert.equal(refused.headers['retry-after'], '2');
    await server.release();
    for (const reply of [first, ...waiting]) assert.equal((await reply).status, 200);
    await server.stop();
  });

  test('answers what waited too long, even while every worker is stuck', async () => {
    const server = await startEcho({ workers: 1, 'queue-age-ms': 60 });
    const first = ask(server.port, 'GET', '/hold');
    await server.reach((stats) => stats.held === 1);
    const late = await ask(server.port, 'GET', '/echo');
    assert.equal(late.status, 503);
    assert.equal(problemOf(late), 'busy');
    assert.equal((await server.stats()).held, 1);
    await server.release();
    assert.equal((await first).status, 200);
    await server.stop();
  });
});

describe('absolute deadlines', () => {
  const server = withServer({ 'request-ms': 1000, 'reply-ms': 1000, 'idle-ms': 750 });

  /** Sends a byte every few milliseconds, as long as it is let; gives how long that was. */
  async function trickle(start, bytes) {
    const begun = Date.now();
    const connection = new Connection(server.port).send(start);
    for (const byte of bytes) {
      if (connection.ended) break;
      connection.send(byte);
      await pause(10);
    }
    await connection.closed;
    return Date.now() - begun;
  }

  async function cutWhileOthersAreServed(trickling) {
    let over = false;
    let served = 0;
    const ended = trickling.then((ms) => { over = true; return ms; });
    while (!over) {
      assert.equal((await ask(server.port, 'GET', '/echo')).status, 200);
      served++;
    }
    const ms = await ended;
    assert.ok(ms >= 995 && ms < 5000, `cut after ${ms} ms`);
    assert.ok(served > 5);
  }

  for (const [name, start, rest] of [
    ['a request line byte by byte', 'GET /echo', 'a'.repeat(1000)],
    ['headers byte by byte', 'GET /echo HTTP/1.1\r\nHost: t\r\nX: ', 'a'.repeat(1000)],
    ['a body byte by byte', 'POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n', 'a'.repeat(1000)],
    ['nothing at all', '', ''],
  ]) test(name, () => cutWhileOthersAreServed(trickle(start, rest)));

  test('a reply that nobody reads', async () => {
    const { cut } = await server.stats();
    const connection = new Connection(server.port);
    connection.socket.pause();
    connection.get('/big/60000000');
    await server.reach((stats) => stats.cut > cut && stats.connections === 1);
    connection.close();
  });

  test('a kept connection without a request, and one that then dawdles', async () => {
    const idle = new Connection(server.port);
    await idle.get('/echo').reply();
    await idle.closed;
    const slow = new Connection(server.port);
    await slow.get('/echo').reply();
    const begun = Date.now();
    slow.send('GET /echo HTTP/1.1\r\nHost: t\r\nX: ');
    while (!slow.ended) {
      slow.send('a');
      await pause(10);
    }
    assert.ok(Date.now() - begun >= 995);
  });

  test('none for a request that its worker still works on', async () => {
    const held = new Connection(server.port).get('/hold');
    await server.reach((stats) => stats.held === 1);
    const idle = new Connection(server.port);
    await idle.get('/echo').reply();
    await idle.closed;
    await new Connection(server.port).closed;
    await server.release();
    assert.equal((await held.reply()).body, 'released');
    held.close();
  });
});

describe('drain', () => {
  test('under load loses no request', async () => {
    const server = await startEcho({ workers: 4 });
    let replies = 0;
    const failures = [];
    async function client() {
      for (;;) {
        const connection = new Connection(server.port);
        try {
          await new Promise((resolve, reject) => connection.socket.once('connect', resolve).once('error', reject));
        } catch {
          return; /* no longer accepting */
        }
        try {
          for (;;) {
            const reply = await connection.get('/late').reply();
            assert.equal(reply.status, 200);
            replies++;
            if (reply.headers.connection === 'close') break;
          }
        } catch (error) {
          failures.push(error.message);
        }
        connection.close();
      }
    }
    const clients = Array.from({ length: 50 }, client);
    await until(() => replies > 500);
    const totals = await server.stop();
    await Promise.all(clients);
    /* A connection that the kernel had completed but nobody had accepted may be reset; its request was never read. */
    assert.deepEqual(failures, []);
    assert.deepEqual(totals, { idle: true, done: replies, sent: replies });
  });

  test('finishes what was begun: a held request, half a body, half a header', async () => {
    const server = await startEcho({ workers: 1 });
    const half = [
      ['POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab', 'cd'],
      ['GET /echo HTTP/1.1\r\nHost: t\r\nX: ', 'y\r\n\r\n'],
    ].map(([start, rest]) => ({ connection: new Connection(server.port).send(start), rest }));
    const idle = new Connection(server.port);
    await idle.get('/fast').reply();
    const held = new Connection(server.port).get('/hold');
    await server.reach((stats) => stats.held === 1);
    const releasing = new Connection(server.port);
    await releasing.get('/fast').reply();
    server.child.kill('SIGTERM');
    await until(async () => {
      const probe = new Connection(server.port);
      await new Promise((resolve) => probe.socket.once('connect', resolve).once('close', resolve));
      const refused = probe.reset === 'ECONNREFUSED';
      probe.close();
      return refused;
    });
    const last = await releasing.get('/release').reply();
    assert.equal(last.headers.connection, 'close');
    for (const { connection, rest } of half) {
      const reply = await connection.send(rest).reply();
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.connection, 'close');
      await connection.closed;
    }
    assert.equal((await held.reply()).body, 'released');
    await idle.closed;
    assert.equal((await server.ended).code, 0);
    assert.match(server.output, /"idle":true/);
  });

  test('gives up on what does not end', async () => {
    const server = await startEcho({ workers: 1, 'drain-ms': 100 });
    const slow = new Connection(server.port).send('GET /echo HTTP/1.1\r\nHost: t\r\nX: ');
    await server.reach((stats) => stats.connections >= 2);
    const totals = await server.stop();
    assert.equal(totals.idle, false);
    await slow.closed;
  });
});

test('2,000 idle connections leave room for the others', async () => {
  const server = await startEcho({ 'header-max': 16384 });
  const idle = [];
  for (let i = 0; i < 2000; i++) {
    const connection = new Connection(server.port);
    idle.push(connection);
    if (i % 100 === 99) await Promise.all(idle.slice(-100).map((each) => each.get('/fast').reply()));
  }
  assert.equal((await server.stats()).connections, 2001);
  for (let i = 0; i < 50; i++) assert.equal((await ask(server.port, 'GET', '/echo')).status, 200);
  for (const connection of idle) connection.close();
  await server.reach((stats) => stats.connections === 1);
  await server.stop();
});

test('a port that is taken is said to be', async () => {
  const server = await startEcho({});
  const second = await startEcho({ port: server.port });
  assert.equal((await second.ended).code, 1);
  assert.match(second.errors, new RegExp(`port ${server.port} on 127.0.0.1 is already taken`));
  await server.stop();
});
