'use strict';
// The least that JavaScript can do: a socket of Node's, frames found by hand, JSON.parse of what
// stands between the brackets. It knows what this source sends and nothing more: no fragments, no
// control frames but the closing one.

const net = require('node:net');
const tls = require('node:tls');

const EVENT = '42["event",';
const TEXT = 0x81;
const CLOSE = 0x88;

exports.open = ({ url, ca, topics, only }, { connected, event }) => {
  const { protocol, hostname, port } = new URL(url);
  const socket =
    protocol === 'https:' ? tls.connect({ host: hostname, port, ca }) : net.connect({ host: hostname, port });
  socket.setNoDelay(true);
  const subscribe = (topic) => socket.write(masked(TEXT, `42["subscribe",${JSON.stringify({ topic })}]`));

  const receive = (bytes, start, end) => {
    // "4" is 0x34, "2" is 0x32: an event, since the source sends no other packets of that kind.
    if (bytes[start] === 0x34 && bytes[start + 1] === 0x32) {
      const received = JSON.parse(bytes.utf8Slice(start + EVENT.length, end - 1));
      if (!only || received.topic === only) event(received);
    } else if (bytes.latin1Slice(start, start + 2) === '40') {
      connected?.();
      for (const topic of topics) subscribe(topic);
    }
  };

  let upgraded = false;
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    if (!upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end >= 0) {
        upgraded = true;
        offset = end + 4;
        socket.write(masked(TEXT, '40'));
      }
    }
    while (upgraded && offset + 10 <= bytes.length) {
      let start = offset + 2;
      let length = bytes[offset + 1];
      if (length === 126) {
        length = (bytes[offset + 2] << 8) | bytes[offset + 3];
        start += 2;
      } else if (length === 127) {
        length = bytes.readUInt32BE(offset + 6);
        start += 8;
      }
      if (start + length > bytes.length) break;
      if (bytes[offset] === TEXT) receive(bytes, start, start + length);
      offset = start + length;
    }
    rest = offset === bytes.length ? bytes.subarray(0, 0) : bytes.subarray(offset);
  });
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: source\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2luayByZWFkcyBhbGwuLg==\r\n\r\n',
  );
  return { subscribe, close: () => socket.end(masked(CLOSE, '')) };
};

/** A short frame under an all-zero mask, which leaves the text as it is. */
function masked(kind, text) {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([kind, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
