'use strict';
// The same rules in plain JavaScript, as somebody would write them who is careful and wants it
// fast. (`createSecretKey` would make it slower.)

const { createHmac, timingSafeEqual } = require('node:crypto');
const { signWebhook } = require('../../..');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');
const { parse, readHeaders, signatures } = require('./node-rules.js');

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = (delivery) => {
  exports.verify(delivery);
  return parse(delivery.body);
};

exports.verify = ({ body, headers }) => {
  const { timestamp, signature } = readHeaders(headers);
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.`).update(body).digest();
  let matches = false;
  for (const hex of signatures(signature)) if (timingSafeEqual(Buffer.from(hex, 'hex'), expected)) matches = true;
  if (!matches) throw new Error('no signature matches');
  return true;
};
