/** Records everything that a client and its `socketClient` report, in order. */

import { inspect } from 'node:util';

import { RealtimeClient } from '../../lib/index.js';
import { ReportLog } from './report-log.js';

/** Short delays, so that tests of reconnecting are quick. */
const QUICK = { reconnectionDelay: 10, reconnectionDelayMax: 40 };

/** Every event, by its emitter. */
const NAMES = {
  realtime: ['event', 'connection', 'error'],
  socketClient: ['message', 'direct', 'presence'],
};

/**
 * A client that is destroyed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('../../index.js').RealtimeClientOptions} options
 * @param {readonly string[]} [names] which events to listen to; the engine hands over no others
 */
function observeMember(t, options, names = Object.values(NAMES).flat()) {
  const realtime = new RealtimeClient({ ...QUICK, ...options });
  t.after(() => realtime.destroy());
  const { socketClient } = realtime;

  const log = new ReportLog();
  log.follow(
    realtime,
    NAMES.realtime.filter((name) => names.includes(name)),
  );
  log.follow(
    socketClient,
    NAMES.socketClient.filter((name) => names.includes(name)),
  );

  return {
    realtime,
    socketClient,
    all: (name) => log.all(name),
    seen: (...report) => log.seen(...report),
    /** The `count`th time this state was reported. */
    reached: (state, count) => log.seen('connection', (change) => change.state === state, count),
  };
}

/**
 * A member that may publish and has joined these channels.
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

/** The reason with which a promise rejects. */
const failure = (promise) =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved to ${inspect(value)}`)),
    (error) => error,
  );

const PROTOCOLS = ['socket.io', 'ws'];

export { enter, failure, observeMember, PROTOCOLS };
