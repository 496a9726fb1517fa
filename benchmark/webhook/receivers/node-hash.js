'use strict';
// As `node-crypto`, for somebody who goes one step further: `crypto.hash` (Node.js 20.12) makes no
// object for each hash, so the HMAC is put together by hand from two of them.

const { hash, timingSafeEqual } = require('node:crypto');
const { signWebhook } = require('../../..');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');
const { parse, readHeaders, signatures } = require('./node-rules.js');

const BLOCK = 64;
const MAX_BODY = 1024 * 1024;

const inner = Buffer.alloc(BLOCK + 16 + MAX_BODY);
const outer = Buffer.alloc(BLOCK + 32);
const expected = Buffer.alloc(32);
const given = Buffer.alloc(32);

// A secret of more than a block would have to be hashed first.
const key = Buffer.alloc(BLOCK);
key.set(Buffer.from(SECRET));
for (const [at, byte] of key.entries()) {
  inner[at] = byte ^ 0x36;
  outer[at] = byte ^ 0x5c;
}

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = (delivery) => {
  exports.verify(delivery);
  return parse(delivery.body);
};

exports.verify = ({ body, headers }) => {
  const { timestamp, signature } = readHeaders(headers);
  if (body.length > MAX_BODY) throw new Error('too large');
  const start = BLOCK + inner.latin1Write(`${timestamp}.`, BLOCK);
  inner.set(body, start);
  // Text is what `hash` makes fastest: `binary` has a character for each byte.
  outer.latin1Write(hash('sha256', inner.subarray(0, start + body.length), 'binary'), BLOCK);
  expected.latin1Write(hash('sha256', outer, 'binary'));
  let matches = false;
  for (const hex of signatures(signature)) {
    given.hexWrite(hex);
    if (timingSafeEqual(given, expected)) matches = true;
  }
  if (!matches) throw new Error('no signature matches');
  return true;
};
