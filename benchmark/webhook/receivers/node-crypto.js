'use strict';
// The same rules in plain JavaScript, as somebody would write them who is careful and wants it fast. (`createSecretKey`
// would make it slower.)

const { createHmac, timingSafeEqual } = require('node:crypto');
const { signWebhook } = require('../../../index.js');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = (delivery) => {
  exports.verify(delivery);
  const event = JSON.parse(delivery.body.toString());
  const { id, topic, type, payload } = event;
  if (typeof id !== 'string' || typeof topic !== 'string' || typeof type !== 'string' || typeof payload !== 'object')
    throw new Error('not an event');
  return event;
};

exports.verify = ({ body, headers }) => {
  const timestamp = header(headers, 'x-webhook-timestamp');
  const id = header(headers, 'x-webhook-id');
  if (!/^[1-9]\d{9,14}$/.test(timestamp) || id.length > 256) throw new Error('malformed');
  const milliseconds = timestamp.length < 12 ? Number(timestamp) * 1000 : Number(timestamp);
  if (Math.abs(Date.now() - milliseconds) > 300_000) throw new Error('expired');
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.`).update(body).digest();
  let matches = false;
  for (const candidate of header(headers, 'x-webhook-signature').split(',')) {
    const [, hex] = /^(?:sha256=)?([0-9a-f]{64})$/.exec(candidate) ?? [];
    if (hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), expected)) matches = true;
  }
  if (!matches) throw new Error('no signature matches');
  return true;
};

function header(headers, name) {
  const value = headers[name];
  if (typeof value !== 'string') throw new Error('missing');
  return value;
}
