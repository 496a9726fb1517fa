'use strict';
// Our receiver in its form for browsers and workers, which have no `node:crypto`.

const { WebhookReceiver, signWebhook } = require('../../../dist/umd/index.js');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

const receiver = new WebhookReceiver(SECRET);

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = ({ body, headers }) => receiver.verify(body, headers).event;
