/**
 * HTTP proxies: sockets and requests through CONNECT, what the environment says, and what a proxy
 * may refuse.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { proxyOf } from '../../lib/engines/native/proxy.js';
import { RealtimeClient } from '../../lib/index.js';
import { parseOptions } from '../../lib/options/client.js';
import { cert, key } from '../support/certificate.js';
import { startConnectProxy } from '../support/connect-proxy.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { start } from '../support/program.js';

const wires = [
  ['ws://', { protocol: 'ws' }, {}],
  ['Socket.IO over a WebSocket', {}, {}],
  ['long-polling', { transports: ['polling'] }, {}],
  ['wss://', { protocol: 'ws', tls: { ca: cert } }, { tls: { cert, key } }],
  ['Socket.IO over TLS', { tls: { ca: cert } }, { tls: { cert, key } }],
];
for (const [name, options, platformOptions] of wires) {
  nativeTest('proxy')(`sockets and requests go through the proxy, with user and password: ${name}`, async (t) => {
    const platform = await startPlatform(t, platformOptions);
    const proxy = await startConnectProxy(t, { credentials: 'us er:p@ss:word' });
    const { client, seen, errors } = observe(t, {
      ...options,
      url: platform.url,
      token: platform.token({ sub: 'u', permissions: ['service'] }),
      proxy: `http://us%20er:p%40ss:word@${proxy.address}`,
    });
    client.subscribe({ topic: 'a' });
    await platform.subscribed('a');
    platform.publish({ topic: 'a', payload: { n: 1 } });
    await seen('event');
    const sockets = proxy.connects.length;
    await client.sync.create('notes', { n: 1 }, 'n1');
    assert.deepEqual((await client.sync.get('notes', 'n1')).data, { n: 1 });
    assert.deepEqual(errors(), []);
    assert.ok(proxy.connects.length > sockets);
    assert.deepEqual(new Set(proxy.connects), new Set([`127.0.0.1:${platform.port}`]));
  });
}

nativeTest('proxy')('a name that only the proxy can resolve is left to it', async (t) => {
  const platform = await startPlatform(t, { allowedHosts: ['platform.test'] });
  const proxy = await startConnectProxy(t, { hosts: { 'platform.test:80': platform.port } });
  const { reached } = observe(t, {
    url: 'http://platform.test',
    token: platform.token(),
    proxy: `http://${proxy.address}`,
  });
  await reached('connected');
});

const refusals = [
  ['a wrong password is final', { credentials: 'user:right' }, 407, 'disconnected', /^The proxy .* answered HTTP 407/],
  [
    'a server the proxy does not allow is final, and no matter of the token',
    { status: 403 },
    403,
    'disconnected',
    /HTTP 403/,
  ],
  ['a server the proxy cannot reach is tried again', { status: 502 }, 502, 'reconnecting', /HTTP 502/],
];
for (const [name, options, status, state, words] of refusals) {
  nativeTest('proxy')(`${name}: PROXY_ERROR with status ${status}`, async (t) => {
    const proxy = await startConnectProxy(t, options);
    const { client, seen, reached } = observe(t, {
      url: 'http://platform.test',
      token: 'the.token',
      proxy: `http://user:hunter2@${proxy.address}`,
    });
    const error = await seen('error');
    const request = await client.sync.get('notes', 'n1', { timeout: 300 }).catch((error) => error);
    for (const each of [error, request]) {
      assert.equal(each.code, 'PROXY_ERROR');
      assert.equal(each.status, status);
      assert.match(each.message, /proxy/);
    }
    assert.match(error.message, words);
    const change = await reached(state);
    assert.doesNotMatch(
      inspect([error, request, change, client], { depth: 9, showHidden: true }),
      /hunter2|aHVudGVyMg/,
    );
  });
}

nativeTest('proxy')(
  'a proxy that is missing, hangs up, or does not speak HTTP: PROXY_ERROR, and a retry',
  async (t) => {
    const answers = [
      ['closed the connection before it answered', (socket) => socket.once('data', () => socket.end())],
      ['does not answer in HTTP', (socket) => socket.write('SSH-2.0-OpenSSH\r\n')],
      [
        'sent more than its answer',
        (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nhello')),
      ],
    ];
    const listener = net.createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.after(() => listener.close());
    const proxy = `http://127.0.0.1:${listener.address().port}`;
    for (const [words, answer] of answers) {
      listener
        .removeAllListeners('connection')
        .on('connection', (socket) => answer(socket.resume().on('error', () => {})));
      const { client, seen, reached } = observe(t, { url: 'http://platform.test', token: 't', proxy });
      const error = await seen('error');
      assert.deepEqual([error.code, error.status], ['PROXY_ERROR', undefined]);
      assert.ok(error.message.includes(words), error.message);
      await reached('reconnecting');
      client.destroy();
    }
    listener.close();
    await once(listener, 'close');
    const { seen } = observe(t, { url: 'http://platform.test', token: 't', proxy });
    assert.match((await seen('error')).message, /cannot be reached: connect ECONNREFUSED/);
  },
);

nativeTest('proxy')('a program finds its proxy in the environment', async (t) => {
  const platform = await startPlatform(t, { allowedHosts: ['platform.test'] });
  const proxy = await startConnectProxy(t, { hosts: { 'platform.test:80': platform.port } });
  process.env.http_proxy = proxy.address;
  t.after(() => delete process.env.http_proxy);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      client.on('connection', ({ state }) => {
        console.log(state);
        if (state === 'connected') client.destroy();
      });
    },
    ['http://platform.test', platform.token()],
  );
  assert.deepEqual((await program.ended).stdout, ['connecting', 'connected']);
  assert.deepEqual(proxy.connects, ['platform.test:80']);
});

const found = [
  ['http://a.test', { http_proxy: 'http://p:1' }, 'p:1'],
  ['http://a.test', { HTTP_PROXY: 'http://p:1' }, undefined, 'anybody can set it through CGI'],
  ['https://a.test', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' }, 'q:2'],
  ['https://a.test', { HTTPS_PROXY: 'http://p:1' }, 'p:1'],
  ['https://a.test', { http_proxy: 'http://p:1' }, undefined],
  ['http://a.test', { ALL_PROXY: 'http://p:1' }, 'p:1'],
  ['https://a.test', { all_proxy: 'http://p:1', https_proxy: '' }, 'p:1'],
  ['https://a.test', { https_proxy: 'p:1' }, 'p:1', 'the scheme may be missing'],
  ['https://a.test', { https_proxy: 'http://p' }, 'p:80'],
  ['https://a.test', { https_proxy: 'http://[::1]:3128/' }, '::1:3128'],
  ['http://localhost:3000', { http_proxy: 'http://p:1' }, undefined, 'this machine'],
  ['http://127.1.2.3', { http_proxy: 'http://p:1' }, undefined, 'this machine'],
  ['http://[::1]', { http_proxy: 'http://p:1' }, undefined, 'this machine'],
];
for (const [url, environment, expected, note] of found) {
  test(`${url} with ${JSON.stringify(environment)}${note ? ` (${note})` : ''}: ${expected ?? 'no proxy'}`, () => {
    const proxy = proxyOf(url, environment);
    assert.equal(proxy && `${proxy.host}:${proxy.port}`, expected);
  });
}

const exceptions = [
  ['https://a.test', '*', true],
  ['https://a.test', 'b.test, a.test', true],
  ['https://a.test', 'b.test A.TEST', true],
  ['https://x.a.test', 'a.test', true],
  ['https://x.a.test', '.a.test', true],
  ['https://a.test', '.a.test', true],
  ['https://x.a.test', '*.a.test', true],
  ['https://xa.test', 'a.test', false],
  ['https://a.test', 'x.a.test', false],
  ['https://a.test:8443', 'a.test:8443', true],
  ['https://a.test', 'a.test:443', true],
  ['https://a.test', 'a.test:8443', false],
  ['https://10.1.2.3', '10.1.2.3', true],
  ['https://10.1.2.3:8443', '10.1.2.3:8443', true],
  ['https://10.1.2.3', '10.0.0.0/8', true],
  ['https://10.1.2.3', '11.0.0.0/8', false],
  ['https://10.1.2.3', '10.0.0.0/99', false],
  ['https://10.1.2.3', '1.2.3', false],
  ['https://[fd00::1]', 'fd00::/8', true],
  ['https://[fd00::1]', 'fd00::1', true],
  ['https://[fd00::1]:8443', '[fd00::1]:8443', true],
  ['https://[fd00::1]', '[fd00::1]:8443', false],
  ['https://[fd00::1]', '10.0.0.0/8', false],
  ['https://a.test', ', ,.', false],
  ['https://a.test', '', false],
];
test('exceptions of NO_PROXY', () => {
  for (const [url, list, excepted] of exceptions) {
    for (const name of ['no_proxy', 'NO_PROXY']) {
      const proxy = proxyOf(url, { https_proxy: 'http://p:1', [name]: list });
      assert.equal(proxy === undefined, excepted, `${url} with ${name}='${list}'`);
    }
  }
});

nativeTest('proxy')('the option overrides the environment; an invalid proxy is rejected, and never shown', (t) => {
  process.env.https_proxy = 'socks5://user:hunter2@p:1';
  t.after(() => delete process.env.https_proxy);
  const parse = (options) => parseOptions({ url: 'https://a.test', token: 't', ...options }).config.proxy;
  assert.equal(parse({ proxy: false }), undefined);
  assert.deepEqual(parse({ proxy: 'http://q' }), { host: 'q', port: 80, authorization: undefined });
  assert.deepEqual(parse({ proxy: 'http://100%:%zz@q:2' }), {
    host: 'q',
    port: 2,
    authorization: `Basic ${Buffer.from('100%:%zz').toString('base64')}`,
  });
  const refused = (run, words) => {
    assert.throws(run, (error) => {
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.match(error.message, words);
      assert.doesNotMatch(inspect(error), /hunter2/);
      return true;
    });
  };
  refused(() => parse({}), /environment variable https_proxy: expected an http:\/\/ URL .*options\.proxy/s);
  for (const proxy of ['', 'p:1', 'https://hunter2@p', 'socks5://hunter2@p', 'http://p/hunter2', true, null, {}])
    refused(() => parse({ proxy }), /^RealtimeClient\(\): options\.proxy: expected an http:\/\/ URL/);
  refused(() => new RealtimeClient({ url: 'https://a.test', token: 't', proxy: 'ftp://hunter2@p' }), /options\.proxy/);
});

nativeTest('proxy')('a SOCKS proxy, or one over TLS, is said to be unsupported, with the ways around it', (t) => {
  const withoutPassword = (error) => {
    assert.equal(error.code, 'INVALID_ARGUMENT');
    assert.doesNotMatch(inspect(error), /hunter2/);
    return error.message;
  };
  const unsupported = [
    ['socks5://user:hunter2@p:1080', 'SOCKS proxies are not supported'],
    ['socks://p', 'SOCKS proxies are not supported'],
    ['SOCKS4A://p:1080', 'SOCKS proxies are not supported'],
    ['socks5h://hunter2', 'SOCKS proxies are not supported'],
    ['https://user:hunter2@p', 'proxies that are reached over TLS (https://) are not supported'],
  ];
  t.after(() => delete process.env.ALL_PROXY);
  for (const [proxy, words] of unsupported) {
    process.env.ALL_PROXY = proxy;
    const make = (options) =>
      new RealtimeClient({ url: 'https://a.test', token: 't', autoConnect: false, ...options }).destroy();
    assert.throws(make, (error) => {
      const message = withoutPassword(error);
      for (const part of [words, 'environment variable ALL_PROXY', 'NO_PROXY', 'options.proxy to false'])
        assert.ok(message.includes(part), message);
      return true;
    });
    make({ proxy: false });
    make({ proxy: 'http://p' });
    process.env.NO_PROXY = 'a.test';
    make();
    delete process.env.NO_PROXY;
    assert.throws(
      () => make({ proxy }),
      (error) =>
        withoutPassword(error).startsWith('RealtimeClient(): options.proxy: expected') && error.message.includes(words),
    );
  }
});
