'use strict';
// The fastest HTTP client that JavaScript has, with as many connections as it has requests at a
// time.

const { Agent, request } = require('undici');
const { trial } = require('../trial.js');

trial(({ url, token, concurrency }) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const dispatcher = new Agent({ connections: concurrency });
  const ask = async (path, options) => {
    const { statusCode, body } = await request(`${url}/api/sync/${path}`, { ...options, headers, dispatcher });
    if (statusCode !== 200) throw new Error(`answered with ${statusCode}`);
    return body.json();
  };
  return {
    get: (service, id) => ask(`${service}/documents/${encodeURIComponent(id)}`),
    merge: (service, id, data) =>
      ask(`${service}/documents/${encodeURIComponent(id)}/merge`, { method: 'PATCH', body: JSON.stringify({ data }) }),
    close: () => dispatcher.close(),
  };
});
