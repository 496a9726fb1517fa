/**
 * The lines of a recording, in a bounded number of bytes: the twin of
 * `src/session/recorder/ring.rs`, which describes it.
 *
 * @import { Session } from '../engines/javascript/session/session.js'
 */

/**
 * A segment ends at a dial when it has this share of the ring, and at the second one while the
 * session is connected or idle. Anywhere else a replay cannot continue as exactly.
 */
const DIAL_SHARE = 8;
const SHARE = 3;
/** The most characters of the lines that made a link ready, for a segment that begins later. */
const MAX_HEAD_LENGTH = 16 << 10;

/** @typedef {{ root: string, lines: string[], length: number }} Segment */

/** Lengths are in UTF-16 units, which bounds the memory as well as bytes do. */
class Ring {
  #config;
  #max;
  #length;
  /** @type {Segment[]} */
  #segments = [{ root: '', lines: [], length: 0 }];
  /** The lines that have made the present link ready. */
  #head = newHead();

  /** @param {string} config the first line @param {number} max */
  constructor(config, max) {
    this.#config = config;
    this.#max = max;
    this.#length = config.length;
  }

  /**
   * Adds the line of a call, which the session has made.
   *
   * @param {string} call
   * @param {string} line
   * @param {Session} session
   * @param {() => object} root what a session needs to continue here
   */
  push(call, line, session, root) {
    this.#noteHead(call, line, session);
    const segment = this.#segments[this.#segments.length - 1];
    // No ring can hold it: the recording begins again behind it.
    if (line.length > this.#max / SHARE) return this.#restart(root);
    this.#length += line.length + 1;
    segment.lines.push(line);
    segment.length += line.length + 1;
    if (this.#isFull(segment, call, session)) this.#begin(root);
    while (this.#length > this.#max && this.#segments.length > 1) {
      const dropped = /** @type {Segment} */ (this.#segments.shift());
      this.#length -= dropped.length + dropped.root.length;
    }
    if (this.#length > this.#max) this.#restart(root);
  }

  lines() {
    const [{ root }] = this.#segments;
    const lines = this.#segments.flatMap((segment) => segment.lines);
    return `${[this.#config, ...(root ? [root] : []), ...lines].join('\n')}\n`;
  }

  /** @param {Segment} segment @param {string} call @param {Session} session */
  #isFull({ length }, call, { link, outputs, phase }) {
    if (outputs.length > 0) return false;
    const isDial = call === 'pollOutput' && phase === 'dialing' && link === undefined;
    const isCalm = link?.connected !== undefined || phase === 'idle';
    return (isDial || isCalm) && length > this.#max / (isDial ? DIAL_SHARE : SHARE);
  }

  /** @param {() => object} root */
  #restart(root) {
    this.#segments = [];
    this.#length = this.#config.length;
    this.#begin(root);
  }

  /** @param {() => object} root */
  #begin(root) {
    const head = this.#head.lines.map((line) => JSON.parse(line));
    let text = JSON.stringify({ root: { ...root(), head } });
    // A ring of this size cannot hold the subscriptions.
    if (text.length > this.#max / SHARE) text = '{"root":{"isTooLarge":true}}';
    this.#length += text.length;
    this.#segments.push({ root: text, lines: [], length: 0 });
  }

  /** @param {string} call @param {string} line @param {Session} session */
  #noteHead(call, line, { link }) {
    if (call === 'handleOpen' || link === undefined) this.#head = newHead();
    const head = this.#head;
    if (link === undefined || head.isComplete) return;
    if (head.length + line.length <= MAX_HEAD_LENGTH) {
      head.length += line.length;
      head.lines.push(line);
    }
    head.isComplete = link.connected !== undefined;
  }
}

/** @returns {{ lines: string[], length: number, isComplete: boolean }} */
function newHead() {
  return { lines: [], length: 0, isComplete: false };
}

export { Ring };
