/**
 * A page loads what reads a refused CONNECT when the first one comes: the server has just answered,
 * so the page's own server may answer, too.
 */

import { memberOf } from '../../../protocol/json.js';

/** @import { Refusal } from '../refusal.js' */

/** @type {((payload: unknown) => Refusal) | undefined} */
let read;

/**
 * @param {unknown} payload of a `CONNECT_ERROR`
 * @returns {Refusal | Promise<Refusal>}
 */
export function readRefusal(payload) {
  return read
    ? read(payload)
    : import('../refusal.js').then(
        (refusal) => {
          read = refusal.readRefusal;
          return read(payload);
        },
        // The words stay unread. The client tries again, and so does the next refusal.
        () => ({
          text: `${memberOf(payload, 'message') ?? 'no reason given'}`,
          isAboutToken: false,
          retryAfter: undefined,
        }),
      );
}

/** Recordings are of sessions that read at once. @param {(payload: unknown) => Refusal} readNow */
export function knowRefusals(readNow) {
  read = readNow;
}
