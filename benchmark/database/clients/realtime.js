'use strict';
// The local platform in a process of its own, and a client of it in this one. What is measured is
// the platform, which reads the database.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { RealtimeClient } = require('../../..');

/** @param {{ url: string, protocol: 'ws' | 'socket.io', onRow: (at: number) => void }} options */
async function start({ url, protocol, onRow }) {
  const platform = fork(require.resolve('../platform.js'), [url]);
  const [at] = await once(platform, 'message');
  const client = new RealtimeClient({ ...at, protocol });
  client.on('event', ({ payload }) => onRow(payload.at));
  client.subscribe({ topic: 'bench' });
  const ask = async (what) => {
    platform.send(what);
    return (await once(platform, 'message'))[0];
  };
  await ask('subscribed');
  return {
    usage: () => ask('usage'),
    close: async () => {
      client.destroy();
      platform.disconnect();
      await once(platform, 'exit');
    },
  };
}

module.exports = { start };
