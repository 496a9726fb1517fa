/**
 * Both codecs make the same of the fuzz seeds and of damaged copies of them.
 *
 * `src/session/codec/meanings.rs` writes what Rust makes of them, and says how to compare more.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Codec } from './codec.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FILE = process.env.CODEC_MEANINGS ?? join(ROOT, 'tests', 'codec', 'meanings.jsonl');
const MAX_MESSAGE_BYTES = 16 << 20;
/** The largest attachment of the seeds. */
const ZEROS = new Uint8Array(255 * (MAX_MESSAGE_BYTES / 512));
/**
 * Where one of both says this, the messages may differ: Rust names the place, and has it from a
 * scan.
 */
const VAGUE = /^(?:invalid JSON|JSON nests deeper than|.* of unknown \S+ type)/;

const links = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

test('both codecs make the same of the fuzz seeds', () => {
  const seen = new Set();
  for (const { seed, protocol, frames, meanings } of links) {
    const codec = new Codec(protocol, MAX_MESSAGE_BYTES);
    for (const [at, frame] of frames.entries()) {
      const ours = meaningOf(codec, frame);
      const theirs = meanings[at] && read(meanings[at]);
      const note = `seed ${seed}, frame ${at}: ${JSON.stringify(frame)}`;
      if (theirs?.message !== ours?.message && (VAGUE.test(theirs?.message) || VAGUE.test(ours?.message)))
        theirs.message = ours.message;
      assert.deepEqual(ours, theirs, note);
      seen.add(theirs?.kind);
    }
  }
  const kinds = [
    'acked',
    'binaryStarted',
    'closed',
    'disconnected',
    'event',
    'failed',
    'gap',
    'ignored',
    'joined',
    'named',
  ];
  kinds.push('opened', 'ping', 'pingAdmitted', 'pong', 'refused', 'subscribed', 'unreadable', undefined);
  assert.deepEqual([...seen].sort(), kinds);
});

test('the file has every seed of a codec', () => {
  const known = new Set(links.map(({ seed }) => seed));
  const targets = new Set(links.map(({ seed }) => seed.split('/')[0]));
  assert.ok(targets.size >= 9, [...targets].join());
  for (const target of targets)
    for (const seed of readdirSync(join(ROOT, 'fuzz', 'seeds', target)))
      assert.ok(known.has(`${target}/${seed}`), `${target}/${seed} is not in ${FILE}`);
});

/** A meaning of this engine, in the form of {@link read}. */
function meaningOf(codec, frame) {
  if (typeof frame === 'string') {
    const meaning = flat(codec.decode(frame));
    return defined({
      ...meaning,
      ack: codec.awaitedAck(frame),
      skippedOffset: codec.offset(frame),
      answersJoin: Codec.answersJoin(frame) || undefined,
    });
  }
  const packet = codec.attach(ZEROS.subarray(0, frame));
  if (packet === undefined) return null;
  if (packet.kind === 'unreadable') return defined({ ...flat(packet), skipped: codec.skipAttachments() });
  return defined({
    ...flat(Codec.decodeAssembled(packet.text)),
    ack: Codec.awaitedAckOfBinary(packet.text),
    sizes: packet.attachments.map((attachment) => attachment.length),
  });
}

function flat({ handshake, refusal, message, event, ...meaning }) {
  const { id = meaning.id, topic = meaning.topic } = event ?? {};
  const texts = defined({ ...meaning, ...handshake, ...refusal, message, id, topic });
  if (event !== undefined) texts.event = event;
  if (texts.retryAfter !== undefined) texts.retryAfter = Math.round(texts.retryAfter * 1000);
  if (texts.maxPayload !== undefined) texts.maxPayload = Math.min(texts.maxPayload, Number.MAX_SAFE_INTEGER);
  // Rust strings hold no lone surrogates.
  for (const [name, value] of Object.entries(texts))
    if (typeof value === 'string' && name !== 'payload' && name !== 'offset') texts[name] = value.toWellFormed();
  return withServerId(texts);
}

/** A meaning of the file, with its JSON texts parsed. */
function read(meaning) {
  const texts = Object.fromEntries(Object.entries(meaning).filter(([, value]) => value !== null));
  for (const name of ['event', 'offset', 'payload', 'skippedOffset', 'timestamp'])
    if (texts[name] !== undefined) texts[name] = JSON.parse(texts[name]);
  if (texts.retryAfter !== undefined) texts.retryAfter = Math.round(texts.retryAfter * 1000);
  if (texts.maxPayload !== undefined) texts.maxPayload = Math.min(texts.maxPayload, Number.MAX_SAFE_INTEGER);
  return withServerId(texts);
}

/**
 * An id may have another form, but a number that JavaScript does not hold exactly has to stay as it
 * came.
 */
function withServerId(meaning) {
  if (meaning.serverId === undefined) return meaning;
  const value = JSON.parse(meaning.serverId);
  return Number.isSafeInteger(value) || typeof value !== 'number' ? { ...meaning, serverId: value } : meaning;
}

/** Without members that are missing. */
function defined(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
