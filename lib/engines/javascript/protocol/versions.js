/** Detects servers that speak an older version of the protocols, by their first message. */

/** Reported when a server joins a client to the namespace unasked and without a `sid`. */
const SOCKET_IO_2 = 'the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer';
/** How much of a body can be the length of a packet. */
const MAX_LENGTH = 64;
/** Reported when a server refuses the version in the client's query (`EIO=4`). */
const NOT_ENGINE_IO_4 =
  'the server does not speak Engine.IO 4, which this client needs: it refuses this version of the protocol';

/**
 * Whether the first long-polling body is Engine.IO 3's, which puts the length of each packet in
 * front of it: `97:0{...}`, or in binary a 0, the digits as bytes, and 255.
 *
 * @param {Uint8Array} body
 */
function isEngineIo3(body) {
  return /^(?:\d+:|\0[\0-\x09]+\xff)0\{/.test(String.fromCharCode(...body.subarray(0, MAX_LENGTH)));
}

/**
 * Whether Engine.IO refused this client's version: `{"code":5,"message":"Unsupported protocol
 * version"}`. The end of the body may be cut off.
 *
 * @param {string} body
 */
function isVersionRefused(body) {
  return /^\ufeff?\s*\{[^{}[\]]*"code"\s*:\s*5\s*[,}]/.test(body);
}

export { isEngineIo3, isVersionRefused, NOT_ENGINE_IO_4, SOCKET_IO_2 };
