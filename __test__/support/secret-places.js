/**
 * The places where a program that uses the package has secrets and payloads, each with a value of
 * its own, and the search for these values in an output: logs, traces, recordings.
 *
 * A `credential` must never appear, however much is asked for. A `payload` is the user's data: it
 * may appear, cut, where the user asks for payloads, and nowhere else.
 */

import { createHash } from 'node:crypto';

/** @type {Record<string, 'credential' | 'payload'>} */
const PLACES = {
  // What the program passes to the client.
  'options.token': 'credential',
  'first token of the token function': 'credential',
  'renewed token of the token function': 'credential',
  'token that the server refuses': 'credential',
  'error of the token function': 'credential',
  'cause of the error of the token function': 'credential',
  'options.headers.authorization': 'credential',
  'options.headers.cookie, first value': 'credential',
  'options.headers.cookie, second value': 'credential',
  'options.headers.x-api-key': 'credential',
  'password in the url of the proxy': 'credential',
  'options.tls.key': 'credential',
  'misspelt option': 'credential',
  'path of the url': 'credential',
  // What the server has for this client alone.
  'Engine.IO session id': 'credential',
  'private session id for the recovery': 'credential',
  'cookie of long-polling': 'credential',
  // What the server repeats: a token in a text.
  'message of CONNECT_ERROR': 'credential',
  'data of CONNECT_ERROR': 'credential',
  'reason of a close frame': 'credential',
  'refusal of a subscription': 'credential',
  'name of a subscription in an error': 'credential',
  'answer to a message': 'credential',
  'body of a refused upgrade': 'credential',
  'header of a refused upgrade': 'credential',
  'target of a redirected upgrade': 'credential',
  'frame that is not JSON': 'credential',
  'frame of an unknown kind': 'credential',
  'event that repeats a token': 'credential',
  'error event of the server': 'credential',
  'message of a REST refusal': 'credential',
  'details of a REST refusal': 'credential',
  'body of a REST answer that is not JSON': 'credential',
  'document that repeats a token': 'credential',
  'header of a REST answer': 'credential',
  'target of a REST redirect': 'credential',
  'query of a REST request': 'credential',
  'idempotency key': 'credential',
  // Webhooks.
  'webhook secret': 'credential',
  'former webhook secret': 'credential',
  'signature of a refused delivery': 'credential',
  'authorization of a delivery': 'credential',
  'body of a refused delivery': 'credential',
  'error of a webhook handler': 'credential',
  // The user's data.
  'payload of an event': 'payload',
  'metadata of an event': 'payload',
  'attachment of an event': 'payload',
  'value in a filter': 'payload',
  'document in a REST answer': 'payload',
  'document in a REST request': 'payload',
  'message to a channel': 'payload',
  'message of a channel': 'payload',
  'direct message': 'payload',
  'data of a presence': 'payload',
  'body of a delivery': 'payload',
};

/** The shortest piece of a value that counts as the value. */
const MIN_PIECE = 12;

/** @typedef {keyof typeof PLACES & string} Place */

/** The value at a place: what a token, a header, a path and a JSON text can contain. @param {Place} place */
function secretAt(place) {
  if (!Object.hasOwn(PLACES, place)) throw new Error(`no place '${place}'`);
  return createHash('sha256').update(`secret at ${place}`).digest('base64url').replaceAll(/[-_]/g, 'x');
}

/**
 * The places whose value, or a piece of it, is in a text: as it is, as base64 or hexadecimal.
 *
 * @param {string} text
 * @param {{ payloads?: boolean }} [allowed] whether payloads may be there
 */
function placesIn(text, { payloads = false } = {}) {
  return Object.keys(PLACES).filter((place) => {
    if (payloads && PLACES[place] === 'payload') return false;
    const value = secretAt(place);
    const forms = [value, Buffer.from(value).toString('base64url'), Buffer.from(value).toString('hex')];
    return forms.some((form) => {
      for (let at = 0; at + MIN_PIECE <= form.length; at += 1)
        if (text.includes(form.slice(at, at + MIN_PIECE))) return true;
      return false;
    });
  });
}

export { PLACES, placesIn, secretAt };
