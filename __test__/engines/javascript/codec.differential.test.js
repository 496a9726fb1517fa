/**
 * The JavaScript codec against `socket.io-parser`, on what its encoder writes and on damaged
 * copies.
 * `../codec.differential.test.js` does the same for the Rust codec, and has the rules by which the
 * codecs are stricter.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { Decoder, Encoder, PacketType } from 'socket.io-parser';

import { Assembler, restoreAttachments } from '../../../lib/engines/javascript/protocol/attachments.js';
import { parse } from '../../../lib/engines/javascript/protocol/json.js';
import { decodePacket } from '../../../lib/engines/javascript/protocol/socket-io.js';
import { Codec } from './codec.js';

const seed = Number(process.env.CODEC_SEED ?? 1);
const MAX_BYTES = 1 << 20;

/** Type, attachments, namespace, ack id, payload: decimal digits only, no white space. */
const GRAMMAR =
  /^([0-4]|[56](?=\d+-))(?:(?<=[56])\d+-)?(?:(?<namespace>\/[^,]*)(?:,|$))?(?<id>\d*)(?<payload>[[{"].*)?$/s;
/** Why we refuse what socket.io-parser accepts. */
const STRICTER = [
  (text) => !GRAMMAR.test(text),
  (text) => /^[2356]/.test(text) && GRAMMAR.exec(text)?.groups.payload === undefined,
  (text) => Number(GRAMMAR.exec(text)?.groups.id) > Number.MAX_SAFE_INTEGER,
  (text) => Buffer.byteLength(GRAMMAR.exec(text)?.groups.namespace ?? '') > 256,
];

const namespace = fc.oneof(
  fc.constantFrom('', '/', '/admin', '/a?b=c'),
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((name) => `/${name.replaceAll(',', '')}`),
);
const argument = fc.oneof(
  fc.jsonValue(),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
);
const packet = fc.record({
  type: fc.constantFrom(PacketType.EVENT, PacketType.ACK),
  nsp: namespace,
  id: fc.option(fc.maxSafeNat(), { nil: undefined }),
  data: fc.tuple(fc.string({ unit: 'grapheme' }), argument, argument),
});
const edit = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(2),
  inserted: fc.constantFrom(...'"\\{}[],:-+.eE01/ \t\n\0é', '', '\\u', 'null', '"a":', '\u00a0', '\ufeff', '1-', '/a,'),
});

test('packets are read as socket.io-parser reads them, damaged or not', () => {
  const seen = { accepted: 0, refused: 0 };
  const damaged = fc.tuple(packet, fc.array(edit, { maxLength: 3 }));
  fc.assert(
    fc.property(damaged, ([whole, edits]) => {
      const text = edits.reduce((now, { place, removed, inserted }) => {
        const at = Math.round(place * now.length);
        return now.slice(0, at) + inserted + now.slice(at + removed);
      }, new Encoder().encode(whole)[0]);
      const [ours, theirs] = [read(text), official(text)];
      if (ours === undefined && theirs !== undefined)
        assert.ok(
          STRICTER.some((applies) => applies(text)),
          text,
        );
      else assert.deepEqual(ours, theirs, text);
      seen[ours === undefined ? 'refused' : 'accepted'] += 1;
    }),
    { seed, numRuns: 5_000 },
  );
  for (const [verdict, count] of Object.entries(seen)) assert.ok(count > 500, `only ${count} ${verdict}`);
});

test('binary events arrive as socket.io-parser delivers them', () => {
  const payload = fc.object({ key: fc.string(), values: [fc.uint8Array({ maxLength: 8 }), fc.string(), fc.integer()] });
  fc.assert(
    fc.property(payload, fc.uint8Array({ maxLength: 8 }), (value, bytes) => {
      const event = { id: 'e', topic: 't', payload: { value, bytes: Buffer.from(bytes) } };
      const [head, ...attachments] = new Encoder().encode({
        type: PacketType.EVENT,
        nsp: '/',
        data: ['event', event, 'o1'],
      });
      fc.pre(attachments.length <= 10);
      const codec = new Codec('socket.io', MAX_BYTES);
      assert.equal(codec.decode(`4${head}`).kind, 'binaryStarted');
      const packets = attachments.map((attachment) => codec.attach(new Uint8Array(attachment)));
      const assembled = packets.pop();
      assert.ok(packets.every((other) => other === undefined));
      const meaning = Codec.decodeAssembled(assembled.text);
      const [, theirs, offset] = decodedBy(new Decoder(), [head, ...attachments]);
      assert.deepEqual(plain(restoreAttachments(meaning.event, assembled.attachments)), plain(theirs));
      assert.equal(meaning.offset, offset);
    }),
    { seed, numRuns: 1_000 },
  );
});

/** What the codec makes of a packet's text, as {@link official} says it; undefined: it refuses. */
function read(text) {
  try {
    const { type, namespace, id, attachments, payload } = decodePacket(text);
    if (attachments > 0) new Assembler(MAX_BYTES).begin(text, attachments);
    const data = payload === '' ? undefined : parse(payload);
    const isBad = namespace === '/' && new Codec('socket.io', MAX_BYTES).decode(`4${text}`).code === 'PROTOCOL_ERROR';
    const isReserved = (type === PacketType.EVENT || type === PacketType.BINARY_EVENT) && !isName(data?.[0]);
    return isBad || isReserved ? undefined : { type, nsp: namespace, id, attachments, data };
  } catch (problem) {
    assert.equal(problem.kind, 'unreadable');
    return undefined;
  }
}

function isName(name) {
  const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
  return typeof name === 'number' || (typeof name === 'string' && !reserved.includes(name));
}

function official(text) {
  try {
    const { type, nsp, id, attachments = 0, data } = new Decoder({ maxAttachments: 64 }).decodeString(text);
    return { type, nsp, id, attachments, data };
  } catch {
    return undefined;
  }
}

function decodedBy(decoder, parts) {
  let data;
  decoder.on('decoded', (decoded) => {
    data = decoded.data;
  });
  for (const part of parts) decoder.add(part);
  return data;
}

/** With Uint8Arrays for Buffers. */
function plain(value) {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
