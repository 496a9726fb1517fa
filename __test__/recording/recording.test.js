/** The flight recorder of both engines: what it records can be replayed, and has no secrets. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { recorder } from '../../lib/recorder.js';
import { engine } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { placesIn, secretAt } from '../support/secret-places.js';
import { fly, PAYLOAD, parsed } from './flight.js';

const ROOT = join(import.meta.dirname, '..', '..');
const KB = 1024;

/** All steps of a replay. @param {string} recording */
function replay(recording) {
  return [...recorder.replay(recording)];
}

/** @param {import('node:test').TestContext} t @param {string} text */
function save(t, text) {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'recording.jsonl');
  writeFileSync(path, text);
  return path;
}

/** @param {string[]} args */
function runReplay(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'replay.js'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('a connection with a recovered loss, a token renewal and a gap is recorded, and replays equally in both sessions', async (t) => {
  const { recording, tokens, gaps } = await fly(t, {});
  const [header, ...lines] = parsed(recording);
  assert.deepEqual([header.recording, header.engine, header.isWhole], [1, engine, true]);
  const items = lines.flatMap(({ returns }) => (returns?.kind === 'notice' ? [returns.item] : []));
  const kinds = items.map(([kind, body]) => (kind === 'connection' ? body.state : kind));
  for (const kind of ['connecting', 'connected', 'reconnecting', 'gap', 'subscribed', 'outcome', 'token'])
    assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
  assert.ok(
    items.some(([, { recovered }]) => recovered === true),
    'the session was recovered once',
  );
  assert.equal(lines.filter(({ call }) => call === 'provideToken').length, tokens.length);
  assert.equal(items.filter(([kind]) => kind === 'gap').length, gaps().length);

  const steps = replay(recording);
  assert.deepEqual(
    steps.filter(({ difference }) => difference),
    [],
  );
  assert.deepEqual(
    steps.filter(({ differs }) => differs),
    [],
    'the two sessions agree',
  );
  assert.equal(steps.length, lines.length);
  const { state } = steps[steps.length - 1];
  assert.equal(state.phase, 'connected');
  assert.deepEqual(
    state.subscriptions.map(({ id, topic, isConfirmed }) => [id, topic, isConfirmed]),
    [
      ['sub_1', 'session.status', true],
      ['sub_2', 'order.updated', true],
    ],
  );

  const path = save(t, recording);
  for (const session of ['javascript', 'native']) {
    const { status, stdout, stderr } = runReplay(path, '--engine', session);
    assert.equal(status, 0, `${session}: ${stdout}${stderr}`);
    assert.match(stdout, session === 'native' ? /the session did what was recorded/ : /did what is recorded/);
  }
});

test('a replay stops at a line that was changed, and names it', async (t) => {
  const { recording } = await fly(t, {});
  const lines = recording.trimEnd().split('\n');
  const changes = {
    'another frame': { find: '"call":"pollFrame"', change: (line) => ({ ...line, returns: `${line.returns} ` }) },
    'a later deadline': {
      find: '"deadline":',
      change: (line) => {
        line.then.deadline += 1;
        return line;
      },
    },
    'an event that was not delivered': { find: '"delivers":', change: ({ delivers, ...line }) => line },
    'a random number that was not drawn': {
      find: '"draws":',
      change: (line) => ({ ...line, draws: [...line.draws, 0.5] }),
    },
    'an event of another topic': {
      find: '"delivers":"session.status"',
      change: (line) => ({ ...line, args: [line.args[0], line.args[1].replace('session.status', 'another.topic1')] }),
    },
  };
  for (const [name, { find, change }] of Object.entries(changes)) {
    const at = lines.findLastIndex((line) => line.includes(find));
    assert.ok(at > 0, name);
    const tampered = lines.with(at, JSON.stringify(change(JSON.parse(lines[at])))).join('\n');
    const last = replay(tampered).at(-1);
    assert.ok(last?.difference, `${name} is found`);
    assert.equal(last.line, at + 1, name);
    const { status, stdout } = runReplay(save(t, tampered));
    assert.equal(status, 1, name);
    assert.ok(stdout.startsWith(`Line ${at + 1}: ${JSON.parse(lines[at]).call} differs in `), stdout);
  }
  assert.throws(
    () => replay(lines.with(3, '{"call":"fly","args":[]}').join('\n')),
    /Line 4: the session has no call 'fly'/,
  );
  assert.throws(() => replay(lines.with(3, '{').join('\n')), /Line 4: this is not JSON/);
  assert.throws(() => replay('{}'), /not a recording/);
});

test('a recording stays within its bytes under a flood, and replays from where it begins', async (t) => {
  const platform = await startPlatform(t);
  const maxBytes = 64 * KB;
  const { client, seen } = observe(t, { url: platform.url, token: platform.token(), record: { maxBytes } });
  client.subscribe({ topic: 'a', filter: { kind: 'wanted' } });
  client.subscribe({ topic: 'b.*' });
  client.unsubscribe(client.subscribe({ topic: 'c' }));
  await client.socketClient.joinChannel('room');
  await platform.subscribed('a');
  const sizes = [];
  for (let round = 0; round < 10; round += 1) {
    for (let number = 0; number < 300; number += 1)
      platform.publish({ id: `${round}-${number}`, topic: 'a', payload: { kind: 'wanted', number } });
    await seen('event', ({ id }) => id === `${round}-299`);
    sizes.push(String(client.recording()).length);
  }
  // What a session needs to continue adds some lines to those of the ring.
  assert.ok(Math.max(...sizes) < maxBytes + 8 * KB, `${sizes}`);
  assert.ok(Math.min(...sizes) > maxBytes / 4, `${sizes}`);
  const recording = String(client.recording());
  const [header] = parsed(recording);
  assert.equal(header.isWhole, false);
  const steps = replay(recording);
  assert.deepEqual(
    steps.filter(({ difference }) => difference),
    [],
  );
  const published = steps.filter(({ delivers }) => delivers);
  assert.ok(steps.length - steps.indexOf(published[published.length - 1]) < 20, 'the latest event is near the end');
  assert.deepEqual(
    steps.at(-1)?.state.subscriptions.map(({ id }) => id),
    ['sub_1', 'sub_2'],
  );
  assert.ok(published.length > 50, `${published.length} events`);
  const differing = steps.filter(({ differs }) => differs).map(({ line, call }) => `${line} ${call}`);
  assert.ok(differing.length < 5, `the replay is close: ${differing}`);

  const path = save(t, recording);
  const { status, stdout, stderr } = runReplay(path, '--engine', 'native');
  assert.equal(status, 0, stdout + stderr);
});

test('a recording begins again behind a frame that it cannot hold', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen } = observe(t, { url: platform.url, token: platform.token(), record: { maxBytes: 64 * KB } });
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  platform.publish({ id: 'large', topic: 'a', payload: { text: 'x'.repeat(100 * KB) } });
  platform.publish({ id: 'small', topic: 'a', payload: {} });
  await seen('event', ({ id }) => id === 'small');
  const recording = String(client.recording());
  assert.ok(recording.length < 64 * KB && !parsed(recording)[0].isWhole);
  const steps = replay(recording);
  assert.deepEqual(
    steps.filter(({ difference }) => difference),
    [],
  );
  assert.equal(steps.at(-1)?.state.phase, 'connected');
});

test('payloads are in a recording only where they are asked for', async (t) => {
  const withPayloads = await fly(t, { record: { payloads: true } });
  const text = withPayloads.recording;
  for (const value of [PAYLOAD.person, 'session.status', 'campusId']) assert.ok(text.includes(value), value);
  for (const token of withPayloads.tokens) assert.ok(!text.includes(token.slice(0, 60)), 'a token is never there');
  assert.deepEqual(
    replay(text).filter(({ difference, differs }) => difference || differs),
    [],
  );
  const { recording } = await fly(t, {});
  for (const value of ['Ada', 'example.com', '90210', 'campusId']) assert.ok(!recording.includes(value), value);
  assert.ok(recording.includes('session.status'), 'topics are there');
});

test('no secret of a client is in its recording', async (t) => {
  const platform = await startPlatform(t, { recovery: 60_000 });
  const s = secretAt;
  platform.faults.refuseUpgrades({
    status: 503,
    times: 1,
    body: { error: 'Unavailable', message: `no ${s('body of a refused upgrade')}` },
    headers: { 'x-said': s('header of a refused upgrade') },
  });
  const tokens = [];
  const { client, reached, seen } = observe(t, {
    url: platform.url,
    token: () => tokens[tokens.push(platform.token({ permissions: ['service'] })) - 1],
    headers: { 'x-api-key': s('options.headers.x-api-key'), cookie: `a=${s('options.headers.cookie, first value')}` },
    record: {},
  });
  client.subscribe({ topic: 'a', filter: { owner: s('value in a filter') } });
  client.subscribe({ topic: 'b' });
  await platform.subscribed('b');
  await client.socketClient.joinChannel('room');
  await client.socketClient.publish('room', 'said', { text: s('message to a channel') });
  await client.socketClient.directMessage('nobody', 'said', { text: s('direct message') }).catch(() => {});
  platform.publish({
    topic: 'b',
    payload: { text: s('payload of an event'), repeats: tokens[0], [s('event that repeats a token')]: 1 },
    metadata: { trace: s('metadata of an event') },
  });
  await seen('event', ({ topic }) => topic === 'b');
  await platform.faults.dropAll();
  await reached('connected', 2);
  const recording = String(client.recording());
  assert.deepEqual(placesIn(recording), []);
  for (const token of tokens)
    for (const part of token.split('.').filter((part) => part.length > 40)) assert.ok(!recording.includes(part), part);
  assert.deepEqual(
    replay(recording).filter(({ difference, differs }) => difference || differs),
    [],
  );
});

test('errors that a recording explains have one, which logs do not print', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen } = observe(t, {
    url: platform.url,
    token: platform.token(),
    reconnectionAttempts: 1,
    record: {},
  });
  await seen('connection', ({ state }) => state === 'connected');
  await platform.close();
  const error = await seen('error', ({ code }) => code === 'RECONNECT_FAILED');
  assert.ok(replay(error.recording).length > 10);
  assert.equal(replay(error.recording).at(-1)?.state.phase, 'idle');
  assert.ok(!Object.keys(error).includes('recording') && !inspect(error).includes('pollOutput'));
  assert.ok(!JSON.stringify(error).includes('pollOutput'));
  const before = error.recording;
  client.connect();
  assert.equal(error.recording, before, 'it is what was recorded when the error happened');
});

test('without the option nothing is recorded', async (t) => {
  const platform = await startPlatform(t);
  const { client, reached } = observe(t, { url: platform.url, token: platform.token() });
  await reached('connected', 1);
  assert.equal(client.recording(), undefined);
});

test('the option is checked', (t) => {
  const create = (/** @type {any} */ record) =>
    observe(t, { url: 'http://localhost', token: 't', autoConnect: false, record });
  for (const [record, message] of /** @type {const} */ ([
    [true, /options\.record: expected an object with maxBytes/],
    [{ maxBytes: 0 }, /options\.record\.maxBytes: expected/],
    [{ payloads: 'yes' }, /options\.record\.payloads: expected/],
  ])) {
    assert.throws(() => create(record), message);
  }
});

test('the script says how to use it', (t) => {
  assert.match(runReplay().stderr, /^Usage: node scripts\/replay\.js FILE/);
  assert.match(runReplay('no-such-file').stderr, /no-such-file/);
  const path = save(t, readFileSync(join(ROOT, 'tests', 'recordings', 'flight-native.jsonl'), 'utf8'));
  const { status, stdout } = runReplay(path, '--step');
  assert.equal(status, 0);
  assert.match(stdout, /= connected; 2 of 2 subscriptions confirmed; next deadline: /);
});
