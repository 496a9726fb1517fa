/** Long-polling by `fetch`, against the official server and hostile ones. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { dial } from '../../../support/dialled-link.js';
import { startHttpServer, startIoServer } from '../../../support/io-server.js';

const ONLY = { transports: ['polling'] };
const HANDSHAKE = '0{"sid":"s 1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

async function connect(t, options, config) {
  const { io, url } = await startIoServer(t, options);
  const connected = once(io, 'connection');
  const dialled = dial(t, { url, ...ONLY, ...config });
  const link = await dialled.join();
  const [socket] = await connected;
  return { io, url, socket, link, dialled };
}

/** A server whose answers to GETs these are, one after the other; the last poll stays open. */
async function startScript(t, answers, post = (_request, response) => response.end('ok')) {
  const script = [...answers];
  return startHttpServer(t, (request, response) => {
    if (request.method === 'POST') return post(request, response);
    const answer = script.shift();
    if (typeof answer === 'function') answer(response);
    else if (answer !== undefined) response.end(answer);
  });
}

test('text and binary both ways, in order; the token in a header alone', async (t) => {
  const { socket, link, dialled } = await connect(t, {}, { applicationId: 'app' });
  const { headers, url } = socket.handshake;
  assert.deepEqual([headers.authorization, headers['x-application-id']], ['Bearer the.token', 'app']);
  assert.equal(url.includes('the.token'), false);
  assert.deepEqual(
    [link.transport, link.canPing, socket.conn.transport.name, link.written],
    ['polling', false, 'polling', 0],
  );
  for (let n = 0; n < 300; n++) socket.emit('down', n, Buffer.from([0, n % 256]));
  await dialled.until(({ frames }) => frames.length >= 602);
  const downs = dialled.frames.slice(2);
  assert.deepEqual(
    downs.map((frame) => (typeof frame === 'string' ? Number(/,(\d+),/.exec(frame)?.[1]) : frame[1])),
    Array.from({ length: 600 }, (_, at) => (at % 2 ? ((at - 1) / 2) % 256 : at / 2)),
  );
  const ups = [];
  const all = new Promise((resolve) => {
    socket.on('up', (n, bytes) => {
      ups.push([n, ...bytes]);
      if (ups.length === 100) resolve();
    });
  });
  for (let n = 0; n < 100; n++) {
    link.send(`451-["up",${n},{"_placeholder":true,"num":0}]`);
    link.send(new Uint8Array([n, 255]));
  }
  await all;
  assert.deepEqual(
    ups,
    Array.from({ length: 100 }, (_, n) => [n, n, 255]),
  );
  await dialled.until(() => link.isWritten);
});

test('large payloads both ways, in requests that the server accepts', async (t) => {
  const { socket, link, dialled } = await connect(t, { maxHttpBufferSize: 100_000 }, { maxMessageBytes: 16 << 20 });
  const large = 'ü'.repeat(4_000_000);
  socket.emit('down', large);
  assert.equal(await dialled.frame((frame) => frame.length > 1e6), `42["down","${large}"]`);
  const lengths = [];
  const all = new Promise((resolve) => {
    socket.on('up', (data) => {
      lengths.push(data.length);
      if (lengths.length === 10) resolve();
    });
  });
  for (let n = 0; n < 10; n++) link.send(`42["up","${'é'.repeat(30_000)}"]`);
  assert.equal(link.isReady, false);
  await all;
  await dialled.until(() => link.isReady && link.isWritten);
  assert.deepEqual(lengths, Array(10).fill(30_000));
});

test('a packet above maxMessageBytes ends the session before it has arrived completely', async (t) => {
  for (const [chunk, size] of [
    ['4', 2000],
    ['é', 2000],
    ['b', 2000],
  ]) {
    const { url } = await startScript(t, [
      HANDSHAKE,
      (response) => {
        response.write(chunk);
        for (let sent = 0; sent < size * 2; sent += 100) response.write('A'.repeat(100));
      },
    ]);
    const dialled = dial(t, { url, ...ONLY, maxMessageBytes: size });
    const { reason, error } = await dialled.lost();
    assert.equal(error.code, 'MESSAGE_TOO_LARGE', chunk);
    assert.match(reason, /above the limit of 2000 bytes/);
  }
});

test('a body of any length is read as long as its packets fit', async (t) => {
  const packets = Array.from({ length: 500 }, (_, n) => `4${n}${'x'.repeat(1900)}`);
  const { url } = await startScript(t, [HANDSHAKE, packets.join('\x1e')]);
  const dialled = dial(t, { url, ...ONLY, maxMessageBytes: 2000 });
  await dialled.until(({ frames }) => frames.length === 501);
  assert.deepEqual(dialled.frames.slice(1), packets);
});

test('a packet may arrive in pieces, cut anywhere', async (t) => {
  const body = Buffer.from('4hé\x1e2\x1ebAP8=\x1e6\x1eb\x1e4end');
  for (let at = 1; at < body.length; at++) {
    const { url } = await startScript(t, [
      HANDSHAKE,
      (response) => {
        response.write(body.subarray(0, at));
        setImmediate(() => response.end(body.subarray(at)));
      },
    ]);
    const dialled = dial(t, { url, ...ONLY });
    await dialled.frame((frame) => frame === '4end');
    const frames = dialled.frames.slice(1).map((frame) => (typeof frame === 'string' ? frame : [...frame]));
    assert.deepEqual(frames, ['4hé', '2', [0, 255], [], '4end'], `cut at ${at}`);
  }
});

for (const [name, body, words] of [
  ['invalid UTF-8', Buffer.from([0x34, 0xc3, 0x28]), 'it is not valid UTF-8'],
  ['cut UTF-8', Buffer.from([0x34, 0xc3]), 'it is not valid UTF-8'],
  ['an unknown packet', '9', 'unknown Engine.IO type'],
  ['a page', '<html>', 'unknown Engine.IO type'],
  ['invalid base64', 'b!', 'not base64'],
  ['an empty packet', '2\x1e\x1e2', 'empty message'],
  ['nothing', '', 'empty body'],
])
  test(`a poll answered with ${name} violates the protocol, behind the packets before`, async (t) => {
    const { url } = await startScript(t, [HANDSHAKE, '4before', body]);
    const dialled = dial(t, { url, ...ONLY });
    const { error } = await dialled.lost();
    assert.deepEqual([error.code, dialled.frames.includes('4before')], ['PROTOCOL_ERROR', true]);
    assert.ok(error.message.includes(words), error.message);
  });

const none =
  'no realtime server at HOST: connected to a server that does not speak Engine.IO: its first answer is not a handshake: ';
for (const [name, answer, message] of [
  ['a page', '<!DOCTYPE html><title>Sign in</title>', `${none}it is an HTML page "Sign in"`],
  ['some text', 'ok', `${none}it is something else`],
  ['nothing', '', `${none}it is empty`],
  ['a handshake without a sid', '0{"sid":7}', `${none}Engine.IO handshake: \`sid\` must be a string of 1 to 256 bytes`],
  ['a handshake that is not JSON', '0{', `${none}invalid JSON`],
  [
    'the handshake of Engine.IO 3',
    '97:0{"sid":"a","upgrades":[]}2:40',
    'no realtime server at HOST: the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer',
  ],
  [
    'the binary handshake of Engine.IO 3',
    Buffer.concat([Buffer.from([0, 9, 7, 255]), Buffer.from('0{"sid":"a"}')]),
    'no realtime server at HOST: the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer',
  ],
  [
    'an endless page',
    (response) => {
      response.write('<html><title>Portal</title>');
    },
    `${none}it is an HTML page "Portal"`,
  ],
])
  test(`the first poll answered with ${name}`, async (t) => {
    const { url } = await startScript(t, [answer]);
    const { error } = await dial(t, { url, ...ONLY }).lost();
    assert.deepEqual([error.code, error.message], ['PROTOCOL_ERROR', message.replace('HOST', new URL(url).host)]);
  });

for (const [status, body, code, outlook, said] of [
  [401, '{"error":"UnauthorizedError","message":"token expired"}', 'AUTH_FAILED', 'permanent', ': token expired'],
  [403, '', 'AUTH_FAILED', 'unproven', ''],
  [404, '<html><title>Not here</title>', 'UPGRADE_REFUSED', 'unproven', ': an HTML page "Not here"'],
  [429, '', 'UPGRADE_REFUSED', undefined, ''],
])
  test(`the first poll is refused with ${status}`, async (t) => {
    const { url } = await startHttpServer(t, (_request, response) => {
      response.writeHead(status, status === 429 ? { 'retry-after': '0.5' } : {}).end(body);
    });
    const { error, reason } = await dial(t, { url, ...ONLY }).lost();
    const message = `GET ${url}/socket.io/ was answered with HTTP ${status}${said}`;
    assert.deepEqual(
      [reason, error.code, error.status, error.outlook, error.message],
      [`HTTP ${status}`, code, status, outlook, message],
    );
    assert.equal(error.retryAfter, status === 429 ? 500 : undefined);
  });

test('a compressed answer is read', async (t) => {
  const { url } = await startScript(t, [
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(HANDSHAKE)),
  ]);
  const dialled = dial(t, { url, ...ONLY });
  assert.equal(await dialled.frame(() => true), HANDSHAKE);
});

test('the session lives where the first poll was redirected to, with the token, on this server alone', async (t) => {
  const other = await startHttpServer(t, (_request, response) => response.end(HANDSHAKE));
  let target = '/new/?x=1';
  const script = [HANDSHAKE, '4hello'];
  const { url, requests } = await startHttpServer(t, (request, response) => {
    if (request.url.startsWith('/socket.io/')) response.writeHead(302, { location: target }).end('moved');
    else {
      const answer = script.shift();
      if (answer !== undefined) response.end(answer);
    }
  });
  const dialled = dial(t, { url, ...ONLY });
  await dialled.frame((frame) => frame === '4hello');
  dialled.link.drop();
  const [, first, second] = requests.map((request) => request.url);
  assert.deepEqual(
    [first, second],
    ['/new/?x=1&EIO=4&transport=polling', '/new/?x=1&EIO=4&transport=polling&sid=s%201'],
  );
  assert.equal(requests[2].headers.authorization, 'Bearer the.token');

  target = `${other.url}/socket.io/?secret=1`;
  const { reason, error } = await dial(t, { url, ...ONLY }).lost();
  assert.equal(reason, `HTTP 302, a redirect to another server, ${other.url}/socket.io/, which is not followed`);
  assert.deepEqual([error.code, error.status, other.requests.length], ['UPGRADE_REFUSED', 302, 0]);
});

test('a POST is redirected only where its method and body are kept', async (t) => {
  for (const [status, words] of [
    [307, undefined],
    [302, 'long-polling was answered with HTTP 302, a redirect to /there that does not keep the method POST'],
  ]) {
    const bodies = [];
    const { url } = await startHttpServer(t, async (request, response) => {
      if (request.method === 'GET') {
        if (!request.url.includes('sid=')) response.end(HANDSHAKE);
        return;
      }
      if (!request.url.startsWith('/there')) return response.writeHead(status, { location: '/there' }).end();
      bodies.push(String(await request.toArray()));
      response.end('ok');
    });
    const dialled = dial(t, { url, ...ONLY });
    await dialled.until(({ link }) => link);
    dialled.link.send('4a');
    dialled.link.send('4b');
    if (words === undefined) {
      await dialled.until(() => dialled.link.isWritten);
      assert.deepEqual(bodies, ['4a\x1e4b']);
    } else {
      const loss = await dialled.lost();
      assert.deepEqual([loss.reason, loss.isCutOff, loss.error], [words, true, undefined]);
    }
  }
});

test('a session that the server does not know any more', async (t) => {
  const { url, requests } = await startScript(t, [
    HANDSHAKE,
    (response) => response.writeHead(400).end('{"code":1,"message":"Session ID unknown"}'),
  ]);
  const loss = await dial(t, { url, ...ONLY }).lost();
  assert.deepEqual(
    [loss.reason, loss.isCutOff, loss.error],
    ['long-polling was answered with HTTP 400: Session ID unknown', false, undefined],
  );
  assert.equal(requests.length, 2);
});

test('a gateway that fails leaves it open whether the server knows', async (t) => {
  const { url } = await startScript(t, [HANDSHAKE, (response) => response.writeHead(502).end('<html>')]);
  const loss = await dial(t, { url, ...ONLY }).lost();
  assert.equal(loss.isCutOff, true);
  assert.match(loss.reason, /^long-polling was answered with HTTP 502/);
});

test('after a POST has failed, the poll still brings the last packets and the reason', async (t) => {
  let poll;
  const { url } = await startScript(
    t,
    [
      HANDSHAKE,
      (response) => {
        poll = response;
      },
    ],
    (_request, response) => {
      response.writeHead(400).end('{"code":1,"message":"Session ID unknown"}');
      poll.end('4last\x1e1');
    },
  );
  const dialled = dial(t, { url, ...ONLY });
  await dialled.until(({ link }) => link);
  dialled.link.send('4a');
  const loss = await dialled.lost();
  assert.deepEqual(dialled.frames.slice(1), ['4last', '1']);
  assert.deepEqual([loss.reason, loss.isPlainClose], ['closed by the server', true]);
});

test('after a POST has failed, a silent poll is not waited for', async (t) => {
  const { url } = await startScript(t, [HANDSHAKE], (_request, response) => response.writeHead(400).end('no session'));
  const dialled = dial(t, { url, ...ONLY });
  await dialled.until(({ link }) => link);
  dialled.link.send('4a');
  const loss = await dialled.lost();
  assert.deepEqual([loss.reason, loss.isCutOff], ['long-polling was answered with HTTP 400: no session', false]);
});

test('a broken poll is not repeated: it may have carried events', async (t) => {
  const { url, requests } = await startScript(t, [
    HANDSHAKE,
    (response) => {
      response.write('4first\x1e4seco');
      setImmediate(() => response.destroy());
    },
  ]);
  const dialled = dial(t, { url, ...ONLY });
  const loss = await dialled.lost();
  assert.deepEqual(
    [loss.isCutOff, loss.error, dialled.frames.slice(1), requests.length],
    [true, undefined, ['4first'], 2],
  );
});

test('polls answered at once without data are paced', async (t) => {
  let polls = 0;
  const { url } = await startHttpServer(t, (_request, response) => response.end(polls++ === 0 ? HANDSHAKE : '6'));
  dial(t, { url, ...ONLY });
  const began = performance.now();
  await new Promise((resolve) => {
    const check = () => (polls >= 12 ? resolve() : setImmediate(check));
    check();
  });
  assert.ok(performance.now() - began >= 10 * 40 - 10, `${performance.now() - began} ms`);
});

test('an orderly close tells the server: first the farewell, then the end of the session', async (t) => {
  const { socket, link, dialled } = await connect(t);
  const disconnected = once(socket, 'disconnect');
  const closed = once(socket.conn, 'close');
  await link.close(1000, '', '41');
  assert.equal((await disconnected)[0], 'client namespace disconnect');
  assert.equal((await closed)[0], 'transport close');
  assert.equal(dialled.loss, undefined);
});

test('a session that the server closes', async (t) => {
  const { socket, dialled } = await connect(t);
  socket.conn.close();
  const loss = await dialled.lost();
  assert.deepEqual([loss.reason, loss.isPlainClose, dialled.frames.at(-1)], ['closed by the server', true, '1']);
});

test('cookies come back where the runtime keeps none, beside those of the user', async (t) => {
  const set = [
    ['node=a; Path=/; HttpOnly', 'gone=1', 'odd', '=x'],
    ['gone=; Max-Age=0', 'old=1; Expires=Fri, 31 Dec 1999 23:59:59 GMT', `long=${'x'.repeat(4096)}`],
    Array.from({ length: 20 }, (_, n) => `c${n}=${n}`),
  ];
  const script = [HANDSHAKE, '4a', '4b'];
  const { url, requests } = await startHttpServer(t, (_request, response) => {
    const answer = script.shift();
    if (answer !== undefined) response.writeHead(200, { 'set-cookie': set.shift() }).end(answer);
  });
  const dialled = dial(t, { url, ...ONLY, headers: { Cookie: 'own=1' } });
  await dialled.frame((frame) => frame === '4b');
  while (requests.length < 4) await new Promise((resolve) => setImmediate(resolve));
  const [first, second, third, fourth] = requests.map(({ headers }) => headers.cookie);
  assert.deepEqual([first, second, third], ['own=1', 'own=1; node=a; gone=1', 'own=1; node=a']);
  assert.equal(fourth.split('; ').length, 1 + 16);
});

test('a new token is sent with the next request', async (t) => {
  const { url, requests } = await startScript(t, [HANDSHAKE]);
  const dialled = dial(t, { url, ...ONLY });
  await dialled.until(({ link }) => link);
  dialled.link.setToken('newer');
  dialled.link.send('4a');
  await dialled.until(() => dialled.link.isWritten);
  assert.equal(requests.find(({ method }) => method === 'POST').headers.authorization, 'Bearer newer');
});

test('a dropped session makes no further request', async (t) => {
  const { url, requests } = await startScript(t, [HANDSHAKE]);
  const dialled = dial(t, { url, ...ONLY });
  await dialled.until(({ link }) => link);
  while (requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const ended = once(requests[1].socket, 'close');
  dialled.link.drop();
  dialled.link.send('4a');
  await ended;
  assert.deepEqual([dialled.loss, requests.length], [undefined, 2]);
});
