'use strict';
// This package.

const { RealtimeClient } = require('../../..');
const { trial } = require('../trial.js');

trial(({ url, token }) => {
  const client = new RealtimeClient({ url, token, autoConnect: false });
  return {
    get: (service, id) => client.sync.get(service, id),
    merge: (service, id, data) => client.sync.merge(service, id, data),
    close: () => client.destroy(),
  };
});
