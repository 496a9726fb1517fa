/**
 * Reads text frames ahead of the package `ws`. Nearly every frame is a text that has come whole,
 * and the package takes long to cut it out of what the stream has read.
 *
 * The package gets binary frames, pings, pongs, and what has come in part: unchanged and in its
 * place. From any other frame on, it reads the stream by itself again: a part of a message, a close
 * frame, a violation. So what a violation is, and how it ends the connection, the package decides
 * alone.
 *
 * @import { Socket } from 'node:net'
 */

import { asBytes } from '#host';

/** The first bytes of whole messages and of control frames (RFC 6455, section 5.2). */
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;
const MAX_CONTROL_BYTES = 125;
/** These lengths in the second byte say that two or eight bytes with the length follow. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** What stands in a text for bytes that are not UTF-8, unless it was sent. */
const REPLACEMENT = '\ufffd';
const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * @param {Socket} stream which the package has just begun to read
 * @param {number} maxBytes of a message
 * @param {(text: string, bytes: number, hasMore: boolean) => void} onText `hasMore`: it is called
 *   at once for another text
 */
export function readTextFrames(stream, maxBytes, onText) {
  const [listener, ...others] = /** @type {((chunk: Buffer) => void)[]} */ (stream.listeners('data'));
  // Another version of the package may read in another way.
  if (!listener || others.length > 0) return;
  /** How many bytes of the frame that the package has begun are still to come. */
  let missing = 0;
  /** The header that the package has begun. @type {Uint8Array | undefined} */
  let head;

  /** @param {Buffer} chunk */
  function read(chunk) {
    const begun = head?.length ?? 0;
    if (head) chunk = joined(head, chunk);
    head = undefined;
    let at = Math.min(missing, chunk.length);
    missing -= at;
    /** Where the package's bytes begin. */
    let start = begun;
    /** @type {string | undefined} */
    let text;
    let bytes = 0;
    while (at < chunk.length) {
      const payload = at + headerLength(chunk[at + 1]);
      if (payload > chunk.length) {
        // A copy, which does not keep the chunk.
        head = new Uint8Array(chunk.subarray(at));
        break;
      }
      const end = payload + payloadLength(chunk, at);
      const isWhole = chunk[at] === TEXT && at >= begun && end <= chunk.length && end - payload <= maxBytes;
      const next = isWhole ? textOf(chunk, payload, end) : undefined;
      if (next !== undefined) {
        if (start < at) forward(chunk.subarray(start, at));
        if (text !== undefined) onText(text, bytes, true);
        text = next;
        bytes = end - payload;
        start = at = end;
      } else {
        if (text !== undefined) onText(text, bytes, false);
        text = undefined;
        if (isWhole || !isHarmless(chunk[at], end - payload)) {
          release();
          break;
        }
        missing = Math.max(0, end - chunk.length);
        at = end - missing;
      }
    }
    if (text !== undefined) onText(text, bytes, false);
    if (start < chunk.length) forward(chunk.subarray(start));
  }

  /** @param {Buffer} bytes */
  function forward(bytes) {
    listener.call(stream, bytes);
  }

  /**
   * Whether the package goes on after such a frame.
   *
   * @param {number} first
   * @param {number} length
   */
  function isHarmless(first, length) {
    if (first === PING || first === PONG) return length <= MAX_CONTROL_BYTES;
    return (first === TEXT || first === BINARY) && length <= maxBytes;
  }

  function release() {
    stream.on('data', listener).off('data', read).off('close', release);
  }

  stream.on('data', read).off('data', listener);
  // The package removes its listener, and then reads what is left.
  stream.prependListener('close', release);
}

/**
 * The second byte may not have come, or have a mask: then there is a violation.
 *
 * @param {number} second
 */
function headerLength(second) {
  return second === LENGTH_64 ? 10 : second === LENGTH_16 ? 4 : 2;
}

/** A frame with a mask has no length. @param {Buffer} chunk @param {number} at */
function payloadLength(chunk, at) {
  const length = chunk[at + 1];
  if (length === LENGTH_16) return chunk.readUInt16BE(at + 2);
  return length < LENGTH_16 ? length : length === LENGTH_64 ? Number(chunk.readBigUInt64BE(at + 2)) : Infinity;
}

/** Undefined: it is not UTF-8. @param {Buffer} chunk @param {number} start @param {number} end */
function textOf(chunk, start, end) {
  const text = chunk.toString('utf8', start, end);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    strict.decode(chunk.subarray(start, end));
    return text;
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} head @param {Buffer} chunk */
function joined(head, chunk) {
  const bytes = new Uint8Array(head.length + chunk.length);
  bytes.set(head);
  bytes.set(chunk, head.length);
  return /** @type {Buffer} */ (asBytes(bytes));
}
