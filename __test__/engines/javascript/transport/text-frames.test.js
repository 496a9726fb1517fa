/**
 * Text frames that are read ahead of the package `ws`: in any mixture and in any pieces, what comes
 * is what the package alone makes of the same bytes, in the same order.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Receiver } from 'ws';
import { readTextFrames } from '../../../../lib/engines/javascript/transport/socket/text-frames.js';

const MAX_BYTES = 70_000;
/** By the size of the pieces: reading byte by byte takes long. */
const SEEDS = { 1: 2, 3: 10, 100: 100, 4096: 100, [1 << 20]: 100 };

/** A small generator of random numbers, so that a failure can be repeated. @param {number} seed */
function randomOf(seed) {
  let state = seed + 1;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** @param {number} first @param {Buffer} payload */
function frame(first, payload) {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** The bytes of a connection. Some end with a violation or a close frame. @param {(below: number) => number} random */
function connection(random) {
  const text = () =>
    Buffer.from(['', 'x', 'é', '\ufffd', '日本', '😀'][random(6)].repeat([0, 1, 40, 200, 8000][random(5)]));
  const kinds = [
    () => frame(0x82, text()),
    () => frame(0x89, Buffer.from('ping')),
    () => frame(0x8a, Buffer.from('pong')),
    // A message in parts, with a ping between them.
    () => Buffer.concat([frame(0x01, Buffer.from('a')), frame(0x89, Buffer.alloc(0)), frame(0x80, text())]),
  ];
  const ends = [
    () => frame(0x88, Buffer.from([3, 232])),
    () => frame(0x81, Buffer.from([0xc3, 0x28])),
    () => frame(0x81, Buffer.alloc(MAX_BYTES + 1, 0x78)),
    () => frame(0x83, Buffer.alloc(0)),
    () => frame(0xc1, text()),
    () => frame(0x80, text()),
    () => frame(0x89, Buffer.alloc(200)),
    () => Buffer.from([0x81, 0x82, 1, 2, 3, 4, 5, 6]),
    () => Buffer.from([0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    () => Buffer.concat([frame(0x01, Buffer.from('a')), frame(0x81, Buffer.from('b'))]),
    () => frame(0x81, Buffer.from('cut off')).subarray(0, 5),
  ];
  const frames = Array.from({ length: random(30) }, () => (random(3) > 0 ? frame(0x81, text()) : kinds[random(4)]()));
  return Buffer.concat([...frames, ends[random(ends.length)](), frame(0x81, Buffer.from('after the end'))]);
}

/** The package's reader, which notes what it reads. @param {unknown[]} log */
function receiver(log) {
  const reader = new Receiver({ maxPayload: MAX_BYTES });
  for (const name of ['message', 'ping', 'pong', 'conclude'])
    reader.on(name, (data, more) => log.push([name, String(data), more === true, String(more)]));
  reader.on('error', (error) => log.push(['error', error.code]));
  return reader;
}

/** What the package makes of the bytes. @param {Buffer} bytes */
async function readAlone(bytes) {
  /** @type {unknown[]} */
  const log = [];
  const reader = receiver(log);
  reader.write(bytes);
  reader.end();
  await ended(reader);
  return log;
}

/** @param {Receiver} reader */
async function ended(reader) {
  if (!reader.closed) await Promise.race([once(reader, 'close'), once(reader, 'finish')]).catch(() => {});
}

for (const [size, seeds] of Object.entries(SEEDS).map(([size, seeds]) => [Number(size), seeds]))
  test(`pieces of up to ${size} bytes: the same as without reading ahead`, async () => {
    let readAhead = 0;
    for (let seed = 0; seed < seeds; seed += 1) {
      const random = randomOf(seed);
      const bytes = connection(random);
      /** @type {unknown[]} */
      const log = [];
      const reader = receiver(log);
      const stream = new PassThrough({ highWaterMark: 1 << 22 });
      const listener = (/** @type {Buffer} */ chunk) => void reader.write(chunk);
      // As the package does.
      for (const name of ['conclude', 'error']) reader.on(name, () => stream.off('data', listener).resume());
      stream.on('data', listener);
      let wasLast = true;
      readTextFrames(/** @type {any} */ (stream), MAX_BYTES, (text, length, hasMore) => {
        assert.equal(length, Buffer.byteLength(text));
        readAhead += 1;
        wasLast = !hasMore;
        log.push(['message', text, false, 'false']);
      });
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(size);
        stream.emit('data', bytes.subarray(at, end));
        assert.equal(wasLast, true, `seed ${seed}: a text was announced and did not come`);
        at = end;
      }
      reader.end();
      await ended(reader);
      assert.deepEqual(log, await readAlone(bytes), `seed ${seed}`);
    }
    assert.equal(readAhead > 0, size > 1, 'whether texts were read ahead');
  });

test('a package that reads in another way is left alone', () => {
  const stream = new PassThrough();
  readTextFrames(/** @type {any} */ (stream), MAX_BYTES, () => assert.fail());
  assert.equal(stream.listenerCount('data'), 0);
});

test('a stream that closes: the package has its listener back before it reads what is left', () => {
  const stream = new PassThrough();
  const listener = () => {};
  stream.on('data', listener);
  stream.on('close', () => assert.deepEqual(stream.listeners('data'), [listener]));
  readTextFrames(/** @type {any} */ (stream), MAX_BYTES, () => {});
  assert.notDeepEqual(stream.listeners('data'), [listener]);
  stream.emit('close');
  assert.deepEqual(stream.listeners('data'), [listener]);
});
