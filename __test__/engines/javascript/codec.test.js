/** The codec of the JavaScript session: the cases of the tests in `src/session/codec/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { ATTACHMENT_MISSING, ATTACHMENT_UNEXPECTED } from '../../../lib/engines/javascript/protocol/attachments.js';
import { LEAVE_PING_NAMESPACE } from '../../../lib/engines/javascript/session/codec/socket-io.js';
import { Codec } from './codec.js';

const MAX_BYTES = 1000;
const socketIo = () => new Codec('socket.io', MAX_BYTES);
const plain = () => new Codec('ws', MAX_BYTES);
const decode = (text) => socketIo().decode(text);
const decodePlain = (text) => plain().decode(text);

function unreadable(meaning, code, message, note) {
  assert.equal(meaning.kind, 'unreadable', note);
  assert.equal(meaning.code, code, note);
  assert.match(meaning.message, message, note);
}

test('an event is the object that JSON.parse makes', () => {
  const json = '{"id":"1","topic":"t","payload":{"__proto__":{"a":1},"n":1e999},"id":"2","x":"\\ud800"}';
  const expected = { kind: 'event', event: JSON.parse(json), offset: undefined };
  for (const frame of [`42["event",${json}]`, `42/,7["ev\\u0065nt", ${json} ]`])
    assert.deepEqual(decode(frame), expected, frame);
  assert.deepEqual(decode(`42["event",${json},"o1",{}]`), { ...expected, offset: 'o1' });
  const event = decode(`42["event",${json}]`).event;
  assert.deepEqual([event.id, Object.getPrototypeOf(event.payload)], ['2', Object.prototype]);
  assert.deepEqual(decodePlain(`{"data":${json},"type":"event","topic":7}`), expected);
});

test('what is no event is rejected, and names the member at fault', () => {
  const id = /^event: `id` must be a string that is not empty$/;
  for (const [json, message] of [
    ['7', /^event must be an object$/],
    ['[{"id":"a","topic":"t"}]', /^event must be an object$/],
    ['null', /^event must be an object$/],
    ['{}', id],
    ['{"topic":"t"}', id],
    ['{"id":"","topic":"t"}', id],
    ['{"id":7,"topic":"t"}', id],
    ['{"id":"a","id":null,"topic":"t"}', id],
    ['{"__proto__":{"id":"a","topic":"t"}}', id],
    ['{"id":"a"}', /^event: `topic` must/],
    ['{"id":"a","topic":["t"]}', /^event: `topic` must/],
  ]) {
    unreadable(decode(`42["event",${json}]`), 'INVALID_EVENT', message, json);
    unreadable(decodePlain(`{"type":"event","data":${json}}`), 'INVALID_EVENT', message, json);
  }
  unreadable(decode('42["event"]'), 'INVALID_EVENT', /^event must be an object$/);
  unreadable(decode('42["event",{"id":1} 7]'), 'PROTOCOL_ERROR', /^invalid JSON/);
});

test('a polluted prototype gives no event its members', (t) => {
  t.after(() => {
    for (const name of ['id', 'topic', 'type', 'data']) delete Object.prototype[name];
  });
  Object.assign(Object.prototype, { id: 'i', topic: 't', type: 'event', data: {} });
  unreadable(decode('42["event",{}]'), 'INVALID_EVENT', /`id`/);
  unreadable(decodePlain('{}'), 'PROTOCOL_ERROR', /^frame: `type` must be a string$/);
});

test('each kind of frame has its meaning', () => {
  const handshake = { sid: 's', pingInterval: 25_000, pingTimeout: 20_000, maxPayload: undefined };
  const none = undefined;
  for (const [frame, meaning] of [
    ['0{"sid":"s"}', { kind: 'opened', handshake: { ...handshake, offersWebsocket: false } }],
    ['1', { kind: 'closed' }],
    ['2', { kind: 'ping', text: '' }],
    ['2probe', { kind: 'ping', text: 'probe' }],
    ['3', { kind: 'ignored' }],
    ['5', { kind: 'ignored' }],
    ['6', { kind: 'ignored' }],
    ['40{"sid":"a","pid":"p"}', { kind: 'joined', socketId: 'a', pid: 'p' }],
    ['40{"sid":""}', { kind: 'joined', socketId: none, pid: none }],
    ['40', { kind: 'joined', socketId: none, pid: none }],
    ['41', { kind: 'disconnected' }],
    ['42["other",1]', { kind: 'ignored' }],
    ['42[7]', { kind: 'ignored' }],
    ['42/a,["event",{}]', { kind: 'ignored' }],
    ['437[{"ok":true},1]', { kind: 'acked', id: 7, payload: { ok: true }, serverId: none }],
    ['437[]', { kind: 'acked', id: 7, payload: none, serverId: none }],
    ['437[{"subscriptionId":9}]', { kind: 'acked', id: 7, payload: { subscriptionId: 9 }, serverId: '9' }],
    ['43[1]', { kind: 'ignored' }],
    ['44', { kind: 'refused', refusal: { text: 'no reason given', isAboutToken: false, retryAfter: none } }],
    ['44/-,{"message":"Invalid namespace"}', { kind: 'pong' }],
    ['44/-,"Unable to connect"', { kind: 'pong' }],
    ['40/-,{"sid":"x"}', { kind: 'pingAdmitted' }],
    ['451-["event",{}]', { kind: 'binaryStarted' }],
    ['42["subscribed",{"subscriptionId":"x","topic":"t"}]', { kind: 'subscribed', serverId: '"x"', topic: 't' }],
    ['42["subscribed"]', { kind: 'subscribed', serverId: none, topic: none }],
    ['42["error",{"error":"E","message":7}]', { kind: 'failed', error: 'E', message: none, subscriptionId: none }],
  ])
    assert.deepEqual(decode(frame), meaning, frame);
  const acked = { kind: 'acked', id: 3, payload: { type: 'ack', ackId: 3, id: 'm' }, serverId: none };
  for (const [frame, meaning] of [
    ['{"type":"ack","ackId":3,"id":"m"}', acked],
    ['\ufeff{"type":"ack","ackId":3,"id":"m"}', acked],
    ['{"type":"error","ackId":0}', { ...acked, id: 0, payload: { type: 'error', ackId: 0 } }],
    ['{"type":"error","ackId":"0"}', { kind: 'failed', error: none, message: none, subscriptionId: none }],
    ['{"type":"error","subscriptionId":"s"}', { kind: 'failed', error: none, message: none, subscriptionId: 's' }],
    ['{"type":"ack","ackId":-1}', { kind: 'ignored' }],
    ['{"type":"ack","ackId":1.5}', { kind: 'ignored' }],
    ['{"type":"ack"}', { kind: 'ignored' }],
    ['{"type":"subscribed","topic":"t"}', { kind: 'subscribed', serverId: none, topic: 't' }],
    ['{"type":"pong"}', { kind: 'pong', timestamp: undefined }],
    ['{"timestamp":1700000000000,"type":"pong"}', { kind: 'pong', timestamp: 1_700_000_000_000 }],
    ['{"type":"connected","socketId":"s"}', { kind: 'named', socketId: 's' }],
    ['{"type":"connected"}', { kind: 'ignored' }],
    ['{"type":"news","data":1}', { kind: 'ignored' }],
  ])
    assert.deepEqual(decodePlain(frame), meaning, frame);
});

test('what cannot be read is returned, with its cause', () => {
  for (const [frame, message] of [
    ['', /^empty message: an Engine.IO packet needs a type$/],
    ['7', /^message of unknown Engine.IO type '7'$/],
    ['4', /^empty Socket.IO packet: it needs a type$/],
    ['42{}', /^payload of a Event packet must be an array$/],
    ['42[]', /^payload of a Event packet must be an array that starts with the event's name$/],
    ['42[null]', /starts with the event's name$/],
    ['42["connect"]', /^event name `connect` is reserved by Socket.IO$/],
    ['42["\\u0063onnect"]', /`connect` is reserved/],
    ['42["other",}', /^invalid JSON/],
    ['430[1', /^invalid JSON/],
    ['0{', /^invalid JSON/],
    [`42["event",${'['.repeat(2_000)}${']'.repeat(2_000)}]`, /^JSON nests deeper than 1024 levels$/],
  ])
    unreadable(decode(frame), 'PROTOCOL_ERROR', message, frame);
  for (const [frame, message] of [
    ['', /^invalid JSON/],
    ['[]', /^frame must be an object$/],
    ['null', /^frame must be an object$/],
    ['{}', /^frame: `type` must be a string$/],
    ['{"type":7}', /^frame: `type` must be a string$/],
    ['{"type":"subscribed"}', /^frame: `topic` must be a string$/],
    ['{"type":"event","topic":"t"}', /^frame: `data` must be an event$/],
    ['{"type":"pong"}}', /^invalid JSON/],
    ['\ufeff\ufeff{"type":"pong"}', /^invalid JSON/],
  ])
    unreadable(decodePlain(frame), 'PROTOCOL_ERROR', message, frame);
});

test('a packet waits for its attachments', () => {
  const codec = socketIo();
  const head = '451-9["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}},"o1"]';
  assert.deepEqual(codec.decode(head), { kind: 'binaryStarted' });
  assert.equal(codec.awaitsAttachments(), true);
  assert.deepEqual(codec.decode('2'), { kind: 'ping', text: '' }, 'Engine.IO packets come in between');
  const { text, attachments } = codec.attach(Uint8Array.of(7));
  assert.deepEqual([text, attachments], [head.slice(1), [Uint8Array.of(7)]]);
  assert.equal(Codec.decodeAssembled(text).event.payload._placeholder, true);
  assert.deepEqual([Codec.decodeAssembled(text).offset, Codec.awaitedAckOfBinary(text)], ['o1', 9]);
  assert.equal(codec.attach(Uint8Array.of(8)), ATTACHMENT_UNEXPECTED);

  codec.decode(head);
  assert.equal(codec.decode('42["event",{"id":"2","topic":"t"}]'), ATTACHMENT_MISSING);
  assert.equal(codec.decode('42["event",{"id":"2","topic":"t"}]').event.id, '2', 'the frame itself is whole');
  assert.equal(codec.attach(Uint8Array.of(8)), undefined, 'of the packet that was dropped');

  for (const bad of ['451-{}', '4565-["a"]', '45["a"]', '451-/n"a"']) {
    assert.equal(codec.decode(bad).kind, 'unreadable', bad);
    assert.equal(codec.attach(Uint8Array.of(8)), undefined, 'its attachments follow all the same');
  }
  codec.decode('461-3[{"_placeholder":true,"num":0}]');
  unreadable(codec.attach(new Uint8Array(MAX_BYTES + 1)), 'MESSAGE_TOO_LARGE', /maxMessageBytes/);
  assert.equal(codec.skipAttachments(), '61-3[{"_placeholder":true,"num":0}]');
  unreadable(Codec.decodeAssembled('51-["event",{}]'), 'INVALID_EVENT', /`id`/);
});

test('an event that cannot be read may have an offset', () => {
  for (const message of [
    '42["event",{"id":1},"a1"]',
    '2["event","x","a1"]',
    '4565-["event",{,"a1"]',
    '47,["event",,"a1"]',
  ])
    assert.equal(socketIo().offset(message), message.startsWith('47') ? undefined : 'a1', message);
  const without = ['', '2', '2[', '2["event"]', '2["event","x"]', '2["event",{"id":1,"a":"b"}]', '3["a",1,"b"]'];
  for (const message of [...without, '2["event",1,"\\""]', '2["event",1,"\n"]', '2["event",1,"a"', '2,"x,"a"]'])
    assert.equal(socketIo().offset(message), undefined, message);
  assert.equal(plain().offset('2["event","x","a1"]'), undefined);
  const long = `2[${','.repeat(1 << 20)}"`;
  assert.equal(socketIo().offset(long), undefined, 'in linear time');
});

test('the ack that a server expects is known, whether its event can be read or not', () => {
  for (const [frame, id] of [
    ['427["event",{"id":1}]', 7],
    ['42/,0["a"', 0],
    ['42["event"]', undefined],
    ['42', undefined],
    ['42/a,7["event"]', undefined],
    ['437[]', undefined],
    ['429007199254740992["a"]', undefined],
  ])
    assert.equal(socketIo().awaitedAck(frame), id, frame);
  assert.equal(plain().awaitedAck('427["event"]'), undefined);
  assert.equal(Codec.awaitedAckOfBinary('565-7["event"]'), 7);
});

test('the answer to a join is known by its start', () => {
  for (const frame of ['40', '40{', '44"no"', '44[']) assert.equal(Codec.answersJoin(frame), true, frame);
  for (const frame of ['40/-,', '44/-,', '42["a"]', '4', '']) assert.equal(Codec.answersJoin(frame), false, frame);
});

test('what is sent has the form that the server expects', () => {
  const codec = socketIo();
  assert.equal(codec.event('event', '{}', undefined, 0), '42["event",{}]');
  assert.equal(codec.event('a"b', '{}', 0, 0), '420["a\\"b",{}]');
  assert.equal(codec.event('a', '[1]', 12, 2), '452-12["a",[1]]');
  assert.deepEqual([codec.farewell, codec.ping, LEAVE_PING_NAMESPACE], ['41', '40/-,', '41/-,']);
  const ws = plain();
  assert.equal(
    ws.event('subscribe', '{"topic":"t","filter":{"a":1}}', undefined, 0),
    '{"type":"subscribe","topic":"t","filter":{"a":1}}',
  );
  assert.equal(ws.event('publish', '{}', 3, 0), '{"type":"publish","ackId":3}');
  assert.equal(ws.event('publish', '{ "a":1 }', 3, 0), '{"type":"publish","a":1,"ackId":3}');
  assert.deepEqual([ws.farewell, ws.ping], [undefined, '{"type":"ping"}']);
});

test('what one side sends the other reads', () => {
  const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '');
  fc.assert(
    fc.property(name, fc.jsonValue(), fc.option(fc.maxSafeNat(), { nil: undefined }), (topic, payload, ack) => {
      const event = { id: 'e', topic, payload };
      const frame = socketIo().event('event', JSON.stringify(event), ack, 0);
      assert.deepEqual(decode(frame), { kind: 'event', event: JSON.parse(JSON.stringify(event)), offset: undefined });
      assert.equal(socketIo().awaitedAck(frame), ack);
      const answer = JSON.parse(plain().event('ack', JSON.stringify({ payload }), ack ?? 0, 0));
      assert.equal(decodePlain(JSON.stringify(answer)).id, ack ?? 0);
    }),
  );
});

test('no text makes the codec throw', () => {
  const part = fc.constantFrom(
    ...'0123456/-,[]{}":\\',
    '"event"',
    '"id":"a"',
    '"topic":"t"',
    '["event",',
    '\ufeff',
    '\ud800',
  );
  const text = fc.array(fc.oneof(part, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (frames) => {
      for (const codec of [socketIo(), plain()])
        for (const frame of frames.map((parts) => parts.join(''))) {
          assert.equal(typeof codec.decode(frame).kind, 'string');
          codec.attach(new Uint8Array(1));
          codec.awaitedAck(frame);
          codec.offset(frame);
          Codec.decodeAssembled(frame);
        }
    }),
  );
});
