'use strict';

const { WebhookReceiver, signWebhook } = require('../../../index.js');
const { prepareWebhookKeys, verifyWebhook } = require('../../../native/index.js');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

const receiver = new WebhookReceiver(SECRET);
const keys = prepareWebhookKeys([SECRET]);

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = ({ body, headers }) => receiver.verify(body, headers).event;

exports.verify = ({ body, headers }) =>
  verifyWebhook(
    keys,
    body,
    0,
    headers['x-webhook-signature'],
    headers['x-webhook-timestamp'],
    headers['x-webhook-id'],
    300_000,
    Date.now(),
  ) > 0;
