/** Detects servers that speak an older version of the protocols, by their first message. */

/** Reported when a server joins a client to the namespace unasked and without a `sid`. */
const SOCKET_IO_2 = 'the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer';
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
  const isBinary = body[0] === 0;
  const [first, last, end] = isBinary ? [0, 9, 0xff] : [0x30, 0x39, 0x3a];
  const start = Number(isBinary);
  let at = start;
  while (body[at] >= first && body[at] <= last) at += 1;
  return at > start && body[at] === end && body[at + 1] === 0x30 && body[at + 2] === 0x7b;
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
