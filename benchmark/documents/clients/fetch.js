'use strict';
// What comes with Node.

const { trial } = require('../trial.js');

trial(({ url, token }) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const request = async (path, options) => {
    const response = await fetch(`${url}/api/sync/${path}`, options);
    if (!response.ok) throw new Error(`answered with ${response.status}`);
    return response.json();
  };
  return {
    get: (service, id) => request(`${service}/documents/${encodeURIComponent(id)}`, { headers }),
    merge: (service, id, data) =>
      request(`${service}/documents/${encodeURIComponent(id)}/merge`, {
        method: 'PATCH',
        headers,
        body: JSON.stringify({ data }),
      }),
    close() {},
  };
});
