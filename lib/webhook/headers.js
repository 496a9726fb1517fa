'use strict';

/** Finds the headers of a delivery in whatever a server keeps headers in, and tells by them how it is signed. */

const { invalidArgument } = require('../errors.js');
const { ATTEMPT_HEADER, STANDARD_HEADERS } = require('./schemes.js');
const { WebhookVerificationError } = require('./verification-error.js');

/** @import { WebhookHeaders, WebhookScheme } from '../../index.js' */

/** @typedef {{ signature: string, timestamp: string, id: string }} Names in lower case */
/** @typedef {{ signature: number, timestamp: number, id: number }} Places of names in what `#collect` finds */

class HeaderReader {
  #missing;
  /** @type {Map<string, number>} */
  #places = new Map();
  /** Marks the codes of the first letters of the names: most other headers need no closer look. */
  #initials = new Uint8Array(128);
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
   * A delivery is judged by one scheme only. Where there are the signatures of two, it is Standard Webhooks, which also
   * signs the id.
   *
   * @param {WebhookHeaders} headers
   * @returns {{ scheme: WebhookScheme, signature: string, timestamp?: string, id?: string, attempt?: number }}
   */
  read(headers) {
    const found = this.#collect(headers);
    const isStandard = found[this.#standard.signature] !== undefined;
    const places = isStandard ? this.#standard : this.#own;
    const signature = found[places.signature];
    if (signature === undefined) throw new WebhookVerificationError('MISSING_HEADER', this.#missing);
    return {
      scheme: isStandard ? 'standard-webhooks' : signature.startsWith('t=') ? 't-v1' : 'realtime',
      signature,
      timestamp: found[places.timestamp],
      id: found[places.id],
      attempt: parseAttempt(found[this.#attempt]),
    };
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
      throw invalidArgument('headers', 'the headers of the request', headers);
    // As many as there are names at most: an array that never grows is a fast one.
    /** @type {(string | undefined)[]} */
    const found = [undefined, undefined, undefined, undefined, undefined, undefined, undefined];
    if (isFlat(headers)) {
      for (let i = 0; i < headers.length; i += 2) this.#add(found, headers[i], headers[i + 1]);
    } else if (Symbol.iterator in headers) {
      for (const [name, value] of headers) this.#add(found, name, value);
    } else {
      for (const name in headers) this.#add(found, name, headers[name]);
    }
    return found;
  }

  /**
   * @param {(string | undefined)[]} found
   * @param {unknown} name
   * @param {unknown} value
   */
  #add(found, name, value) {
    if (typeof name !== 'string' || this.#initials[name.charCodeAt(0)] !== 1) return;
    const place = this.#places.get(name) ?? this.#places.get(name.toLowerCase());
    if (place === undefined || value === undefined) return;
    const text = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof text !== 'string' || found[place] !== undefined)
      throw malformed(name.toLowerCase(), 'came more than once, or is not a string');
    found[place] = text;
  }
}

/**
 * Names and values in turn, as in Node's `rawHeaders`.
 *
 * @param {object} headers
 * @returns {headers is readonly string[]}
 */
function isFlat(headers) {
  return Array.isArray(headers) && typeof headers[0] === 'string';
}

/** @param {string | undefined} text */
function parseAttempt(text) {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw malformed(ATTEMPT_HEADER, 'is not a plain decimal number');
  return Number(text);
}

/** @param {string} name @param {string} what */
function malformed(name, what) {
  return new WebhookVerificationError('MALFORMED_HEADER', `The header ${name} ${what}`);
}

module.exports = { HeaderReader };
