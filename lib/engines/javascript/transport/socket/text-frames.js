/**
 * Reads text frames ahead of the package `ws`. Nearly every frame is a text that has come whole,
 * and the package takes long to cut it out of what the stream has read.
 *
 * Everything else goes to the package, unchanged and in its place: control frames, binary frames,
 * parts of messages, and frames that have come in part. So the package alone decides what a
 * violation is. From a close frame or a violation on, it reads the stream by itself again.
 *
 * @import { Socket } from 'node:net'
 */

import { isUtf8 } from 'node:buffer';

/** The first byte of a text frame that is a message (RFC 6455, section 5.2). */
const WHOLE_TEXT = 0x81;
const FINAL = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
/** The opcodes from here on are those of control frames. */
const CLOSE = 8;
/** The second byte of a frame that a client sends. */
const MASKED = 0x80;
/** These lengths say that two or eight bytes with the length follow. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** What stands in a text for bytes that are not UTF-8, unless it was sent. */
const REPLACEMENT = '\ufffd';

/**
 * @param {Socket} stream which the package has just begun to read
 * @param {number} maxBytes of a message
 * @param {(text: string, bytes: number, hasMore: boolean) => void} onText called for each text;
 *   `hasMore`: at once for another one
 */
export function readTextFrames(stream, maxBytes, onText) {
  const [listener, ...others] = stream.listeners('data');
  // Another version of the package may read in another way.
  if (!listener || others.length > 0) return;
  const forward = listener.bind(stream);
  /** How many bytes of the frame that the package has begun are still to come. */
  let missing = 0;
  /** The first bytes of a header, which the package has. */
  let head = Buffer.alloc(0);
  /** The package waits for another part of a message. */
  let isFragmented = false;

  /** @param {Buffer} chunk */
  function read(chunk) {
    const begun = head.length;
    if (begun > 0) chunk = Buffer.concat([head, chunk]);
    head = head.subarray(0, 0);
    /** What goes to the package begins here. */
    let start = begun;
    let at = Math.min(missing, chunk.length);
    missing -= at;
    /** @type {string | undefined} */
    let text;
    let bytes = 0;
    while (at < chunk.length) {
      const payload = at + headerLength(chunk, at);
      if (payload > chunk.length) {
        // The package keeps a part of the chunk, too.
        head = Buffer.from(chunk.subarray(at));
        break;
      }
      const end = payload + payloadLength(chunk, at);
      const isWhole = chunk[at] === WHOLE_TEXT && !isFragmented && at >= begun && end <= chunk.length;
      const next = isWhole && end - payload <= maxBytes ? textOf(chunk, payload, end) : undefined;
      if (next !== undefined) {
        if (start < at) forward(chunk.subarray(start, at));
        if (text !== undefined) onText(text, bytes, true);
        text = next;
        bytes = end - payload;
        start = at = end;
        continue;
      }
      if (text !== undefined) onText(text, bytes, false);
      text = undefined;
      const opcode = chunk[at] & OPCODE;
      if (opcode === CLOSE || chunk[at] & RESERVED || chunk[at + 1] & MASKED || isWhole) {
        release();
        break;
      }
      if (opcode < CLOSE) isFragmented = (chunk[at] & FINAL) === 0;
      missing = Math.max(0, end - chunk.length);
      at = Math.min(end, chunk.length);
    }
    if (text !== undefined) onText(text, bytes, false);
    if (start < chunk.length) forward(chunk.subarray(start));
  }

  function release() {
    stream.on('data', /** @type {() => void} */ (listener)).off('data', read);
  }

  stream.on('data', read).off('data', /** @type {() => void} */ (listener));
  // The package then reads what is left, after it has removed its listener.
  stream.prependListener('close', release);
}

/** The second byte tells; without it, the header is longer than what there is. @param {Buffer} chunk @param {number} at */
function headerLength(chunk, at) {
  const length = chunk[at + 1] & ~MASKED;
  return length === LENGTH_64 ? 10 : length === LENGTH_16 ? 4 : 2;
}

/** Undefined: it is not UTF-8. @param {Buffer} chunk @param {number} start @param {number} end */
function textOf(chunk, start, end) {
  const text = chunk.toString('utf8', start, end);
  return !text.includes(REPLACEMENT) || isUtf8(chunk.subarray(start, end)) ? text : undefined;
}

/** @param {Buffer} chunk @param {number} at */
function payloadLength(chunk, at) {
  const length = chunk[at + 1] & ~MASKED;
  if (length < LENGTH_16) return length;
  return length === LENGTH_16 ? chunk.readUInt16BE(at + 2) : Number(chunk.readBigUInt64BE(at + 2));
}
