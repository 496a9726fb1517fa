/** What servers and users tell a session has no secrets in a recording, whatever its form. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatRecording } from '../../lib/recording/format.js';
import { maskJson } from '../../lib/recording/json-mask.js';
import { Mask } from '../../lib/recording/mask.js';
import { Pseudonyms } from '../../lib/recording/pseudonyms.js';
import { replay } from '../../lib/recording/replay.js';
import { PLACES, placesIn, secretAt as s } from '../support/secret-places.js';

const CONFIG = {
  protocol: 'socket.io',
  token: { text: s('options.token'), lifetime: 0 },
  reconnect: { enabled: true, attempts: 3, delay: 100, delayMax: 1000, randomization: 0, afterServerDisconnect: false },
  connectTimeout: 20_000,
  outbox: { messages: 10, bytes: 10_000, age: 60_000 },
  maxMessageBytes: 1 << 20,
};
const json = JSON.stringify;
const event = (payload, metadata = {}) =>
  `42${json(['event', { id: 'e1', topic: 'a', source: 'database', type: 'database.insert', payload, metadata }, s('private session id for the recovery')])}`;

/** What goes into the session, at every place that leads there. */
const CALLS = [
  ['listen', null, true],
  ['listenToMessages', true],
  ['subscribe', 1, 'a', json({ owner: s('value in a filter') })],
  ['joinChannel', 1, 'room'],
  ['connect', 2],
  ['provideToken', 3, { text: s('first token of the token function'), lifetime: 0 }],
  [
    'handleDisconnect',
    4,
    `the upgrade of http://host/${s('path of the url')} was refused`,
    {
      code: 'UPGRADE_REFUSED',
      message: `503: ${s('body of a refused upgrade')}; x: ${s('header of a refused upgrade')}, to ${s('target of a redirected upgrade')}`,
      cause: s('cookie of long-polling'),
      status: 503,
    },
  ],
  ['handleTimeout', 5000],
  ['handleOpen', 5001],
  [
    'receive',
    5002,
    `0${json({ sid: s('Engine.IO session id'), upgrades: [], pingInterval: 25_000, pingTimeout: 20_000 })}`,
  ],
  ['pollFrame', 5003],
  ['receive', 5004, `40${json({ sid: 'public', pid: s('private session id for the recovery') })}`],
  ['pollFrame', 5005],
  ['pollFrame', 5006],
  ['receive', 5007, `430${json([{ error: 'Forbidden', message: s('refusal of a subscription') }])}`],
  ['receive', 5007, `431${json([{ error: s('answer to a message') }])}`],
  [
    'receive',
    5008,
    event(
      { text: s('payload of an event'), [s('event that repeats a token')]: 1 },
      { trace: s('metadata of an event') },
    ),
  ],
  [
    'receive',
    5009,
    `42${json(['error', { error: 'X', message: s('error event of the server'), subscriptionId: s('name of a subscription in an error') }])}`,
  ],
  ['receive', 5010, `42["event",{"id":"broken ${s('frame that is not JSON')}`],
  ['receive', 5010, s('frame that is not JSON')],
  ['receive', 5010, `9${s('frame that is not JSON')}`],
  [
    'receive',
    5011,
    `42${json(['custom', s('frame of an unknown kind'), { [s('frame of an unknown kind')]: s('frame of an unknown kind') }])}`,
  ],
  ['receive', 5011, `42${json([s('frame of an unknown kind')])}`],
  ['receive', 5011, `40/${s('frame of an unknown kind')},{}`],
  [
    'receive',
    5012,
    `42${json(['event', { id: s('message of a channel'), topic: 'room', source: 'socket', type: s('direct message'), payload: s('data of a presence') }])}`,
  ],
  [
    'receive',
    5013,
    `451-${json(['event', { id: 'e2', topic: 'a', payload: { bytes: { _placeholder: true, num: 0 } } }])}`,
  ],
  ['receiveBinary', 5014, { bytes: [...Buffer.from(s('attachment of an event'))] }],
  [
    'emit',
    5015,
    {
      event: 'channel:publish',
      payload: json({ channel: 'room', event: 'said', data: { text: s('message to a channel') } }),
      attachments: [],
      timeout: 1000,
      retry: false,
      volatile: false,
    },
  ],
  ['pollFrame', 5016],
  ['provideToken', 5017, { text: s('renewed token of the token function'), lifetime: 0 }],
  ['pollFrame', 5018],
  ['receive', 5019, '41'],
  ['handleClose', 5020, `the server closed: ${s('reason of a close frame')}`],
  ['connect', 5021],
  ['handleOpen', 5022],
  ['receive', 5023, `0${json({ sid: s('Engine.IO session id'), upgrades: [] })}`],
  [
    'receive',
    5024,
    `44${json({ message: `invalid ${s('message of CONNECT_ERROR')}`, data: { code: s('data of CONNECT_ERROR'), token: s('token that the server refuses') } })}`,
  ],
  ['abandon', s('error of the token function')],
];

/** @param {unknown[][]} calls */
function lines(calls, config = CONFIG) {
  const all = calls.flatMap(([call, ...args]) => [{ call, args }, ...Array(6).fill({ call: 'pollOutput', args: [] })]);
  return [{ config }, ...all].map((line) => `${json(line)}\n`).join('');
}

const about = { engine: 'native', payloads: false, redact: (/** @type {string} */ text) => text };

test('no place that leads into the session shows its secret', () => {
  const raw = lines(CALLS);
  const planted = placesIn(raw);
  assert.ok(planted.length > 28, `${planted.length} of ${Object.keys(PLACES).length} places lead into a session`);
  const recording = formatRecording(raw, about);
  assert.deepEqual(placesIn(recording), []);
  const steps = [...replay(recording)];
  assert.deepEqual(
    steps.filter(({ difference }) => difference),
    [],
  );
});

test('with payloads, credentials of the client are hidden all the same', () => {
  const token = s('options.token');
  const raw = lines([...CALLS, ['receive', 6000, event({ repeats: token })]]);
  const recording = formatRecording(raw, { ...about, payloads: true, redact: (text) => text.replaceAll(token, '***') });
  const shown = placesIn(recording, { payloads: true });
  assert.deepEqual(shown, ['event that repeats a token'], 'only what the user has asked for');
});

test('equal values have equal pseudonyms, and different ones different ones', () => {
  const names = new Pseudonyms();
  const values = ['', 'a', 'b', 'ab', 's_1', 's_2', ...Array.from({ length: 500 }, (_, index) => `${index}`)];
  const first = values.map((value) => names.text(value));
  assert.equal(new Set(first).size, values.length);
  assert.deepEqual(
    values.map((value) => names.text(value)),
    first,
  );
  assert.equal(names.text('a long text').length, 'a long text'.length);
  const numbers = ['0', '1', '12', '12.0', '-3', '1e3', '1000'].map((source) => names.number(source));
  assert.equal(numbers[2], numbers[3], '12 and 12.0 are one number');
  assert.equal(numbers[5], numbers[6]);
  assert.equal(new Set(numbers).size, 5);
});

test('filters find in masked payloads what they found before', () => {
  const calls = (filter, payload) => [
    ['listen', null, true],
    ['subscribe', 1, 'a', json(filter)],
    ['connect', 2],
    ['handleOpen', 3],
    ['receive', 4, '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'],
    ['receive', 5, '40{"sid":"y"}'],
    ['receive', 6, event(payload)],
  ];
  for (const [filter, payload, isWanted] of /** @type {const} */ ([
    [{ campusId: 12 }, { campusId: 12 }, true],
    [{ campusId: 12 }, { campusId: 13 }, false],
    [{ campusId: 12 }, { campusId: '12' }, false],
    [{ a: { in: ['x', 'y'] } }, { a: 'y' }, true],
    [{ a: { in: ['x', 'y'] } }, { a: 'z' }, false],
    [{ a: { eq: true } }, { a: true }, true],
    [{ a: { eq: null } }, { a: false }, false],
    [{ 'a.b': 'deep' }, { a: { b: 'deep' } }, true],
    [{ 'a.b': 'deep' }, { a: { b: 'other' } }, false],
    [{ 'a.b': 'flat' }, { 'a.b': 'flat' }, true],
    [{ a: { above: 3 } }, { a: 1 }, true],
  ])) {
    const recording = formatRecording(lines(calls(filter, payload)), about);
    const { delivers } = /** @type {any} */ ([...replay(recording)].find(({ at }) => at === 6));
    assert.equal(delivers, isWanted ? 'a' : undefined, json([filter, payload]));
  }
});

test('the form of JSON stays, whether it is valid or not', () => {
  const rules = { text: (/** @type {string} */ value) => 'x'.repeat(value.length), number: () => '7' };
  for (const [text, masked] of [
    ['{"a":[1,"b",{"c":null}],"d":true}', '{"x":[7,"x",{"x":null}],"x":true}'],
    [' [ 1 , ] ', ' [ 7 , ] '],
    ['{"a" 1', '{"x" 7'],
    ['{"a":"un', '{"x":"xx"'],
    ['nul abc "', 'xxx xxx ""'],
    ['', ''],
  ])
    assert.equal(maskJson(text, rules), masked);
});

test('sentences keep the words that are known, and nothing else', () => {
  const mask = new Mask(false, (text) => text);
  assert.equal(mask.sentence('the connection was lost'), 'the connection was lost');
  assert.equal(mask.sentence('TokenExpiredError: jwt expired'), 'TokenExpiredError: jwt expired');
  for (const secret of ['hunter2', 'hunter', 'Zm9v.YmFy', 'whsec_abc', 'a-b-zebra', 'ZEBRA']) {
    const sentence = mask.sentence(`the token '${secret}' is invalid.`);
    assert.ok(
      !sentence.includes(secret) && sentence.startsWith("the token '") && sentence.endsWith("' is invalid."),
      sentence,
    );
  }
});
