'use strict';

const { Webhook } = require('svix');
const { signWebhook } = require('../../../index.js');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

const webhook = new Webhook(SECRET);

exports.deliver = (body) => ({
  body,
  headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET, { scheme: 'standard-webhooks' }) },
});

exports.receive = ({ body, headers }) => webhook.verify(body, headers);
