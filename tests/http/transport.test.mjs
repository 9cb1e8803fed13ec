// lib/http alone, by bare sockets: what it refuses, what it understands, what it sends back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, Connection, problemOf, withServer } from '../support/raw_http.mjs';

const MIB = 1024 * 1024;

describe('what a request may look like', () => {
  const server = withServer({});
  const bad = [
    ['Content-Length with Transfer-Encoding', 'POST /body', 'Content-Length: 3\r\nTransfer-Encoding: chunked'],
    ['the same Content-Length twice', 'POST /body', 'Content-Length: 3\r\nContent-Length: 3'],
    ['two Content-Length', 'POST /body', 'Content-Length: 3\r\nContent-Length: 4'],
    ['two Transfer-Encoding', 'POST /body', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['an unknown Transfer-Encoding', 'POST /body', 'Transfer-Encoding: gzip'],
    ['a Transfer-Encoding before chunked', 'POST /body', 'Transfer-Encoding: gzip, chunked'],
    ['two Host', 'GET /echo', 'Host: u'],
    ['two Authorization', 'GET /echo', 'Authorization: Bearer a\r\nAuthorization: Bearer b'],
    ['two Idempotency-Key', 'POST /echo', 'Idempotency-Key: a\r\nidempotency-key: b'],
    ['a control character in a value', 'GET /echo', 'X: a\x01b'],
    ['a DEL in a value', 'GET /echo', 'X: a\x7fb'],
    ['a name that is no token', 'GET /echo', 'X(a): b'],
    ['a NUL in the path', 'GET /echo/a%00b', 'X: y'],
    ['dots in the path', 'GET /echo/../stats', 'X: y'],
    ['encoded dots in the path', 'GET /echo/%2e%2e/stats', 'X: y'],
    ['invalid UTF-8 in the path', 'GET /echo/%ff', 'X: y'],
    ['a broken percent sign', 'GET /echo/%4', 'X: y'],
    ['a target with a host', 'GET http://t/echo', 'X: y'],
    ['a character that must be encoded', 'GET /echo/\x80', 'X: y'],
  ];
  for (const [name, line, headers] of bad) {
    test(`${name}: 400, and the connection ends`, async () => {
      const connection = new Connection(server.port);
      connection.send(Buffer.from(`${line} HTTP/1.1\r\nHost: t\r\n${headers}\r\n\r\n`, 'latin1'));
      const reply = await connection.reply();
      assert.equal(reply.status, 400);
      assert.equal(problemOf(reply), 'malformed-request');
      assert.equal(reply.headers.connection, 'close');
      await connection.closed;
      assert.equal(connection.reset, false);
    });
  }

  test('what libmicrohttpd refuses by itself ends the connection too', async () => {
    for (const headers of ['Content-Length: -1', 'Content-Length: 5, 5', 'Content-Length: x']) {
      const connection = new Connection(server.port);
      connection.send(`POST /body HTTP/1.1\r\nHost: t\r\n${headers}\r\n\r\n`);
      assert.equal((await connection.reply()).status, 400, headers);
      await connection.closed;
    }
  });

  for (const method of ['TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND', 'get']) {
    test(`${method}: 405`, async () => {
      const reply = await ask(server.port, method, '/echo');
      assert.equal(reply.status, 405);
      assert.equal(problemOf(reply), 'method-not-allowed');
      assert.equal(reply.headers.allow, 'GET, HEAD, POST, PUT, PATCH, DELETE');
    });
  }

  test('the version must be 1.0 or 1.1, and 1.1 needs a Host', async () => {
    const status = async (head) => {
      const connection = new Connection(server.port);
      const reply = await connection.send(`${head}\r\n\r\n`).reply();
      connection.close();
      return reply.status;
    };
    assert.equal(await status('GET /echo HTTP/1.1\r\nHost: t'), 200);
    assert.equal(await status('GET /echo HTTP/1.1'), 400);
    assert.equal(await status('GET /echo HTTP/1.1\r\nHost:'), 400);
    assert.equal(await status('GET /echo HTTP/1.1\r\nHost: a b'), 400);
    assert.equal(await status('GET /echo HTTP/1.0'), 200);
    assert.equal(await status('GET /echo HTTP/1.2\r\nHost: t'), 400);
    assert.equal(await status('GET /echo HTTP/3.0\r\nHost: t'), 505);
  });

  test('a slash that was encoded stays inside its segment', async () => {
    const echo = JSON.parse((await ask(server.port, 'GET', '/echo/a%2Fb/c?q=%26&q=1+2')).body);
    assert.deepEqual(echo.segments, ['echo', 'a/b', 'c']);
    assert.deepEqual(echo.query, [['q', '&'], ['q', '1 2']]);
  });

  test('the request id is ours; traceparent is kept where it is valid', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const kept = async (value) =>
      JSON.parse((await ask(server.port, 'GET', '/echo', `Traceparent: ${value}\r\n`)).body);
    assert.equal((await kept(trace)).traceparent, trace);
    for (const wrong of [trace.toUpperCase(), `${trace}0`, trace.replace(/^00/, 'ff'), 'x',
      trace.replace(/4bf9\w+/, '0'.repeat(32)), trace.replace(/00f0\w+/, '0'.repeat(16))]) {
      assert.equal((await kept(wrong)).traceparent, '');
    }
    const reply = await ask(server.port, 'GET', '/echo', 'X-Request-Id: mine\r\n');
    assert.match(reply.headers['x-request-id'], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f-]{16}$/);
  });

  test('addresses and headers have their ceilings', async () => {
    const long = await ask(server.port, 'GET', `/echo?${'a'.repeat(9000)}`);
    assert.equal(long.status, 414);
    assert.equal(problemOf(long), 'uri-too-long');
    assert.equal((await ask(server.port, 'GET', `/echo?${'a'.repeat(60000)}`)).status, 414);
    assert.equal((await ask(server.port, 'GET', '/echo', `X: ${'a'.repeat(60000)}\r\n`)).status, 431);
    const many = await ask(server.port, 'GET', '/echo', 'X: y\r\n'.repeat(65));
    assert.equal(many.status, 431);
    assert.equal(problemOf(many), 'headers-too-large');
  });
});

describe('a request leaves room for the header of its reply', () => {
  const server = withServer({ 'header-max': 16384 });
  const shapes = {
    'one long header': (n) => ['', `X: ${'a'.repeat(n)}\r\n`],
    'many headers': (n) => ['', `X: ${'a'.repeat(Math.floor(n / 60))}\r\n`.repeat(60)],
    'a long address': (n) => [`?${'a'.repeat(Math.min(n, 8000))}`, `X: ${'a'.repeat(Math.max(n - 8000, 0))}\r\n`],
    'many parameters': (n) => [`?${'a&'.repeat(60)}`, `X: ${'a'.repeat(n)}\r\n`],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    test(`${name}: answered whole, or refused before it is worked on`, async () => {
      const { worked } = await server.stats();
      const count = { answered: 0, refused: 0, page: 0, silence: 0 };
      for (let n = 7000; n < 17500; n += 50) {
        const [query, headers] = shape(n);
        const connection = new Connection(server.port);
        connection.send(`POST /link/3072${query} HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n${headers}\r\nbody`);
        const reply = await connection.reply().catch(() => undefined);
        connection.close();
        if (reply?.status === 200) {
          assert.equal(reply.headers.link.length, 3072);
          count.answered++;
        } else if (reply?.headers['content-type']) {
          assert.equal(reply.status, 431);
          assert.equal(problemOf(reply), 'headers-too-large');
          count.refused++;
        } else { /* near the end of the memory there is none for saying no either; beyond, libmicrohttpd says it */
          count[reply ? 'page' : 'silence']++;
        }
      }
      assert.ok(count.answered > 20 && count.refused > 40 && count.silence < 10, JSON.stringify(count));
      assert.equal((await server.stats()).worked - worked, count.answered);
    });
  }
});

describe('bodies', () => {
  const server = withServer({ 'body-budget': 3 * MIB / 2, workers: 2 });

  test('1 MiB comes back', async () => {
    const body = 'x'.repeat(MIB);
    assert.equal((await ask(server.port, 'POST', '/body', '', body)).body, body);
  });

  test('1 MiB and a byte: 413 before the body is sent', async () => {
    const connection = new Connection(server.port);
    connection.send(`POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: ${MIB + 1}\r\n\r\n`);
    const reply = await connection.reply();
    assert.equal(reply.status, 413);
    assert.equal(problemOf(reply), 'body-too-large');
    await connection.closed;
  });

  test('a client that sends all of it first still reads the 413', async () => {
    for (let i = 0; i < 20; i++) {
      const reply = await ask(server.port, 'POST', '/body', '', 'x'.repeat(3 * MIB));
      assert.equal(reply.status, 413);
    }
  });

  test('in chunks over the cap: 413, and the connection goes on', async () => {
    const connection = new Connection(server.port);
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    connection.send('POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n');
    connection.send(...Array(16).fill(chunk), '1\r\nx\r\n0\r\n\r\n');
    const reply = await connection.reply();
    assert.equal(reply.status, 413);
    assert.equal(problemOf(reply), 'body-too-large');
    assert.equal((await connection.get('/echo').reply()).status, 200);
    connection.close();
  });

  test('in chunks without end: cut off', async () => {
    const connection = new Connection(server.port);
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    connection.send('POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n');
    connection.send(...Array(16 * 7).fill(chunk));
    await connection.closed;
    assert.equal(String(connection.received), '');
  });

  test('Expect: 100-continue is answered, with the refusal where there is one', async () => {
    const connection = new Connection(server.port);
    connection.send('POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
    assert.equal((await connection.reply()).status, 100);
    assert.equal((await connection.send('ab').reply()).body, 'ab');
    connection.send(`POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: ${2 * MIB}\r\nExpect: 100-continue\r\n\r\n`);
    assert.equal((await connection.reply()).status, 413);
    connection.close();
  });

  test('all bodies share one budget', async () => {
    const first = ask(server.port, 'POST', '/hold', '', 'x'.repeat(MIB));
    await server.reach((stats) => stats.held === 1 && stats.body_bytes > MIB);
    const announced = await ask(server.port, 'POST', '/body', '', 'x'.repeat(MIB));
    const connection = new Connection(server.port);
    connection.send('POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n');
    connection.send(`c0000\r\n${'x'.repeat(0xc0000)}\r\n0\r\n\r\n`);
    for (const reply of [announced, await connection.reply()]) {
      assert.equal(reply.status, 503);
      assert.equal(problemOf(reply), 'busy');
      assert.equal(reply.headers['retry-after'], '2');
    }
    connection.close();
    await server.release();
    assert.equal((await first).status, 200);
    await server.reach((stats) => stats.body_bytes === 0);
    assert.equal((await ask(server.port, 'POST', '/body', '', 'x'.repeat(MIB))).status, 200);
  });

  test('a client that leaves in the middle gives its share back', async () => {
    const connection = new Connection(server.port);
    connection.send(`POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: ${MIB}\r\n\r\n`, 'x'.repeat(MIB / 2));
    await server.reach((stats) => stats.body_bytes > MIB / 2);
    connection.close();
    await server.reach((stats) => stats.body_bytes === 0);
  });
});

describe('replies', () => {
  const server = withServer({ 'reply-max': 8 * MIB });

  test('carry the headers of the house', async () => {
    const { headers, body } = await ask(server.port, 'GET', '/echo');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.ok(headers.date);
    assert.equal(Number(headers['content-length']), Buffer.byteLength(body));
    const { headers: none, status } = await ask(server.port, 'GET', '/no-content');
    assert.equal(status, 204);
    assert.equal(none['content-type'], undefined);
  });

  test('HEAD is GET without the body', async () => {
    const connection = new Connection(server.port);
    connection.send('HEAD /big/1000 HTTP/1.1\r\nHost: t\r\n\r\n');
    const reply = await connection.reply('HEAD');
    assert.equal(reply.headers['content-length'], '1000');
    assert.equal((await connection.get('/fast').reply()).body, 'fast');
    connection.close();
  });

  test('come in order where requests are pipelined, on a connection that stays', async () => {
    const connection = new Connection(server.port);
    const paths = ['/fast', '/echo', '/late', '/big/70000', '/nothing', '/late', '/fast'];
    for (let round = 0; round < 10; round++) {
      connection.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`).join(''));
      const statuses = [];
      for (const _ of paths) statuses.push((await connection.reply()).status);
      assert.deepEqual(statuses, [200, 200, 200, 200, 404, 200, 200]);
    }
    connection.close();
  });

  test('big ones are whole; too big or undecided ones are internal errors', async () => {
    const big = await ask(server.port, 'GET', `/big/${8 * MIB}`);
    assert.equal(big.body.length, 8 * MIB);
    assert.equal(problemOf(await ask(server.port, 'GET', `/big/${8 * MIB + 1}`)), 'internal-error');
    assert.equal(problemOf(await ask(server.port, 'GET', '/undecided')), 'internal-error');
  });

  test('for clients that have gone are thrown away', async () => {
    const gone = Array.from({ length: 2 }, () => new Connection(server.port).get('/hold'));
    await server.reach((stats) => stats.held === 2);
    for (const connection of gone) connection.close();
    await server.release();
    await server.reach((stats) => stats.in_flight === 0 && stats.connections === 1);
  });
});
