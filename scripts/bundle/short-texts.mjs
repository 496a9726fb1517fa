/**
 * The sentences of the web build. A page pays for every byte, so the texts below are shorter there:
 * code, path and link of an error stay the same. Node has the long ones.
 *
 * What the session itself says (`engines/javascript/session/` and `protocol/`) is not shortened:
 * Node replays the recordings of browsers, and compares every word.
 */

/** By module of `lib/`: the text in the source, and the one for the web. @type {Record<string, [long: string, short: string][]>} */
export const SHORT_TEXTS = {
  'options/values.js': [
    ["'an integer >= 0, or Infinity'", "'an integer >= 0 or Infinity'"],
    ["'a number of milliseconds'", "'a number'"],
    ["'a number of milliseconds > 0'", "'a number > 0'"],
    ["'at least 100 milliseconds'", "'at least 100'"],
    ["'at least 1 millisecond'", "'at least 1'"],
    ["'a string of 1 to 256 printable ASCII characters'", "'1 to 256 ASCII characters'"],
    [
      `"a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one"`,
      "'a JWT or a function'",
    ],
    [`"an absolute http:// or https:// URL such as 'http://localhost:3000'"`, "'an absolute http:// or https:// URL'"],
    ["'a URL without a user name or password (authenticate with options.token)'", "'a URL without a user'"],
    ["'a URL without a query or fragment'", "'a URL without a query'"],
    [`"a URL path that starts with '/', without a query, fragment or spaces"`, `"a URL path from '/'"`],
    ["'an object of strings'", "'an object'"],
    ["'valid header names'", "'a header name'"],
    ["'nothing, since options.token sets it'", "'nothing'"],
    ["'nothing, since the handshake sets it'", "'nothing'"],
    ["'a string of printable ASCII, without line ends'", "'a string of ASCII'"],
    [`"a channel other than 'direct', the topic of direct messages"`, `"a channel other than 'direct'"`],
    [' bytes without control characters`', ' bytes`'],
    [' bytes without halves of surrogate pairs`', ' bytes`'],
    [`"a name other than '.' and '..', which proxies take for steps in a path"`, `"a name other than '.' and '..'"`],
  ],
  'options/client.js': [
    ["'an object with url and token'", "'an object'"],
    [`"['websocket'] with protocol 'ws'"`, `"['websocket']"`],
    [`"['websocket', 'polling'], ['websocket'] or ['polling']"`, `"['websocket', 'polling']"`],
    [", 'an object with maxMessages, maxBytes and maxAgeMs'", ''],
    [", 'an object with maxEvents, maxBytes, overflow and maxPauseMs'", ''],
    ["'false, or an object with interval and timeout'", "'false or an object'"],
    ["'recorder, see docs/recording.md'", "'recorder'"],
    [", 'an object with maxBytes'", ''],
    [", 'an object with latency and topics'", ''],
    ["'an object with the method subscribe'", "'an object with subscribe'"],
  ],
  'options/subscription.js': [
    [`"an object such as { topic: 'session.status' }"`, "'an object'"],
    ["'an object such as { campusId: 12 }'", "'an object'"],
    [
      "'a string, finite number, boolean or null, { eq: value } or { in: [values] }'",
      "'a value, { eq: value } or { in: [values] }'",
    ],
    ["'a string, finite number, boolean or null'", "'a string, number, boolean or null'"],
  ],
  'options/listener.js': [[", 'an object such as { signal }'", '']],
  'options/schemas.js': [
    ["'a Standard Schema, such as one of zod, valibot or arktype'", "'a Standard Schema'"],
    ["'an object of schemas by topic'", "'an object'"],
  ],
  'options/engine/web.js': [
    [', elsewhere the runtime decides on TLS', ''],
    [', elsewhere the runtime chooses the proxy', ''],
  ],
  'core-client.js': [[`"the string that subscribe() returned, such as 'sub_1'"`, "'a string'"]],
  'events/dispatch.js': [
    ["'one schema for a topic, and none for a pattern'", "'one schema for a topic'"],
    [`"Listen to 'error' to see all of them; this warning appears once per code."`, `"Listen to 'error' to see all."`],
    ["'an item of a batch could not be read and was dropped'", "'an item was dropped'"],
  ],
  'engines/javascript/token.js': [
    [
      "'options.token: expected printable ASCII without spaces: it is sent as an HTTP header'",
      "'options.token: expected ASCII without spaces'",
    ],
  ],
  'engines/javascript/transport/websocket.js': [
    [
      `"this runtime does not show why: an HTTP status, a proxy, a certificate, or connect-src of the page's CSP"`,
      `"this runtime hides why: a status, proxy, certificate or the page's CSP"`,
    ],
    ["'the token has a character that is illegal in a subprotocol'", "'the token is illegal in a subprotocol'"],
    ["the browser blocks it: connect-src of the page's CSP lacks ", "connect-src of the page's CSP lacks "],
    ['connected to a server that does not speak WebSocket: ', 'no WebSocket: '],
  ],
  'socket/names.js': [[", 'an object such as { timeout: 5000 }'", '']],
  'socket/calls.js': [["'the client was destroyed before the server answered'", "'the client was destroyed'"]],
  'socket/outgoing.js': [
    [`"no Buffers with options.protocol 'ws', which carries JSON only"`, `"no Buffers with protocol 'ws'"`],
  ],
  'socket/binary.js': [
    [' levels of objects and arrays, and none that contains itself`', ' levels`'],
    [
      ' no member _placeholder: true beside Buffers, since Socket.IO puts such objects in their place`',
      ' no _placeholder: true beside Buffers`',
    ],
  ],
  'sync/mutations.js': [
    [`"an array such as [{ op: 'set', path: '/title', value: 'x' }]"`, "'an array of mutations'"],
    [`"a JSON Pointer: '', or keys after '/' in which ~0 is ~ and ~1 is /"`, "'a JSON Pointer'"],
    ["'nothing, since remove has no value'", "'nothing'"],
  ],
  'sync/update.js': [
    [
      'an attempt to write had no answer, and then the document had another revision. That revision is either this ',
      'an attempt had no answer, and the new revision is either this ',
    ],
    ["'update or the write of somebody else'", "'update or another write'"],
  ],
  'requests/json.js': [[' levels of objects and arrays`', ' levels`']],
  'webhook/options.js': [
    ["'the secret of the endpoint (is its environment variable set?)'", "'the secret of the endpoint'"],
    ["'a secret without a line end (trim() removes it)'", "'a secret without a line end'"],
    ["'an object with the methods claim and release'", "'an object with claim and release'"],
  ],
  'webhook/endpoint.js': [
    [
      "'Set options.onRefused to see all of them; this warning appears once per code.'",
      "'Set options.onRefused to see all.'",
    ],
  ],
  'auth/token-provider.js': [["'a string with characters no token has'", "'an illegal string'"]],
};

/**
 * Puts the short texts in the place of the long ones. Lines stay where they are, so the source map
 * stays right.
 *
 * @param {string} lib the folder of the sources
 * @returns {import('rolldown').Plugin}
 */
export function shortTexts(lib) {
  return {
    name: 'short-texts',
    transform(code, id) {
      const path = id.startsWith(lib) ? id.slice(lib.length + 1).replaceAll('\\', '/') : '';
      let text = code;
      for (const [long, short] of SHORT_TEXTS[path] ?? []) {
        const [before, ...after] = text.split(long);
        if (after.length === 0) throw new Error(`scripts/bundle/short-texts.mjs: lib/${path} does not say ${long}`);
        text = [before, ...after].join(short);
      }
      return text === code ? undefined : { code: text, map: null };
    },
  };
}
