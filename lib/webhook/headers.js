/** Finds the headers of a delivery in any form in which servers keep headers, and its scheme. */

import { invalidSecret, refusePromise } from '../errors/errors.js';
import { member } from '../own.js';
import { ATTEMPT_HEADER, STANDARD_HEADERS } from './schemes.js';
import { WebhookVerificationError } from './verification-error.js';

/** @import { WebhookHeaders, WebhookScheme } from '../../index.js' */

/** @typedef {{ signature: string, timestamp: string, id: string }} Names in lower case */
/**
 * @typedef {{ signature: number, timestamp: number, id: number }} Places of names in the result of `#collect`
 */

/** The place of a name that does not matter. */
const NOWHERE = -1;
/** How many names of headers are remembered. */
const MAX_NAMES = 64;

class HeaderReader {
  #missing;
  /** @type {Map<string, number>} */
  #places = new Map();
  /** Marks the first letters of the names: most other headers need no further check. */
  #initials = new Uint8Array(128);
  /**
   * The header names of the last request in their order, and their places: the next request's are
   * mostly the same.
   */
  #names = /** @type {string[]} */ ([]);
  #placesOfNames = /** @type {number[]} */ ([]);
  #own;
  #standard;
  #attempt;

  /** @param {Names} own */
  constructor(own) {
    this.#missing = `There is no header ${own.signature}, and no ${STANDARD_HEADERS.signature}`;
    this.#own = this.#want(own);
    this.#standard = this.#want(STANDARD_HEADERS);
    this.#attempt = this.#place(ATTEMPT_HEADER);
  }

  /**
   * A delivery is verified by one scheme only. With the signatures of two schemes, it is Standard
   * Webhooks, which also signs the ID.
   *
   * @param {WebhookHeaders} headers
   * @returns
   * {{ scheme: WebhookScheme, signature: string, timestamp?: string, id?: string, attempt?: number
   * }}
   */
  read(headers) {
    const found = this.#collect(headers);
    const isStandard = found[this.#standard.signature] !== undefined;
    const places = isStandard ? this.#standard : this.#own;
    const signature = found[places.signature];
    if (signature === undefined) throw this.#missingIn(headers);
    return {
      scheme: isStandard ? 'standard-webhooks' : signature.startsWith('t=') ? 't-v1' : 'realtime',
      signature,
      timestamp: found[places.timestamp],
      id: found[places.id],
      attempt: parseAttempt(found[this.#attempt]),
    };
  }

  /** @param {WebhookHeaders} headers */
  #missingIn(headers) {
    const inner = member(headers, 'headers');
    const isRequest = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    const remediation = isRequest ? 'The argument looks like a request: pass request.headers.' : undefined;
    return new WebhookVerificationError('MISSING_HEADER', this.#missing, { remediation });
  }

  /** @param {Names} names @returns {Places} */
  #want({ signature, timestamp, id }) {
    return { signature: this.#place(signature), timestamp: this.#place(timestamp), id: this.#place(id) };
  }

  /** @param {string} name */
  #place(name) {
    const place = this.#places.get(name) ?? this.#places.size;
    this.#places.set(name, place);
    for (const initial of [name, name.toUpperCase()]) this.#initials[initial.charCodeAt(0)] = 1;
    return place;
  }

  /** @param {WebhookHeaders} headers */
  #collect(headers) {
    if (typeof headers !== 'object' || headers === null)
      throw invalidSecret(
        'WebhookReceiver.verify(): headers',
        'all headers of the request, not the signature alone',
        headers,
      );
    // With the length for all names: an array that never grows is fast.
    /** @type {(string | undefined)[]} */
    const found = [undefined, undefined, undefined, undefined, undefined, undefined, undefined];
    const isOwn = isPlain(headers);
    // As in Next.js, where `headers()` returns a promise.
    if (!isOwn) refusePromise('WebhookReceiver.verify(): headers', headers);
    if (!isOwn && isFlat(headers)) {
      for (let i = 0; i < headers.length; i += 2) this.#add(found, this.#find(headers[i]), headers[i], headers[i + 1]);
    } else if (!isOwn && isIterable(headers)) {
      for (const [name, value] of headers) this.#add(found, this.#find(name), name, value);
    } else {
      let at = 0;
      for (const name in headers) {
        const place = this.#names[at] === name ? this.#placesOfNames[at] : this.#look(name, at);
        if (place !== NOWHERE && (isOwn || Object.hasOwn(headers, name))) this.#add(found, place, name, headers[name]);
        at += 1;
      }
    }
    return found;
  }

  /**
   * Finds the place of a name, and remembers it for the next request.
   *
   * @param {string} name
   * @param {number} at
   */
  #look(name, at) {
    const place = this.#find(name);
    if (at < MAX_NAMES) {
      this.#names[at] = name;
      this.#placesOfNames[at] = place;
    }
    return place;
  }

  /** @param {unknown} name */
  #find(name) {
    if (typeof name !== 'string' || this.#initials[name.charCodeAt(0)] !== 1) return NOWHERE;
    return this.#places.get(name) ?? this.#places.get(name.toLowerCase()) ?? NOWHERE;
  }

  /**
   * @param {(string | undefined)[]} found
   * @param {number} place
   * @param {string} name
   * @param {unknown} value
   */
  #add(found, place, name, value) {
    if (place === NOWHERE || value === undefined) return;
    const text = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof text === 'string' && found[place] === undefined) found[place] = text;
    else if (place === this.#attempt) found[place] = '';
    else throw malformed(name.toLowerCase(), 'came more than once, or is not a string');
  }
}

/**
 * Whether all enumerable members of an object are its own, and it is neither a promise nor a list:
 * as Node keeps the headers of a request. This is found out once, and not for each name.
 *
 * @param {any} headers
 * @returns {headers is Record<string, string | string[] | undefined>}
 */
function isPlain(headers) {
  const prototype = Object.getPrototypeOf(headers);
  if (prototype === Object.prototype) {
    for (const _ in prototype) return false;
  } else if (prototype !== null) return false;
  return headers.then === undefined && headers[Symbol.iterator] === undefined;
}

/**
 * Whether names and values alternate, as in Node's `rawHeaders`.
 *
 * @param {object} headers
 * @returns {headers is readonly string[]}
 */
function isFlat(headers) {
  return Array.isArray(headers) && typeof headers[0] === 'string';
}

/**
 * Whether there are pairs of names and values, as in a `Headers` or a Map.
 *
 * @param {WebhookHeaders} headers
 * @returns {headers is Extract<WebhookHeaders, Iterable<any>>}
 */
function isIterable(headers) {
  return member(headers, Symbol.iterator) !== undefined;
}

/**
 * The number of the attempt. It is not signed, and nothing depends on it: anything else is ignored.
 *
 * @param {string | undefined} text
 */
function parseAttempt(text) {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** @param {string} name @param {string} what */
function malformed(name, what) {
  return new WebhookVerificationError('MALFORMED_HEADER', `The header ${name} ${what}`);
}

export { HeaderReader };
