'use strict';

const { WebhookReceiver, signWebhook } = require('../../..');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

const receiver = new WebhookReceiver(SECRET);

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET) } });

exports.receive = ({ body, headers }) => receiver.verify(body, headers).event;
