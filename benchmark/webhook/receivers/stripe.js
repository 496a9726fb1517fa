'use strict';

const { webhooks } = require('stripe');
const { signWebhook } = require('../../..');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

const NAME = 'x-webhook-signature';

exports.deliver = (body) => ({ body, headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET, { scheme: 't-v1' }) } });

exports.receive = ({ body, headers }) => webhooks.constructEvent(body, headers[NAME], SECRET);

exports.verify = ({ body, headers }) => webhooks.signature.verifyHeader(body, headers[NAME], SECRET, 300);
