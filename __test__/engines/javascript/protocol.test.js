/** The protocol of the JavaScript engine: the cases of the tests in `src/protocol/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Assembler, restoreAttachments } from '../../../lib/engines/javascript/protocol/attachments.js';
import { decodeHandshake } from '../../../lib/engines/javascript/protocol/engine-io.js';
import { memberOf, parse, textOf } from '../../../lib/engines/javascript/protocol/json.js';
import { decodeElement, encodeElement } from '../../../lib/engines/javascript/protocol/payload.js';
import { decodePacket } from '../../../lib/engines/javascript/protocol/socket-io.js';
import { isEngineIo3, isVersionRefused } from '../../../lib/engines/javascript/protocol/versions.js';

const MAX_BYTES = 1000;
const DAY = 86_400_000;
const nested = (levels, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);
const rejects = (decode, message, note) =>
  assert.throws(decode, (problem) => {
    assert.equal(problem.kind, 'unreadable', note);
    assert.match(problem.message, message, note);
    return true;
  });

test('JSON: the depth is bounded, brackets in strings do not count', () => {
  assert.deepEqual(parse(nested(1_026)), JSON.parse(nested(1_026)));
  const text = JSON.stringify(['"[{\\'.repeat(2_000), { '[': '\\"[' }]);
  assert.deepEqual(parse(text), JSON.parse(text));
  const flat = JSON.stringify(Array.from({ length: 5_000 }, () => ({ a: [] })));
  assert.equal(parse(flat).length, 5_000);
  for (const deep of [nested(1_027), nested(600, `{"a":${nested(600)}}`), nested(100_000), `["\\"",${nested(1_030)}]`])
    rejects(() => parse(deep), /nests deeper than 1024 levels/);
});

test('JSON: anything else is rejected, without its text', () => {
  for (const text of [
    '',
    'secret',
    '{"secret":',
    '[1,]',
    '\ufeff1',
    "{'a':1}",
    '01',
    '"\n"',
    '1 2',
    nested(2_000).slice(1),
  ])
    rejects(() => parse(text), /^invalid JSON$/, text);
});

test('JSON: members are own members of objects', () => {
  for (const value of [undefined, null, 7, 'text', [1], ['length']]) assert.equal(memberOf(value, 'length'), undefined);
  for (const name of ['toString', '__proto__', 'constructor']) assert.equal(memberOf({}, name), undefined, name);
  assert.deepEqual(memberOf(JSON.parse('{"__proto__":{"a":1}}'), '__proto__'), { a: 1 });
  assert.equal(memberOf({ a: null }, 'a'), null);
  assert.deepEqual([textOf({ a: '' }, 'a'), textOf({ a: 1 }, 'a'), textOf('a', 'a')], ['', undefined, undefined]);
});

test('a handshake is read', () => {
  const json =
    '{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
  const handshake = { sid: 'lv_VI97HAXpY6yYWAAAB', pingInterval: 25_000, pingTimeout: 20_000 };
  assert.deepEqual(decodeHandshake(json), { ...handshake, maxPayload: 1_000_000, offersWebsocket: true });
  const bare = decodeHandshake('{"sid":"lv_VI97HAXpY6yYWAAAB"}');
  assert.deepEqual(bare, { ...handshake, maxPayload: undefined, offersWebsocket: false });
});

test('every number of a handshake is read', () => {
  for (const [number, interval, timeout, payload] of [
    ['25000.0', 25_000, 25_000, 25_000],
    ['2.5e4', 25_000, 25_000, 25_000],
    ['33333.333333', 33_333, 33_333, 33_333],
    ['99.5', 100, 100, 100],
    ['1', 1, 1, 1],
    ['86400001', DAY, DAY, 86_400_001],
    ['1e300', DAY, DAY, 1e300],
    ['1e999', DAY, DAY, Number.POSITIVE_INFINITY],
    ['null', DAY, DAY, undefined],
    ['0', 25_000, 20_000, undefined],
    ['-0.0', 25_000, 20_000, undefined],
    ['-5', 25_000, 20_000, undefined],
    ['-1e999', 25_000, 20_000, undefined],
    ['1e-9', 25_000, 20_000, undefined],
    ['"25000"', 25_000, 20_000, undefined],
    ['[1]', 25_000, 20_000, undefined],
    ['true', 25_000, 20_000, undefined],
  ]) {
    const json = `{"sid":"s","pingInterval":${number},"pingTimeout":${number},"maxPayload":${number}}`;
    const { pingInterval, pingTimeout, maxPayload } = decodeHandshake(json);
    assert.deepEqual([pingInterval, pingTimeout, maxPayload], [interval, timeout, payload], number);
  }
});

test('the offer of a WebSocket is found', () => {
  for (const [upgrades, offered] of [
    ['["websocket"]', true],
    ['[ "webtransport" , "web\\u0073ocket" ]', true],
    ['[]', false],
    ['["webtransport", 7, ["websocket"]]', false],
    ['null', false],
    ['"websocket"', false],
  ])
    assert.equal(decodeHandshake(`{"sid":"s","upgrades":${upgrades}}`).offersWebsocket, offered, upgrades);
});

test('a handshake without a session id is rejected', () => {
  const sids = ['""', '7', 'null', `"${'s'.repeat(257)}"`, `"${'é'.repeat(129)}"`];
  for (const json of [...sids.map((sid) => `{"sid":${sid}}`), '{}', '[]', '{"__proto__":{"sid":"s"}}'])
    rejects(() => decodeHandshake(json), /^Engine.IO handshake: `sid` must be a string of 1 to 256 bytes$/, json);
  for (const json of ['', '{"sid":"s"', '{}x']) rejects(() => decodeHandshake(json), /^invalid JSON/, json);
});

test('the head of every kind of packet is read', () => {
  for (const [text, type, namespace, id, attachments, payload] of [
    ['0', 0, '/', undefined, 0, ''],
    ['0{"sid":"a"}', 0, '/', undefined, 0, '{"sid":"a"}'],
    ['0/admin,{"token":"t"}', 0, '/admin', undefined, 0, '{"token":"t"}'],
    ['0/admin?a=1,', 0, '/admin?a=1', undefined, 0, ''],
    ['1', 1, '/', undefined, 0, ''],
    ['1/admin', 1, '/admin', undefined, 0, ''],
    ['2["foo"]', 2, '/', undefined, 0, '["foo"]'],
    ['2/admin,12["foo",1]', 2, '/admin', 12, 0, '["foo",1]'],
    ['2/,["foo"]', 2, '/', undefined, 0, '["foo"]'],
    ['2007["a"]', 2, '/', 7, 0, '["a"]'],
    ['3/admin,9007199254740991[]', 3, '/admin', Number.MAX_SAFE_INTEGER, 0, '[]'],
    ['4{"message":"no"}', 4, '/', undefined, 0, '{"message":"no"}'],
    ['4/admin,"no"', 4, '/admin', undefined, 0, '"no"'],
    ['51-["a",{}]', 5, '/', undefined, 1, '["a",{}]'],
    ['564-/admin,0["a"]', 5, '/admin', 0, 64, '["a"]'],
    ['62-/admin,7[]', 6, '/admin', 7, 2, '[]'],
    ['665-[]', 6, '/', undefined, 65, '[]'],
  ])
    assert.deepEqual(decodePacket(text), { type, namespace, id, attachments, payload }, text);
});

test('a bad head is rejected', () => {
  const count = /^binary packet must announce 1 to 64 attachments$/;
  for (const [text, message] of [
    ['', /^empty Socket.IO packet: it needs a type$/],
    ['7[]', /^packet of unknown Socket.IO type '7'$/],
    ['é', /^packet of unknown Socket.IO type 'é'$/],
    ['😀', /^packet of unknown Socket.IO type '😀'$/],
    ['5["a"]', count],
    ['5-["a"]', count],
    ['50-["a"]', count],
    ['5-1-["a"]', count],
    ['51.5-["a"]', count],
    ['699999999999-[]', count],
    [`6${'9'.repeat(400)}-[]`, count],
    ['61', count],
    [`2/${'n'.repeat(256)},["a"]`, /^namespace is longer than 256 bytes$/],
    [`2/${'é'.repeat(128)},["a"]`, /^namespace is longer than 256 bytes$/],
    ['29007199254740992["a"]', /^ack id is above 9007199254740991$/],
    ['399999999999999999999[]', /^ack id is above/],
  ])
    rejects(() => decodePacket(text), message, text);
});

test('a payload of the wrong type is rejected before it is parsed', () => {
  for (const text of '0[]|0"a"|1{}|2|2{}|2"a"|2 ["a"]|3|3{}|4[]|41true|51-|51-{}|61-|2é|2-1["a"]|2/admin|21.5["a"]'.split(
    '|',
  ))
    rejects(() => decodePacket(text), /^payload of a \w+ packet must be (an|nothing)/, text);
});

test('attachments: the packet comes with its last one', () => {
  const assembler = new Assembler(MAX_BYTES);
  assembler.begin('52-["a"]', 2);
  assert.equal(assembler.push(Uint8Array.of(1, 2, 3)), undefined);
  assert.equal(assembler.isPending(), true);
  const packet = assembler.push(new Uint8Array());
  assert.equal(packet.text, '52-["a"]');
  assert.deepEqual(packet.attachments, [Uint8Array.of(1, 2, 3), new Uint8Array()]);
  assert.equal(assembler.isPending(), false);
});

test('attachments: those without a packet are reported once, those of a dropped packet never', () => {
  const fresh = new Assembler(MAX_BYTES);
  rejects(() => fresh.push(new Uint8Array()), /^binary message although no packet waits/);
  assert.equal(fresh.push(new Uint8Array()), undefined);
  for (const drop of [
    (assembler) => assert.equal(assembler.skip(), undefined),
    (assembler) => rejects(() => assembler.begin('', 65), /^binary packet must announce/),
    (assembler) => {
      assembler.begin('large', 3);
      const large = new Uint8Array(MAX_BYTES + 1);
      rejects(() => assembler.push(large), /^attachments of one packet exceed 1000 bytes \(maxMessageBytes\)$/);
      assert.equal(assembler.skip(), 'large');
    },
  ]) {
    const assembler = new Assembler(MAX_BYTES);
    drop(assembler);
    for (let count = 0; count < 200; count += 1) assert.equal(assembler.push(new Uint8Array()), undefined);
    assembler.begin('next', 1);
    assert.equal(assembler.push(new Uint8Array()).text, 'next');
    rejects(() => assembler.push(new Uint8Array()), /although no packet waits/, 'another cause');
  }
});

test('attachments: a second packet is rejected before the first is complete; count and bytes are bounded', () => {
  const assembler = new Assembler(MAX_BYTES);
  for (const count of [0, 65, Number.NaN]) rejects(() => assembler.begin('', count), /1 to 64/);
  assembler.begin('first', 64);
  rejects(() => assembler.begin('second', 1), /^packet although the one before waits for attachments$/);
  assert.equal(assembler.push(new Uint8Array(MAX_BYTES)), undefined);
  rejects(() => assembler.push(Uint8Array.of(1)), /exceed/);
});

test('attachments: they get into the places of their placeholders', () => {
  const [a, b] = [Buffer.of(1), Buffer.of(2)];
  const at = (num) => ({ _placeholder: true, num });
  const event = { id: 'e', list: [at(1), { deep: at(0) }, at(1)], payload: at(0), none: null };
  assert.equal(restoreAttachments(event, [a, b]), event);
  assert.deepEqual(event, { id: 'e', list: [b, { deep: a }, b], payload: a, none: null });
  const inherited = { _placeholder: true };
  const kept = () => [
    { _placeholder: 1, num: 0 },
    ...[2, -1, 0.5, 'length', 'at', '__proto__', null, { num: 0 }, undefined].map(at),
    Object.assign(Object.create(inherited), { num: 0 }),
  ];
  assert.deepEqual(restoreAttachments(kept(), [a, b]), kept());
  const polluting = JSON.parse('{"__proto__":{"_placeholder":true,"num":0},"constructor":{"prototype":{"x":1}}}');
  assert.deepEqual(Object.entries(restoreAttachments(polluting, [a])), [
    ['__proto__', a],
    ['constructor', { prototype: { x: 1 } }],
  ]);
  assert.equal(Object.getPrototypeOf(polluting), Object.prototype);
  let deep = at(0);
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  restoreAttachments(deep, [a]);
  while (Array.isArray(deep)) [deep] = deep;
  assert.equal(deep, a);
});

test('elements of a polling body round-trip', () => {
  const frames = ['4hello', '2', '4€', '6', '0{}', Uint8Array.of(1, 2, 3, 4, 255), new Uint8Array()];
  assert.deepEqual(frames.map(encodeElement), ['4hello', '2', '4€', '6', '0{}', 'bAQIDBP8=', 'b']);
  assert.deepEqual(
    frames.map((frame) => decodeElement(encodeElement(frame))),
    frames,
  );
  rejects(() => decodeElement(''), /^empty message: an Engine.IO packet needs a type$/);
  for (const text of ['7', 'é', ' 2', '-1'])
    rejects(() => decodeElement(text), /^message of unknown Engine.IO type '.'$/);
  rejects(() => decodeElement('b*'), /base64/);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(decodeElement(encodeElement(bytes)), bytes)));
});

test('Engine.IO 3 is detected by its packet lengths, and a refused version by its code', () => {
  const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  for (const body of ['97:0{"sid":"a"}2:40', '9:0{', '\x00\x09\x07\xff0{"sid":"a"}\x00\x02\xff40'])
    assert.equal(isEngineIo3(bytes(body)), true, body);
  for (const body of ['', '0{"sid":"a"}', '97', ':0{', '97:40', '97:1', '<html>', '\x00\xff0{', '\x00'])
    assert.equal(isEngineIo3(bytes(body)), false, body);
  const refused = '{"code":5,"message":"Unsupported protocol version"}';
  for (const body of [refused, `\ufeff ${refused.slice(0, 20)}`, '{"message":"m", "code" : 5}'])
    assert.equal(isVersionRefused(body), true, body);
  for (const body of [
    '{"code":1,"message":"Session ID unknown"}',
    '{"error":5}',
    '{"code":"5"}',
    '{"code":50}',
    '5',
    '',
    '<html>',
  ])
    assert.equal(isVersionRefused(body), false, body);
});
