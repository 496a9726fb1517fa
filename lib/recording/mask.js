/**
 * Cuts out of a recording what is nobody's business: only what is known to be harmless stays, and
 * everything else gets a pseudonym. So a secret cannot get into a recording by a way that nobody
 * thought of.
 *
 * | what | in the recording |
 * |---|---|
 * | names of calls, packets and members of the protocol | as they are |
 * | topics and channels that the program names, times and counts | as they are |
 * | tokens, session ids, sockets' ids, event ids | pseudonyms |
 * | payloads, filters, data, metadata: members, texts and numbers | pseudonyms, unless asked for |
 * | sentences of servers and of the system | word for word, where the words are known |
 *
 * Equal values have equal pseudonyms, so filters, deduplication and recovery do what they did.
 */

import { maskJson } from './json-mask.js';
import { Pseudonyms } from './pseudonyms.js';
import { KEYS, VALUES, WORDS } from './words.js';

/** @typedef {import('./json-mask.js').Place} Place */

/** Members that hold what belongs to the user. */
const PRIVATE = new Set(['payload', 'filter', 'data', 'metadata']);
/** Members whose texts are sentences. */
const SENTENCES = new Set(['message', 'error', 'reason', 'cause', 'name', 'code', 'type']);
/** Operators of filters, and the members of a placeholder for an attachment. */
const OPERATORS = new Set(['eq', 'in', '_placeholder', 'num']);
/** Ids that the client makes. */
const OWN_ID = /^sub_\d+$/;
/** What is before the JSON of a frame. */
const FRAME = /^(\d*(?:-(?=[[\d]))?(?:\/-,)?\d*)([\s\S]*)$/;

class Mask {
  #names = new Pseudonyms();
  #payloads;
  #redact;
  /** Topics and channels that the program names. @type {Set<string>} */
  #topics = new Set(['direct']);

  /**
   * @param {boolean} payloads whether what belongs to the user stays
   * @param {(text: string) => string} redact hides the client's secrets in what stays
   */
  constructor(payloads, redact) {
    this.#payloads = payloads;
    this.#redact = redact;
  }

  /** The settings of a session. @param {any} config */
  config({ token, applicationId, environment, ...config }) {
    return {
      ...config,
      token: this.token(token),
      applicationId: this.#optional(applicationId, 'a'),
      environment: this.#optional(environment, 'e'),
    };
  }

  /** @param {{ text: string } | undefined} token */
  token(token) {
    return token && { ...token, text: this.#names.text(token.text, 't') };
  }

  /** Names that the program has chosen. @param {Iterable<string | null>} topics */
  know(topics) {
    for (const topic of topics) if (topic !== null) this.#topics.add(topic);
  }

  /** The arguments of a call. @param {string} call @param {any[]} args @returns {any[]} */
  args(call, args) {
    const [first, second, third, ...rest] = args;
    switch (call) {
      case 'subscribe':
        this.know([second]);
        return typeof third === 'string' ? [first, second, this.filter(third), ...rest] : args;
      case 'joinChannel':
      case 'leaveChannel':
        this.know([second]);
        return args;
      case 'listen':
        this.know([first]);
        return args;
      case 'provideToken':
        return [first, this.token(second)];
      case 'receive':
        return [first, this.frame(second)];
      case 'receiveBinary':
        return [first, this.#bytes(second)];
      case 'emit':
        return [first, this.#message(second)];
      case 'handleDisconnect':
        return [first, this.sentence(second), ...(third ? [this.#failure(third)] : [])];
      case 'handleClose':
        return [first, this.sentence(second)];
      case 'abandon':
        return [this.sentence(first)];
      case 'unsubscribe':
        return [OWN_ID.test(first) ? first : this.#names.text(first)];
      default:
        return args;
    }
  }

  /** A frame of the server. @param {string} text */
  frame(text) {
    const [, prefix, rest] = /** @type {RegExpExecArray} */ (FRAME.exec(text));
    const isRefusal = prefix.startsWith('44');
    return prefix + this.#json(rest, isRefusal || rest.startsWith('{'));
  }

  /** A filter as JSON text. @param {string} text */
  filter(text) {
    if (this.#payloads) return maskJson(text, { text: (value) => this.#redact(value), number: (source) => source });
    return maskJson(text, {
      text: (value, { isKey }) => (isKey ? this.#key(value) : this.#names.text(value)),
      number: (source) => this.#names.number(source),
    });
  }

  /** A sentence: the words that are known stay. @param {string} text */
  sentence(text) {
    // Dots and dashes are within a word: a token or an address must not come apart into short
    // words.
    return this.#redact(text).replace(/[^\s'"(){}[\],;]+/gu, (piece) => {
      const [, word, end] = /** @type {RegExpExecArray} */ (/^([\s\S]*?)([.:!?]*)$/.exec(piece));
      return isKnown(word) ? piece : this.#names.text(word, 'w') + end;
    });
  }

  /**
   * @param {string} json
   * @param {boolean} isPlain whether it is a frame of `/ws` or a refusal, where `data` is no payload
   */
  #json(json, isPlain) {
    return maskJson(json, {
      text: (value, place) => this.#text(value, place, isPlain),
      number: (source, { path }) => {
        const member = path.at(-1) ?? '';
        const isOfUser = isPrivate(path, isPlain);
        if (isOfUser ? this.#payloads || member === 'num' : KEYS.has(member)) return source;
        return this.#names.number(source);
      },
    });
  }

  /** @param {string} value @param {Place} place @param {boolean} isPlain @returns {string} */
  #text(value, { path, isKey }, isPlain) {
    const isOfUser = isPrivate(path, isPlain);
    if (isOfUser && this.#payloads) return this.#redact(value);
    if (isKey) return isOfUser ? this.#key(value) : KEYS.has(value) ? value : this.#names.text(value);
    const member = path.at(-1) ?? '';
    if (isOfUser) return this.#names.text(value);
    if (VALUES.has(value) || this.#topics.has(value)) return value;
    if (member === 'subscriptionId' && OWN_ID.test(value)) return value;
    return SENTENCES.has(member) || path.length === 0 ? this.sentence(value) : this.#names.text(value);
  }

  /** A member that a filter may name: `a.b` is one, or one in another. @param {string} key */
  #key(key) {
    const parts = key.split('.').map((part) => (OPERATORS.has(part) ? part : this.#names.text(part, 'k')));
    return parts.join('.');
  }

  /** @param {any} message */
  #message({ event, payload, attachments, ...rest }) {
    return {
      event: VALUES.has(event) ? event : this.#names.text(event),
      payload: this.#json(payload, false),
      attachments: attachments.map(this.#bytes, this),
      ...rest,
    };
  }

  /** @param {{ bytes?: number[], zeros?: number }} value */
  #bytes(value) {
    return this.#payloads || value.bytes === undefined ? value : { zeros: value.bytes.length };
  }

  /** @param {any} failure */
  #failure({ code, message, status, retryAfter, outlook, uncertain }) {
    return { code, message: this.sentence(message), status, retryAfter, outlook, uncertain };
  }

  /** @param {string | undefined} value @param {string} prefix */
  #optional(value, prefix) {
    return value === undefined || value === null ? undefined : this.#names.text(value, prefix);
  }
}

/**
 * Whether all parts of a word are known: those of `TokenExpiredError` and `token_expired` are.
 *
 * @param {string} word
 */
function isKnown(word) {
  const parts = word.split(/[_:./-]+|(?<=\p{Ll})(?=\p{Lu})/u);
  return parts.every((part) => part === '' || WORDS.has(part.toLowerCase()) || /^\d{1,6}$/.test(part));
}

/**
 * Whether a place is within what belongs to the user. The envelope of an event is in `data` on
 * `/ws`, and so is the code of a refusal.
 *
 * @param {string[]} path
 * @param {boolean} isPlain
 */
function isPrivate(path, isPlain) {
  return path.some((member, depth) => PRIVATE.has(member) && !(isPlain && depth === 0 && member === 'data'));
}

export { Mask };
