'use strict';

/** A client of channels under observation: all that its `socketClient` and the client itself report, in order. */

const { inspect } = require('node:util');

const { RealtimeClient } = require('../../index.js');

/** Short delays, so that tests of reconnecting are quick. */
const QUICK = { reconnectionDelay: 10, reconnectionDelayMax: 40 };

/** How long a test waits for something that should have come at once. */
const PATIENCE = 10_000;

/** Everything there is to hear, and who tells it. */
const NAMES = {
  realtime: ['event', 'connection', 'error'],
  socketClient: ['message', 'direct', 'presence'],
};

/**
 * A client that is destroyed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('../../index.js').RealtimeClientOptions} options
 * @param {readonly string[]} [names] what to listen to; nobody else's news cross into JavaScript
 */
function observeMember(t, options, names = Object.values(NAMES).flat()) {
  const realtime = new RealtimeClient({ ...QUICK, ...options });
  t.after(() => realtime.destroy());
  const { socketClient } = realtime;

  const log = [];
  const waiting = new Set();
  const listen = (emitter, name) =>
    emitter.on(name, (data) => {
      log.push({ name, data });
      for (const check of waiting) check();
    });
  for (const name of NAMES.realtime) if (names.includes(name)) listen(realtime, name);
  for (const name of NAMES.socketClient) if (names.includes(name)) listen(socketClient, name);
  const all = (name) => log.filter((entry) => entry.name === name).map(({ data }) => data);

  /** The `count`th report of a name that fulfils the condition, past or to come. */
  const seen = (name, condition = () => true, count = 1) =>
    new Promise((resolve, reject) => {
      const overdue = () =>
        reject(new Error(`no such '${name}' within ${PATIENCE} ms, but: ${inspect(log.slice(-20), { depth: 3 })}`));
      const deadline = setTimeout(overdue, PATIENCE);
      const check = () => {
        const found = all(name).filter(condition)[count - 1];
        if (found === undefined) return;
        clearTimeout(deadline);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });

  return {
    realtime,
    socketClient,
    /** What was reported under a name so far. */
    all,
    seen,
    /** The `count`th time this state was reported. */
    reached: (state, count) => seen('connection', (change) => change.state === state, count),
  };
}

/**
 * A member that may publish, and is in these channels already.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatform} platform
 * @param {object} settings
 * @param {'socket.io' | 'ws'} settings.protocol
 * @param {readonly string[]} [settings.channels]
 * @param {readonly string[]} [settings.permissions]
 * @param {readonly string[]} [settings.names] as of `observeMember`
 */
async function enter(t, platform, { protocol, channels = [], permissions = ['service'], names, ...options }) {
  const token = platform.token({ permissions });
  const member = observeMember(t, { url: platform.url, token, protocol, ...options }, names);
  for (const channel of channels) await member.socketClient.joinChannel(channel);
  return member;
}

/** What a promise is rejected with. */
const failure = (promise) =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved to ${inspect(value)}`)),
    (error) => error,
  );

module.exports = { enter, failure, observeMember, PROTOCOLS: ['socket.io', 'ws'] };
