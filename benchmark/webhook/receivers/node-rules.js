'use strict';
// What `node-crypto` and `node-hash` have in common: everything but the HMAC.

exports.readHeaders = (headers) => {
  const timestamp = header(headers, 'x-webhook-timestamp');
  const id = header(headers, 'x-webhook-id');
  if (!/^[1-9]\d{9,14}$/.test(timestamp) || id.length > 256) throw new Error('malformed');
  const milliseconds = timestamp.length < 12 ? Number(timestamp) * 1000 : Number(timestamp);
  if (Math.abs(Date.now() - milliseconds) > 300_000) throw new Error('expired');
  return { timestamp, signature: header(headers, 'x-webhook-signature') };
};

exports.signatures = (signature) => {
  const found = [];
  for (const candidate of signature.split(',')) {
    const [, hex] = /^(?:sha256=)?([0-9a-f]{64})$/.exec(candidate) ?? [];
    if (hex !== undefined) found.push(hex);
  }
  return found;
};

exports.parse = (body) => {
  const event = JSON.parse(body.toString());
  const { id, topic, type, payload } = event;
  if (typeof id !== 'string' || typeof topic !== 'string' || typeof type !== 'string' || typeof payload !== 'object')
    throw new Error('not an event');
  return event;
};

function header(headers, name) {
  const value = headers[name];
  if (typeof value !== 'string') throw new Error('missing');
  return value;
}
