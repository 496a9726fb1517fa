'use strict';
// What `standardwebhooks` and `svix` have in common: the interface of Standard Webhooks.

const { signWebhook } = require('../../..');
const { OTHER_HEADERS, SECRET } = require('../deliveries.js');

module.exports = ({ Webhook }) => {
  const webhook = new Webhook(SECRET);
  return {
    deliver: (body) => ({
      body,
      headers: { ...OTHER_HEADERS, ...signWebhook(body, SECRET, { scheme: 'standard-webhooks' }) },
    }),
    receive: ({ body, headers }) => webhook.verify(body, headers),
  };
};
